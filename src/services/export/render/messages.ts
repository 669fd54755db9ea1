import type { PlainTableSpec } from './render-table.ts';
import type { AboutRow, TableFacts, WrittenTable } from './table.ts';

/** To the thread that renders. */
export type ToRenderer =
  | { readonly type: 'render'; readonly spec: PlainTableSpec; readonly withTotal: boolean }
  /** The oldest chunk has been taken. */
  | { readonly type: 'taken' }
  | { readonly type: 'about'; readonly rows: readonly AboutRow[] }
  | { readonly type: 'abort' };

/** From it: `ready` once, then for each job chunks, facts and one ending. */
export type FromRenderer =
  | { readonly type: 'ready' }
  | {
      readonly type: 'chunk';
      readonly bytes: Uint8Array;
      readonly rows: number;
      readonly total: number | null;
    }
  | { readonly type: 'facts'; readonly facts: TableFacts }
  | { readonly type: 'done'; readonly written: WrittenTable }
  | { readonly type: 'failed'; readonly failure: Failure };

/** An error as it goes to another thread, with what tells one of the database's. */
export interface Failure {
  readonly name: string;
  readonly message: string;
  readonly properties: Readonly<Record<string, string>>;
}

const TELLING = ['code', 'query', 'syscall', 'severity', 'detail', 'hint', 'constraint_name'] as const;

export function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), properties: {} };
  const properties: Record<string, string> = {};
  for (const key of TELLING) {
    const value: unknown = Reflect.get(error, key);
    if (typeof value === 'string') properties[key] = value;
  }
  return { name: error.name, message: error.message, properties };
}

export function errorOf({ name, message, properties }: Failure): Error {
  return Object.assign(new Error(message), { name, ...properties });
}
