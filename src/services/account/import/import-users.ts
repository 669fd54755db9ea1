import type { TableRow } from '../../../adapters/spreadsheet/table.ts';
import { AppError } from '../../../errors.ts';
import { writeNewUsers } from './add-users.ts';
import { checkUsers } from './check-users.ts';
import { type ImportedUser, readHeader, readUser } from './read-user.ts';
import type { ImportServices, RowMessage } from './types.ts';
import { updateUsers } from './update-users.ts';

/** More are refused, so that a wrong file does not fill the memory. */
const MAX_ROWS = 200_000;

export interface ImportResult {
  /** Rows with a user, the header not among them. */
  readonly rows: number;
  /** False when nothing was written, since it was not to be, or since there are problems. */
  readonly written: boolean;
  /** What was written, or would be. */
  readonly added: number;
  readonly updated: number;
  /** Users that exist and are as the file says; of a dry run those are among `updated`. */
  readonly unchanged: number;
  /** Rows whose user exists already, without `update`. */
  readonly skipped: readonly { readonly row: number; readonly username: string }[];
  readonly notes: readonly RowMessage[];
  readonly problems: readonly RowMessage[];
}

export interface ImportOptions {
  /** Brings users that exist into line with the file. */
  readonly update: boolean;
  readonly dryRun: boolean;
  readonly onProgress: (done: number, total: number) => void;
}

/**
 * Adds the users of a table whose first row names its columns: `username`, `password` or `password_digest`, and
 * optionally `user_id`, `role`, `malls`, `status`. Every row is checked before the first is written; writing goes on in
 * batches, so an import that breaks off is finished by another run. Whether the caller may do so is not checked here.
 * @throws AppError PARAMS_INVALID for the table as a whole, SERVICE_UNAVAILABLE
 */
export async function importUsers(
  services: ImportServices,
  table: AsyncIterable<TableRow>,
  { update, dryRun, onProgress }: ImportOptions,
): Promise<ImportResult> {
  const { users, rows, notes, problems } = await readUsers(services, table);
  const checked = await checkUsers(services, users);
  notes.push(...checked.notes);
  problems.push(...checked.problems);
  const sum = { rows, skipped: update ? [] : checked.existing.map(({ user }) => named(user)), notes };
  const updates = update ? checked.existing : [];
  const planned = { added: checked.fresh.length, updated: updates.length, unchanged: 0 };
  problems.sort((a, b) => a.row - b.row);
  if (dryRun || problems.length > 0) return { ...sum, ...planned, written: false, problems };

  const total = planned.added + planned.updated;
  const added = await writeNewUsers(services, checked.fresh, (done) => onProgress(done, total));
  const changes = await updateUsers(services, updates, (done) => onProgress(planned.added + done, total));
  return {
    ...sum,
    written: true,
    added: added.count,
    updated: changes.updated,
    unchanged: changes.unchanged,
    problems: [...added.problems, ...changes.problems].sort((a, b) => a.row - b.row),
  };
}

interface ReadUsers {
  readonly users: ImportedUser[];
  readonly rows: number;
  readonly notes: RowMessage[];
  readonly problems: RowMessage[];
}

async function readUsers(
  { passwordLegacy }: ImportServices,
  table: AsyncIterable<TableRow>,
): Promise<ReadUsers> {
  const users: ImportedUser[] = [];
  const notes: RowMessage[] = [];
  const problems: RowMessage[] = [];
  let header: ReturnType<typeof readHeader> | undefined;
  let rows = 0;
  for await (const row of table) {
    if (!header) {
      header = readHeader(row);
      const { ignored } = header;
      if (ignored.length > 0) notes.push({ row: row.number, message: `Ignored: ${ignored.join(', ')}.` });
      continue;
    }
    if (++rows > MAX_ROWS) invalid(`More than ${MAX_ROWS.toLocaleString('en')} rows; split the file.`);
    const user = readUser(row, header, passwordLegacy);
    if ('username' in user) users.push(user);
    else problems.push(...user.map((message) => ({ row: row.number, message })));
  }
  if (!header) invalid('The file is empty; its first row must name the columns.');
  return { users, rows, notes, problems };
}

function named({ row, username }: ImportedUser) {
  return { row, username };
}

function invalid(detail: string): never {
  throw new AppError('PARAMS_INVALID', { detail });
}
