import type { Database } from '../adapters/db/open.ts';
import type { Logger } from '../adapters/log/create-logger.ts';
import type { LocalStore } from '../adapters/storage/local-store.ts';
import { AppError } from '../errors.ts';

/** Who asks. */
export interface Actor {
  readonly userId: number;
  readonly username: string;
}

/** What the services work with, the same for every request. */
export interface Services {
  readonly db: Database;
  readonly store: LocalStore;
  readonly log: Logger;
}

/** What every service verb gets. */
export interface Ctx extends Services {
  readonly actor: Actor | null;
}

/** @throws AppError LOGIN_REQUIRED */
export function requireActor({ actor }: Ctx): Actor {
  if (!actor) throw new AppError('LOGIN_REQUIRED');
  return actor;
}
