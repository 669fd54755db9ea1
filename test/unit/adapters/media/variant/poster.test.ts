import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { extractFrame } from '../../../../../src/adapters/media/variant/poster.ts';
import { missing } from '../../../../support/services.ts';
import { temporaryDirectory } from '../../../../support/temporary.ts';
import { outcome, pathOf, quiet } from '../fixtures.ts';

const found = Bun.which('ffmpeg');
const ffmpeg = found ?? '';

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeAll(async () => {
  directory = await temporaryDirectory();
});
afterAll(async () => await directory[Symbol.asyncDispose]());

function extract(
  path: string,
  mimeType = 'video/mp4',
  options: { deadlineMs?: number; program?: string } = {},
) {
  const { deadlineMs = 10_000, program = ffmpeg } = options;
  const target = join(directory.path, randomUUID());
  const film = { path, mimeType, durationMs: 2000 };
  return outcome(
    extractFrame(film, target, { ffmpeg: program, deadlineMs, maxImagePixels: 1_000_000, log: quiet }).then(
      () => target,
    ),
  );
}

describe.skipIf(missing('ffmpeg', found))('a frame of a film', () => {
  test('is as large as the film is shown', async () => {
    const target = await extract(pathOf('wide-pixels.mp4'));
    const { format, width, height } = await sharp(target).metadata();
    expect(format).toBe('png');
    expect(width).toBeGreaterThan(height);
  });

  test.each(['sound-only.mp4', 'photo.jpg', 'page-html.jpg'])('of %s there is none', async (name) => {
    expect(await extract(pathOf(name))).toBe('FILE_DAMAGED');
  });

  test.each(['spin.mp4', 'memory.mp4'])('of %s comes, or an error, in time', async (name) => {
    const begun = performance.now();
    expect(await extract(pathOf(name))).toMatch(/^(\/|FILE_DAMAGED$|PROBE_TIMEOUT$)/);
    expect(performance.now() - begun).toBeLessThan(25_000);
  });

  test('is never read from elsewhere, whatever the bytes say', async () => {
    await Bun.write(join(directory.path, 'secret.mp4'), Bun.file(pathOf('index-first.mp4')));
    const playlists = [
      `ffconcat version 1.0\nfile ${directory.path}/secret.mp4\n`,
      `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n${directory.path}/secret.mp4\n#EXT-X-ENDLIST\n`,
    ];
    for (const [i, playlist] of playlists.entries()) {
      const path = join(directory.path, `list-${i}`);
      await Bun.write(path, playlist);
      for (const type of ['video/mp4', 'video/webm', 'video/mp2t', 'application/x-mpegurl']) {
        expect(await extract(path, type)).toBe('FILE_DAMAGED');
      }
    }
  });

  test('of more pixels than allowed is not decoded', async () => {
    const path = join(directory.path, 'wide.mp4');
    const source = 'color=red:size=2000x1000:rate=1:duration=1';
    await Bun.$`${ffmpeg} -v error -y -f lavfi -i ${source} -c:v mpeg4 ${path}`;
    expect(await extract(path)).toBe('FILE_DAMAGED');
  });
});

test('a program that hangs is ended at its deadline', async () => {
  const program = join(directory.path, 'hangs');
  await writeFile(program, '#!/bin/sh\nexec /bin/sleep 60\n', { mode: 0o700 });
  const begun = performance.now();
  expect(await extract(pathOf('index-first.mp4'), 'video/mp4', { program, deadlineMs: 200 })).toBe(
    'PROBE_TIMEOUT',
  );
  expect(performance.now() - begun).toBeLessThan(5000);
});
