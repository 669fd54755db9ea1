import type { MallRole, UserRole } from '../../../adapters/db/schema.ts';
import type { Cell, TableRow } from '../../../adapters/spreadsheet/table.ts';
import { AppError, detailIn } from '../../../errors.ts';
import type { LegacyDigest } from '../../context.ts';
import { nameProblem } from '../../names.ts';
import { digestAlgorithmOf } from '../passwords.ts';

const COLUMNS = ['username', 'password', 'password_digest', 'user_id', 'role', 'malls', 'status'] as const;
type Column = (typeof COLUMNS)[number];

/** Leaves room for new users above the ids of another system. */
const MAX_USER_ID = 2_000_000_000;
const MAX_MALL_ID = 2 ** 31 - 1;

/** Where the columns are, by name. */
export interface Header {
  readonly columns: ReadonlyMap<Column, number>;
  /** Names of columns that mean nothing here. */
  readonly ignored: readonly string[];
}

/** A row as it was meant. What is undefined was not said. */
export interface ImportedUser {
  readonly row: number;
  readonly username: string;
  readonly secret: { readonly kind: 'password' | 'digest'; readonly text: string };
  readonly userId: number | undefined;
  readonly role: UserRole | undefined;
  readonly disabled: boolean | undefined;
  readonly malls: readonly { readonly mallId: number; readonly role: MallRole }[];
}

/** @throws AppError PARAMS_INVALID */
export function readHeader({ cells }: TableRow): Header {
  const names = cells.map((cell) => (typeof cell === 'string' ? cell.trim().toLowerCase() : ''));
  const columns = new Map<Column, number>();
  for (const column of COLUMNS) {
    const index = names.indexOf(column);
    if (index === -1) continue;
    if (names.includes(column, index + 1)) invalid(`There are two columns ${column}.`);
    columns.set(column, index);
  }
  if (!columns.has('username')) invalid('The first row must name the columns, username among them.');
  if (!columns.has('password') && !columns.has('password_digest')) {
    invalid('There is no column password or password_digest.');
  }
  const ignored = names.filter((name) => name !== '' && !COLUMNS.some((column) => column === name));
  return { columns, ignored };
}

/** Reads one row. @returns the user, or everything that is wrong with the row, in English. */
export function readUser(
  row: TableRow,
  { columns }: Header,
  legacy: LegacyDigest | undefined,
): ImportedUser | readonly string[] {
  const problems: string[] = [];
  const text = (column: Column): string => {
    const cell: Cell = row.cells[columns.get(column) ?? -1] ?? '';
    if (typeof cell === 'string') return cell;
    problems.push(`${column} ${cell.problem}`);
    return '';
  };
  const take = <T>(read: () => T, otherwise: T): T => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof RowError)) throw error;
      problems.push(error.message);
      return otherwise;
    }
  };

  const username = text('username').trim();
  const [password, digest, id, role, malls, status] = [
    text('password'),
    text('password_digest').trim(),
    text('user_id').trim(),
    text('role').trim(),
    text('malls').trim(),
    text('status').trim(),
  ];
  // What cannot be read is no reason to complain about what is missing as well.
  if (problems.length > 0) return problems;
  const user: ImportedUser = {
    row: row.number,
    username,
    secret: take(() => readSecret(password, digest, legacy), { kind: 'password', text: '' }),
    userId: take(() => readUserId(id), undefined),
    role: take(() => readRole(role), undefined),
    disabled: columns.has('status') ? status !== '1' : undefined,
    malls: take(() => readMalls(malls), []),
  };
  if (problems.length > 0) return problems;
  const problem = nameProblem(username);
  return problem ? [detailIn(problem, 'en')] : user;
}

class RowError extends Error {}

function readSecret(
  password: string,
  digest: string,
  legacy: LegacyDigest | undefined,
): ImportedUser['secret'] {
  if (password !== '' && digest !== '') {
    throw new RowError('password and password_digest are both given.');
  }
  const text = digest === '' ? password.trim() : digest;
  if (text === '') throw new RowError('There is no password.');
  const algorithm = digestAlgorithmOf(text);
  if (legacy && algorithm === legacy.algorithm) return { kind: 'digest', text };
  if (digest === '' && algorithm === undefined) return { kind: 'password', text: password };
  if (!legacy) {
    const column = digest === '' ? `password looks like a digest (${algorithm})` : 'password_digest';
    throw new RowError(`${column}: set PASSWORD_LEGACY to how the digests were made.`);
  }
  throw new RowError(`The digest is not of ${legacy.algorithm}, which PASSWORD_LEGACY names.`);
}

function readUserId(text: string): number | undefined {
  if (text === '') return undefined;
  const id = Number(text);
  if (/^\d+$/.test(text) && id >= 1 && id <= MAX_USER_ID) return id;
  throw new RowError(`user_id must be a whole number from 1 to ${MAX_USER_ID.toLocaleString('en')}.`);
}

function readRole(text: string): UserRole | undefined {
  if (text === '') return undefined;
  const role = (['ADMIN', 'MEMBER'] as const).find((name) => name === text.toUpperCase());
  if (!role) throw new RowError('role must be ADMIN or MEMBER.');
  return role;
}

/** `1:EDITOR;2:VIEWER` */
function readMalls(text: string): ImportedUser['malls'] {
  const malls = new Map<number, MallRole>();
  for (const item of text.split(';').map((part) => part.trim())) {
    if (item === '') continue;
    const [, id = '', name = ''] = /^(\d{1,10}) *: *([a-z]+)$/i.exec(item) ?? [];
    const role = (['OWNER', 'EDITOR', 'VIEWER'] as const).find((known) => known === name.toUpperCase());
    const mallId = Number(id);
    if (!role || mallId < 1 || mallId > MAX_MALL_ID) {
      throw new RowError('malls must be such as 1:EDITOR;2:VIEWER (or OWNER).');
    }
    if (malls.has(mallId)) throw new RowError(`malls names mall ${mallId} twice.`);
    malls.set(mallId, role);
  }
  return [...malls].map(([mallId, role]) => ({ mallId, role }));
}

function invalid(detail: string): never {
  throw new AppError('PARAMS_INVALID', { detail });
}
