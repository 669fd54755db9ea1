import { describe, expect, test } from 'bun:test';
import { existsSync } from 'node:fs';
import type { MediaInput } from '../../../../../src/adapters/media/index.ts';
import { Spool } from '../../../../../src/adapters/storage/spool.ts';
import { AppError } from '../../../../../src/errors.ts';
import { Budget } from '../../../../../src/lib/budget.ts';
import type { Ctx } from '../../../../../src/services/context.ts';
import { receiveFile } from '../../../../../src/services/material/ingest/receive-file.ts';
import { stageFile } from '../../../../../src/services/material/ingest/stage-file.ts';
import { temporaryDirectory } from '../../../../support/temporary.ts';

const BYTES = new Uint8Array(200_000).fill(7);

describe('staging a file', () => {
  test.each([
    ['small enough to be held in memory', 1024 * 1024],
    ['not held in memory', 0],
  ])('examines it when every byte of it can be read from its path: %s', async (_what, memory) => {
    await using directory = await temporaryDirectory();
    const sizes: number[] = [];
    const ctx = await context(directory.path, memory, async ({ path }) => {
      sizes.push(Bun.file(path).size);
    });
    const staged = await stageFile(ctx, await received(ctx));
    expect(sizes).toEqual([BYTES.byteLength]);
    expect(await Bun.file(staged.spoolFile.path).bytes()).toEqual(BYTES);
    expect(ctx.smallFileBytes.used).toBe(0);
  });

  test('examines one that comes quickly while it is written, and says when its path can be read', async () => {
    await using directory = await temporaryDirectory();
    const seen: unknown[] = [];
    const ctx = await context(directory.path, 1024 * 1024, async ({ path, bytes, written }) => {
      seen.push(written !== undefined, bytes?.byteLength);
      await written;
      seen.push(Bun.file(path).size);
    });
    const chunks = [BYTES.slice(0, 10), BYTES.slice(10)];
    const file = await received(ctx, chunks, true, true);
    expect(existsSync(file.spoolFile.path)).toBeFalse();
    const staged = await stageFile(ctx, file);
    expect(seen).toEqual([true, BYTES.byteLength, BYTES.byteLength]);
    expect(await Bun.file(staged.spoolFile.path).bytes()).toEqual(BYTES);
    expect(chunks[1]?.byteLength).toBe(0);
  });

  test.each([
    ['one', 1, 1024 * 1024],
    ['several', 3, 1024 * 1024],
    ['too many to be held in memory', 12, 1024 * 1024],
    ['several that are not held in memory', 3, 0],
    ['one that comes quickly', 1, 1024 * 1024],
    ['several that come quickly', 3, 1024 * 1024],
    ['too many, that come quickly', 12, 1024 * 1024],
    ['not held in memory, that come quickly', 3, 0],
  ])(
    'frees the memory of chunks that are nobody else’s, and keeps their bytes: %s',
    async (what, count, memory) => {
      await using directory = await temporaryDirectory();
      const seen: number[] = [];
      const ctx = await context(directory.path, memory, async ({ bytes, head }) => {
        seen.push(bytes?.byteLength ?? 0, head.byteLength);
      });
      const chunks = Array.from({ length: count }, (_, i) => new Uint8Array(80_000).fill(i));
      const whole = Buffer.concat(chunks);
      const staged = await stageFile(ctx, await received(ctx, chunks, true, what.includes('quickly')));
      expect(seen).toEqual([whole.byteLength <= 512 * 1024 && memory > 0 ? whole.byteLength : 0, 4100]);
      expect(await Bun.file(staged.spoolFile.path).bytes()).toEqual(new Uint8Array(whole));
      expect(staged.sha256).toBe(new Bun.CryptoHasher('sha256').update(whole).digest('hex'));
      expect(chunks.map(({ byteLength }) => byteLength)).toEqual(chunks.map(() => 0));
      expect(ctx.smallFileBytes.used).toBe(0);
    },
  );

  test('does not hold many chunks in memory, however small they are', async () => {
    await using directory = await temporaryDirectory();
    const seen: number[] = [];
    const ctx = await context(directory.path, 1024 * 1024, async ({ bytes, head }) => {
      seen.push(bytes?.byteLength ?? 0, head.byteLength);
    });
    const whole = new Uint8Array(5000).map((_, i) => i);
    const chunks = Array.from(whole, (byte) => new Uint8Array([byte]));
    const staged = await stageFile(ctx, await received(ctx, chunks, true));
    expect(seen).toEqual([0, 4100]);
    expect(await Bun.file(staged.spoolFile.path).bytes()).toEqual(whole);
    expect(ctx.smallFileBytes.used).toBe(0);
  });

  test('frees the memory of a file that is rejected', async () => {
    await using directory = await temporaryDirectory();
    const ctx = await context(directory.path, 1024 * 1024, async () => {
      throw new AppError('PROBE_TIMEOUT');
    });
    const chunk = BYTES.slice();
    await expect(stageFile(ctx, await received(ctx, [chunk], true))).rejects.toThrow();
    expect(chunk.byteLength).toBe(0);
    expect(ctx.smallFileBytes.used).toBe(0);
  });

  test('leaves nothing of a file that is rejected', async () => {
    await using directory = await temporaryDirectory();
    const ctx = await context(directory.path, 1024 * 1024, async () => {
      throw new AppError('FILE_DAMAGED');
    });
    const file = await received(ctx);
    await expect(stageFile(ctx, file)).rejects.toMatchObject({ code: 'FILE_DAMAGED' });
    expect(existsSync(file.spoolFile.path)).toBeFalse();
  });
});

async function received(
  ctx: Ctx,
  pieces: readonly Uint8Array[] = [BYTES],
  ownsChunks = false,
  comesQuickly = false,
) {
  const chunks = (async function* () {
    yield* pieces;
  })();
  return await receiveFile(ctx, { filename: 'a.mp4', chunks, ownsChunks, comesQuickly });
}

async function context(
  directory: string,
  memory: number,
  probe: (input: MediaInput) => Promise<void>,
): Promise<Ctx> {
  const facts = {
    kind: 'VIDEO',
    mimeType: 'video/mp4',
    extension: 'mp4',
    width: 1,
    height: 1,
    durationMs: 1,
    codec: null,
    frames: null,
  } as const;
  const parts: Partial<Ctx> = {
    spool: await Spool.open(directory, 1024 * 1024),
    smallFileBytes: new Budget(memory),
    limits: { fileBytes: 1024 * 1024, requestBytes: 1024 * 1024, imagePixels: 1, filesPerRequest: 1 },
    signal: new AbortController().signal,
    prober: {
      prepare: () => {},
      probe: async (input) => await probe(input).then(() => facts),
      makePlaceholder: async () => null,
      load: { running: 0, waiting: 0 },
      close: async () => {},
    },
    store: {
      check: async () => {},
      put: async () => {},
      size: async () => undefined,
      read: () => new Blob(),
      remove: async () => {},
      abandon: async () => {},
      list: async function* () {},
      presign: () => undefined,
    },
  };
  return parts as Ctx;
}
