export type ColumnType = 'text' | 'integer' | 'decimal' | 'bytes' | 'instant' | 'day' | 'boolean';

export interface TableColumn {
  /** Name of the output column of the SELECT. */
  readonly key: string;
  readonly header: string;
  readonly type: ColumnType;
  /** Characters; by default what values of the type and the header need. */
  readonly width?: number;
  /** Excel number format; by default that of the type. */
  readonly format?: string;
}

const DEFAULT_FORMATS: Readonly<Record<ColumnType, string | undefined>> = {
  text: undefined,
  integer: '0',
  decimal: undefined,
  bytes: '#,##0',
  instant: 'yyyy-mm-dd hh:mm:ss',
  day: 'yyyy-mm-dd',
  boolean: undefined,
};

const DEFAULT_WIDTHS: Readonly<Record<ColumnType, number>> = {
  text: 24,
  integer: 12,
  decimal: 12,
  bytes: 16,
  instant: 20,
  day: 12,
  boolean: 10,
};

const WIDEST = 255;

export function formatOf({ type, format }: TableColumn): string | undefined {
  return format ?? DEFAULT_FORMATS[type];
}

/** Characters. Those beyond Latin take the room of two; the filter's button takes two more. */
export function widthOf({ type, header, width }: TableColumn): number {
  const room = [...header].reduce((sum, character) => sum + (character > '\u2e7f' ? 2 : 1), 3);
  return Math.min(width ?? Math.max(DEFAULT_WIDTHS[type], room), WIDEST);
}
