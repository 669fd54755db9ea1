import DataLoader from 'dataloader';
import type { MallRole } from '../../adapters/db/schema.ts';
import type { UserRecord } from '../../services/account/get-me.ts';
import { loadUsers } from '../../services/account/load-users.ts';
import type { Ctx } from '../../services/context.ts';
import { loadAvatars } from '../../services/image-fetch/load-avatars.ts';
import { loadProvenance, type Provenance } from '../../services/image-fetch/load-provenance.ts';
import { countMaterials } from '../../services/mall/count-materials.ts';
import { loadMalls } from '../../services/mall/load-malls.ts';
import { loadMembers, type MallMemberRecord } from '../../services/mall/load-members.ts';
import { loadRoles } from '../../services/mall/load-roles.ts';
import type { KindUsage } from '../../services/mall/load-usage-by-kind.ts';
import type { MallRecord } from '../../services/mall/record.ts';
import { countInFolders } from '../../services/material/count-in-folders.ts';
import type { FolderRecord } from '../../services/material/list-folders.ts';
import type { MaterialRecord } from '../../services/material/record.ts';
import { loadMemberships, type MembershipRecord } from '../../services/user/load-memberships.ts';
import type { WebhookRecord } from '../../services/webhook/record.ts';

interface Loader<T, Id = number> {
  load(id: Id): Promise<T | null>;
}

/** One statement for all things of a kind that a level of the answer mentions; null for what the actor may not see. */
export interface Loaders {
  readonly users: Loader<UserRecord>;
  readonly malls: Loader<MallRecord>;
  /** By the user's id. */
  readonly memberships: Loader<readonly MembershipRecord[]>;
  /** By the mall's id, as the following ones. */
  readonly members: Loader<readonly MallMemberRecord[]>;
  /** What the actor is there. */
  readonly roles: Loader<MallRole | 'ADMIN'>;
  readonly materialCounts: Loader<number>;
  readonly usageByKind: Loader<readonly KindUsage[]>;
  readonly folderCounts: Loader<number, FolderRecord>;
  /** By the material's id. */
  readonly provenances: Loader<Provenance, string>;
  /** By their own ids. */
  readonly avatars: Loader<MaterialRecord, string>;
  readonly webhooks: Loader<readonly WebhookRecord[]>;
}

export function createLoaders(ctx: Ctx): Loaders {
  return {
    users: loader(async (ids) => byId(await loadUsers(ctx, ids))),
    malls: loader(async (ids) => byId(await loadMalls(ctx, ids))),
    memberships: loader((ids) => loadMemberships(ctx, ids)),
    members: loader((ids) => loadMembers(ctx, ids)),
    roles: loader((ids) => loadRoles(ctx, ids)),
    materialCounts: loader((ids) => countMaterials(ctx, ids)),
    usageByKind: loader(async (ids) => {
      const { loadUsageByKind } = await import('../../services/mall/load-usage-by-kind.ts');
      return await loadUsageByKind(ctx, ids);
    }),
    folderCounts: loader((folders) => countInFolders(ctx, folders)),
    provenances: loader((ids) => loadProvenance(ctx, ids)),
    avatars: loader((ids) => loadAvatars(ctx, ids)),
    webhooks: loader(async (ids) => {
      const { loadWebhooks } = await import('../../services/webhook/load-webhooks.ts');
      return await loadWebhooks(ctx, ids);
    }),
  };
}

function loader<T, Id = number>(load: (ids: readonly Id[]) => Promise<ReadonlyMap<Id, T>>): Loader<T, Id> {
  let own: DataLoader<Id, T | null> | undefined;
  return {
    load(id) {
      own ??= new DataLoader(async (ids) => {
        const found = await load(ids);
        return ids.map((each) => found.get(each) ?? null);
      });
      return own.load(id);
    },
  };
}

function byId<T extends { id: number }>(rows: readonly T[]): ReadonlyMap<number, T> {
  return new Map(rows.map((row) => [row.id, row]));
}
