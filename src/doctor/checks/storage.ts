import { existsSync } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '../../store.ts';
import { type Check, existingParent, mayWrite, took } from '../check.ts';

export const storage: Check = {
  name: 'storage',
  advice:
    'See that the directory, or the bucket and its keys (STORAGE_URL, S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY), may be read, written, deleted and listed.',
  async look({ storage }) {
    const where =
      storage.kind === 'file' ? storage.directory : `${storage.bucket.name} at ${storage.bucket.endpoint}`;
    if (storage.kind === 'file' && !existsSync(storage.directory)) {
      await mayWrite(existingParent(storage.directory));
      return { state: 'fine', found: `${where} (made at the first start)` };
    }
    const store = await openStore(storage);
    const directory = await mkdtemp(join(tmpdir(), 'stockroom-doctor-'));
    const key = `doctor/${crypto.randomUUID()}`;
    try {
      const bytes = crypto.getRandomValues(new Uint8Array(65_536));
      const path = join(directory, 'bytes');
      const file = await open(path, 'w');
      await file.writeFile(bytes);
      await file.sync();
      await file.close();
      const start = performance.now();
      await store.put(key, path);
      const read = await store.read(key, 0, bytes.length).bytes();
      if (Buffer.compare(read, bytes) !== 0) throw new Error('it gave other bytes than it was given');
      await store.remove(key);
      if ((await store.size(key)) !== undefined) throw new Error('it keeps what was removed');
      return { state: 'fine', found: `${where}: wrote, read and removed in ${took(start)}` };
    } finally {
      await store.abandon(key).catch(() => {});
      await rm(directory, { recursive: true, force: true });
    }
  },
};
