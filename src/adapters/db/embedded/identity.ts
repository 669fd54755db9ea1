import { chmod, chown, readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DatabaseStartError } from './errors.ts';

/** As whom the server runs. PostgreSQL refuses root, and initdb a user without a name. */
export interface Identity {
  /** Put before the command; maps the user to another one inside a user namespace, with the same rights to files. */
  readonly prefix: readonly string[];
  /** Set when the server runs as another user, which must own its directories. */
  readonly uid?: number;
  readonly gid?: number;
}

interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/**
 * Chooses the user for a server on `directory`, whose parent exists. Root keeps its own rights through a user namespace
 * where the kernel allows one; else, and when the directory belongs to somebody already, the server runs as that user.
 */
export async function chooseIdentity(directory: string): Promise<Identity> {
  const self = process.getuid?.() ?? -1;
  const accounts = process.platform === 'linux' ? await readAccounts() : undefined;
  if (self !== 0) {
    if (!accounts || accounts.some((account) => account.uid === self)) return { prefix: [] };
    return { prefix: namespacePrefix(accounts) ?? [] };
  }
  const prefix = accounts && namespacePrefix(accounts);
  const owner = (await stat(directory).catch(() => undefined)) ?? (await stat(dirname(directory)));
  if (owner.uid !== 0) {
    const known = accounts?.some((account) => account.uid === owner.uid) ?? true;
    return { prefix: known ? [] : (prefix ?? []), uid: owner.uid, gid: owner.gid };
  }
  if (prefix) return { prefix };
  const other =
    accounts?.find((account) => account.name === 'postgres') ??
    accounts?.find((account) => account.name === 'nobody');
  if (!other) {
    throw new DatabaseStartError(
      'PostgreSQL does not run as root, and there is no other user here. Start the server as a plain user, or set DATABASE_URL.',
    );
  }
  return { prefix: [], uid: other.uid, gid: other.gid };
}

/**
 * Sees to it that another user than this one can reach `parent`, whose group it becomes when that is missing, and
 * `paths`, which stay as they are. @throws DatabaseStartError when it cannot
 */
export async function letThrough(
  identity: Identity,
  parent: string,
  paths: readonly string[],
): Promise<void> {
  const { uid, gid } = identity;
  if (uid === undefined || gid === undefined) return;
  if (!canReach(uid, gid, parent)) {
    const { uid: owner, mode } = await stat(parent);
    await chown(parent, owner, gid);
    await chmod(parent, (mode & 0o7777) | 0o010);
  }
  for (const path of [parent, ...paths]) {
    if (canReach(uid, gid, path)) continue;
    throw new DatabaseStartError(
      `PostgreSQL does not run as root, and user ${uid} cannot reach ${path}. Start the server as a plain user, or let that user through (chmod o+x on the directories above it).`,
    );
  }
}

function canReach(uid: number, gid: number, path: string): boolean {
  const test = Bun.spawnSync(['/bin/sh', '-c', 'test -x "$1"', 'sh', path], {
    uid,
    gid,
    cwd: '/',
    stdio: ['ignore', 'ignore', 'ignore'],
  });
  return test.exitCode === 0;
}

function namespacePrefix(accounts: readonly Account[]): string[] | undefined {
  const unshare = Bun.which('unshare');
  const account = accounts.find(({ uid }) => uid !== 0);
  if (!unshare || !account) return undefined;
  const prefix = [unshare, '--user', `--map-user=${account.uid}`, `--map-group=${account.gid}`, '--'];
  const trial = Bun.spawnSync([...prefix, '/bin/sh', '-c', ':'], { stdio: ['ignore', 'ignore', 'ignore'] });
  return trial.exitCode === 0 ? prefix : undefined;
}

async function readAccounts(): Promise<Account[]> {
  const text = await readFile('/etc/passwd', 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => {
    const [name = '', , uid = '', gid = ''] = line.split(':');
    return /^\d+$/.test(uid) && /^\d+$/.test(gid) ? [{ name, uid: Number(uid), gid: Number(gid) }] : [];
  });
}
