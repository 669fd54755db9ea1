import type { Finding } from '../cli/doctor.ts';
import { configProblems, parseConfig } from '../config.ts';
import { type Check, run } from './check.ts';
import { address } from './checks/address.ts';
import { consoleCheck } from './checks/console.ts';
import { dataDirectory } from './checks/data-directory.ts';
import { clock, database, migrations } from './checks/database.ts';
import { descriptors } from './checks/descriptors.ts';
import { pictures, videos } from './checks/media.ts';
import { redis } from './checks/redis.ts';
import { storage } from './checks/storage.ts';

const CHECKS: readonly Check[] = [
  dataDirectory,
  database,
  migrations,
  clock,
  redis,
  storage,
  pictures,
  videos,
  consoleCheck(),
  descriptors,
  address,
];

/** Looks at the configuration and at all that the server would need, one after the other; changes nothing. */
export async function* examine(env: Readonly<Record<string, string | undefined>>): AsyncGenerator<Finding> {
  const problems = configProblems(env);
  for (const found of problems) {
    yield {
      name: 'configuration',
      state: 'failed',
      found,
      advice:
        'Set it as README.md, Configuration, tells, or leave it unset. The rest is looked at when this is right.',
    };
  }
  if (problems.length > 0) return;
  const config = parseConfig(env);
  yield {
    name: 'configuration',
    state: 'fine',
    found: 'every variable that is set has a value that is allowed',
  };
  for (const check of CHECKS) yield* await run(check, config);
}
