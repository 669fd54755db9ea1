import { eq, sql } from 'drizzle-orm';
import { malls, users } from '../../../adapters/db/schema.ts';
import { AppError, detailIn } from '../../../errors.ts';
import type { Services } from '../../context.ts';
import type { UserRecord } from '../get-me.ts';
import { checkNewPassword } from '../passwords.ts';
import type { ImportedUser } from './read-user.ts';
import type { RowMessage } from './types.ts';

/** Rows asked for with one statement. */
const BATCH = 1000;

export interface CheckedUsers {
  /** Users to add; `userId` is left only where it is free. */
  readonly fresh: readonly ImportedUser[];
  readonly existing: readonly { readonly user: ImportedUser; readonly record: UserRecord }[];
  readonly notes: readonly RowMessage[];
  readonly problems: readonly RowMessage[];
}

/** Checks rows against each other and against the database. */
export async function checkUsers(
  { db }: Pick<Services, 'db'>,
  imported: readonly ImportedUser[],
): Promise<CheckedUsers> {
  const notes: RowMessage[] = [];
  const problems: RowMessage[] = [];
  const fresh: ImportedUser[] = [];
  const existing: CheckedUsers['existing'][number][] = [];
  findRepeated(imported, problems);

  const known = new Set((await db.select({ id: malls.id }).from(malls)).map(({ id }) => id));
  for (let start = 0; start < imported.length; start += BATCH) {
    const batch = imported.slice(start, start + BATCH);
    const { byRow, holders } = await findRecords(db, batch);
    for (const user of batch) {
      for (const { mallId } of user.malls) {
        if (!known.has(mallId)) problems.push({ row: user.row, message: `There is no mall ${mallId}.` });
      }
      const weak = await passwordProblem(user);
      if (weak) problems.push({ row: user.row, message: weak });

      const record = byRow.get(user.row);
      const holder = user.userId === undefined ? undefined : holders.get(user.userId);
      if (record && user.userId !== undefined && record.id !== user.userId) {
        notes.push({ row: user.row, message: `${user.username} keeps the id ${record.id}.` });
      } else if (!record && holder !== undefined) {
        const message = `user_id ${user.userId} belongs to ${holder}; ${user.username} gets another id.`;
        notes.push({ row: user.row, message });
      }
      if (record) existing.push({ user, record });
      else fresh.push(holder === undefined ? user : { ...user, userId: undefined });
    }
  }
  return { fresh, existing, notes, problems };
}

function findRepeated(imported: readonly ImportedUser[], problems: RowMessage[]): void {
  const names = new Map<string, number>();
  const ids = new Map<number, number>();
  for (const { row, username, userId } of imported) {
    const sameName = names.get(username.toLowerCase());
    if (sameName !== undefined) {
      problems.push({ row, message: `The user name ${username} is in row ${sameName} already.` });
    } else names.set(username.toLowerCase(), row);
    if (userId === undefined) continue;
    const sameId = ids.get(userId);
    if (sameId !== undefined) {
      problems.push({ row, message: `user_id ${userId} is in row ${sameId} already.` });
    } else ids.set(userId, row);
  }
}

/** The database compares the names: it alone knows which letters it takes for one. */
async function findRecords(db: Services['db'], batch: readonly ImportedUser[]) {
  const rows = JSON.stringify(
    batch.map(({ row, username, userId }) => ({ row, name: username, id: userId })),
  );
  const given = sql`jsonb_to_recordset(${rows}::text::jsonb) as given("row" int, name text, id int)`;
  const found = await db
    .select({ row: sql<number>`given."row"`, record: users })
    .from(users)
    .innerJoin(given, eq(sql`lower(${users.username})`, sql`lower(given.name)`));
  const taken = await db
    .select({ id: users.id, username: users.username })
    .from(users)
    .innerJoin(given, eq(users.id, sql`given.id`));
  return {
    byRow: new Map(found.map(({ row, record }) => [row, record])),
    holders: new Map(taken.map(({ id, username }) => [id, username])),
  };
}

async function passwordProblem({ secret, username }: ImportedUser): Promise<string | undefined> {
  if (secret.kind === 'digest') return undefined;
  try {
    await checkNewPassword(secret.text, username);
    return undefined;
  } catch (error) {
    if (error instanceof AppError) return error.detail ? detailIn(error.detail, 'en') : error.message;
    throw error;
  }
}
