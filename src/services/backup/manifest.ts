import { z } from 'zod';

/** Of the archive, not of the tables in it. */
export const FORMAT = 1;
export const MANIFEST = 'manifest.json';

/** The first entry. */
export const manifestSchema = z.strictObject({
  format: z.literal(FORMAT),
  /** Of package.json. */
  release: z.string(),
  createdAt: z.iso.datetime(),
  /** Times of drizzle's journal, ms since 1970, as far as the database was. */
  migrations: z.array(z.number()),
  /** In the order of the entries. */
  tables: z.array(
    z.strictObject({ name: z.string(), columns: z.array(z.string()).min(1), rows: z.int().min(0) }),
  ),
  files: z.int().min(0),
  /** Bytes of all files. */
  bytes: z.int().min(0),
  /** The numbers that were given last. */
  sequences: z.strictObject({ users: z.int().min(0), malls: z.int().min(0) }),
});

export type Manifest = z.infer<typeof manifestSchema>;

/** COPY text of a table, in pieces one after the other. */
export function pieceName(table: string, piece: number): string {
  return `tables/${table}.${String(piece).padStart(6, '0')}.copy`;
}

export function fileName(storageKey: string): string {
  return `files/${storageKey}`;
}
