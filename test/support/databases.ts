import { afterAll, describe } from 'bun:test';
import { type ExternalPostgres, findPostgres, startPostgres } from './postgres.ts';
import { missing } from './services.ts';

/** Environment that a server of this kind of database needs, for an empty one. */
export type FreshDatabase = () => Promise<Record<string, string>>;

/** Runs the tests on the embedded PostgreSQL and on one reached by DATABASE_URL. */
export function describeEachDatabase(name: string, define: (fresh: FreshDatabase) => void): void {
  describe(`${name} (embedded database)`, () => define(async () => ({})));
  describe.skipIf(missing('PostgreSQL', findPostgres()))(`${name} (DATABASE_URL)`, () => {
    let server: Promise<ExternalPostgres> | undefined;
    afterAll(async () => (await server)?.stop());
    define(async () => {
      server ??= startPostgres();
      return { DATABASE_URL: await (await server).createDatabase() };
    });
  });
}
