import { describe } from 'bun:test';
import { join } from 'node:path';
import { createBucket, findCeph } from './ceph.ts';
import { describeEachDatabase } from './databases.ts';
import { filesBelow } from './files.ts';
import { missing } from './services.ts';

/** Where a server keeps what it is given. */
export interface Place {
  /** Environment that the server needs for it. */
  readonly env: Record<string, string>;
  /** Names of all files that are kept, whole or in part. @param dataDir of the server. */
  storedFiles(dataDir: string): Promise<string[]>;
}

/** Gives a place in which nothing is yet. */
export type FreshPlace = () => Promise<Place>;

/** Runs the tests on a directory with either database, and on an S3 store. */
export function describeEachPlace(name: string, define: (fresh: FreshPlace) => void): void {
  describeEachDatabase(name, (freshDatabase) =>
    define(async () => ({ ...localPlace, env: await freshDatabase() })),
  );
  describeOnS3(name, define);
}

/** Runs the tests on a directory and on an S3 store, both with the embedded database. */
export function describeEachStore(name: string, define: (fresh: FreshPlace) => void): void {
  describe(`${name} (directory)`, () => define(async () => localPlace));
  describeOnS3(name, define);
}

const localPlace: Place = {
  env: {},
  storedFiles: async (dataDir) => filesBelow(join(dataDir, 'files')),
};

function describeOnS3(name: string, define: (fresh: FreshPlace) => void): void {
  describe.skipIf(missing('Ceph', findCeph()))(`${name} (S3 store)`, () =>
    define(async () => {
      const bucket = await createBucket();
      return {
        env: bucket.env(),
        storedFiles: async () => [...(await bucket.objects()), ...(await bucket.unfinished())],
      };
    }),
  );
}
