import type { SQL } from 'drizzle-orm';
import type { Database } from '../../adapters/db/open.ts';
import type { Language } from '../../errors.ts';
import type { MallAction } from '../access.ts';
import type { Actor } from '../context.ts';
import type { ColumnType } from './render/table.ts';

/** A text in each language. */
export type Text = Readonly<Record<Language, string>>;

export interface ReportColumn {
  /** Output column of the SELECT. */
  readonly key: string;
  readonly header: Text;
  readonly type: ColumnType;
  /** Characters. */
  readonly width?: number;
  /** Number format of spreadsheets; by default that of the type. */
  readonly format?: string;
}

/** What a report can be narrowed by. */
export interface ReportFilter {
  readonly label: Text;
  readonly type: 'TEXT' | 'INTEGER' | 'BOOLEAN' | 'CHOICE';
  /** Of a choice. */
  readonly choices?: readonly string[];
}

export type FilterValue = string | number | boolean;

/** What the rows of a report depend on. */
export interface ReportQuery {
  readonly db: Database;
  /** Whose rights narrow the rows. */
  readonly viewer: Actor;
  /** null: all malls that the viewer may see. */
  readonly mallId: number | null;
  readonly from: Date;
  /** Not included. */
  readonly until: Date;
  /** IANA name; days and months are those of this zone. */
  readonly timeZone: string;
  readonly filters: Readonly<Record<string, FilterValue>>;
  /** Where file URLs point; no slash at the end. */
  readonly filesUrl: string;
}

/** A table of its own, such as totals. */
export interface ReportSheet {
  readonly title: Text;
  readonly columns: readonly ReportColumn[];
  select(query: ReportQuery): SQL;
}

/** Each file of `reports/` has one, which it exports as `report`; the file's name is the report's. */
export interface Report extends ReportSheet {
  readonly description: Text;
  /** What somebody must be allowed to do in a mall to see its rows. */
  readonly action: MallAction;
  readonly filters: Readonly<Record<string, ReportFilter>>;
  /** How many rows there are, as one number. */
  count(query: ReportQuery): SQL;
  /** Of workbooks, after the rows. */
  readonly extraSheets?: readonly ReportSheet[];
  /** Whether its rows are materials, by the column `id`, so that their pictures can be shown. */
  readonly hasPictures?: boolean;
}
