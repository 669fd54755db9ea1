import DataLoader from 'dataloader';
import type { UserRecord } from '../../services/account/get-me.ts';
import { loadUsers } from '../../services/account/load-users.ts';
import type { Ctx } from '../../services/context.ts';
import type { MallRecord } from '../../services/mall/list-malls.ts';
import { loadMalls } from '../../services/mall/load-malls.ts';

/** One statement for all users, and one for all malls, that a level of the answer mentions. */
export interface Loaders {
  readonly users: DataLoader<number, UserRecord | null>;
  readonly malls: DataLoader<number, MallRecord | null>;
}

export function createLoaders(ctx: Ctx): Loaders {
  let users: Loaders['users'] | undefined;
  let malls: Loaders['malls'] | undefined;
  return {
    get users() {
      users ??= new DataLoader(async (ids) => inOrder(ids, await loadUsers(ctx, ids)));
      return users;
    },
    get malls() {
      malls ??= new DataLoader(async (ids) => inOrder(ids, await loadMalls(ctx, ids)));
      return malls;
    },
  };
}

function inOrder<T extends { id: number }>(ids: readonly number[], rows: readonly T[]): (T | null)[] {
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => byId.get(id) ?? null);
}
