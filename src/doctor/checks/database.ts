import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Sql } from 'postgres';
import { databaseErrorCode } from '../../adapters/db/errors.ts';
import { migrationState } from '../../adapters/db/migrate.ts';
import { connect } from '../../adapters/db/open.ts';
import type { Config } from '../../config.ts';
import { findDatabase } from '../../database.ts';
import { type Check, type Found, took } from '../check.ts';

const OLDEST_VERSION = 15;
/** Links, sessions and tokens end by the clock; seconds. */
const MAX_DIFFERENCE = 5;

export const database: Check = {
  name: 'database',
  advice: 'See that PostgreSQL runs and that DATABASE_URL has the right host, user, password and database.',
  async look(config) {
    if (!config.databaseUrl && !existsSync(join(config.dataDir, 'db'))) {
      return { state: 'fine', found: 'embedded; the first start makes it' };
    }
    const found = await asking(config, async (client) => {
      const start = performance.now();
      const [row] = await client<{ version: string; encoding: string; canCreate: boolean }[]>`
        select current_setting('server_version') as version, current_setting('server_encoding') as encoding,
          has_database_privilege(current_database(), 'CREATE') as "canCreate"`;
      if (!row) throw new Error('it does not answer');
      const where = config.databaseUrl ? new URL(config.databaseUrl).host : 'embedded';
      const line = `PostgreSQL ${row.version}, ${where}, answers in ${took(start)}`;
      return problemOf(row) ?? ({ state: 'fine', found: line } as const satisfies Found);
    });
    return found ?? { state: 'fine', found: 'embedded; it runs while a server or a command does' };
  },
};

export const migrations: Check = {
  name: 'migrations',
  advice: 'Run: bun run stockroom migrate',
  look: (config) =>
    askingIfThere(config, async (client) => {
      const { pending, unknown } = await migrationState(client);
      if (unknown > 0) {
        return {
          state: 'failed',
          found: `the database has ${unknown} that this release does not know`,
          advice: 'A newer release has used it: run that one, or restore a backup of before.',
        };
      }
      if (pending > 0) {
        return {
          state: 'warning',
          found: `${pending} to be applied`,
          advice: 'The next start applies them.',
        };
      }
      return { state: 'fine', found: 'all are applied' };
    }),
};

export const clock: Check = {
  name: 'clock',
  advice: 'Let both machines keep their time by NTP.',
  async look(config) {
    const difference = await askingIfThere(config, async (client) => {
      const before = Date.now();
      const [row] = await client<{ ms: string }[]>`select extract(epoch from clock_timestamp()) * 1000 as ms`;
      // The answer is of some moment in between.
      const middle = (before + Date.now()) / 2;
      return Math.abs(Number(row?.ms) - middle) / 1000;
    });
    const zone = `${new Date().toISOString()}, time zone ${config.timeZone}`;
    if (difference === undefined || difference <= MAX_DIFFERENCE) return { state: 'fine', found: zone };
    return {
      state: 'failed',
      found: `${zone}; the database's is ${Math.round(difference)} s away`,
      advice: 'Let both machines keep their time by NTP: sessions and links end by it.',
    };
  },
};

function problemOf(row: { version: string; encoding: string; canCreate: boolean }): Found | undefined {
  if (Number.parseInt(row.version, 10) < OLDEST_VERSION) {
    return {
      state: 'failed',
      found: `PostgreSQL ${row.version}`,
      advice: `It needs PostgreSQL ${OLDEST_VERSION} or newer.`,
    };
  }
  if (row.encoding !== 'UTF8') {
    return {
      state: 'failed',
      found: `its encoding is ${row.encoding}`,
      advice: 'Make another database with ENCODING UTF8: names have every character.',
    };
  }
  if (!row.canCreate) {
    return {
      state: 'failed',
      found: 'the user may not make schemas in it',
      advice: 'Let the user own the database: ALTER DATABASE … OWNER TO …',
    };
  }
  return undefined;
}

/** @returns undefined where there is nothing to ask. */
async function asking<T>(config: Config, ask: (client: Sql) => Promise<T>): Promise<T | undefined> {
  const address = await findDatabase(config);
  if (address === undefined) return undefined;
  const client = connect(address, 1);
  try {
    return await ask(client);
  } finally {
    await client.end({ timeout: 1 });
  }
}

/** For checks of what is in it: that it cannot be reached is told already. */
async function askingIfThere<T>(config: Config, ask: (client: Sql) => Promise<T>): Promise<T | undefined> {
  try {
    return await asking(config, ask);
  } catch (error) {
    if (databaseErrorCode(error) !== undefined) return undefined;
    throw error;
  }
}
