import { afterAll, describe, expect, test } from 'bun:test';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HeaderReader } from '../../../../src/adapters/media/header-reader.ts';
import { createProber } from '../../../../src/adapters/media/index.ts';
import { makePlaceholder } from '../../../../src/adapters/media/placeholder.ts';
import { temporaryDirectory } from '../../../support/temporary.ts';
import { bytesOf, failure, onDisk, outcome, pathOf, quiet } from './fixtures.ts';

const maxImagePixels = 100_000_000;
const prober = createProber({ maxImagePixels, log: quiet });
afterAll(() => prober.close());

describe('a placeholder from a child process', () => {
  test('is the same for a path and for bytes, and what the library makes of it', async () => {
    const expected = await makePlaceholder(pathOf('photo.jpg'), { maxImagePixels });
    expect(await prober.makePlaceholder(pathOf('photo.jpg'))).toBe(expected);
    expect(await prober.makePlaceholder(bytesOf('photo.jpg'))).toBe(expected);
  });

  test('is refused for its reason', async () => {
    expect(await outcome(prober.makePlaceholder(bytesOf('photo.jpg').subarray(0, 1000)))).toBe(
      'FILE_DAMAGED',
    );
    expect(await outcome(prober.makePlaceholder(pathOf('huge-claim.png')))).toBe('IMAGE_TOO_LARGE');
    expect(await prober.makePlaceholder(pathOf('plain.heic'))).toBeNull();
  });
});

describe('a header', () => {
  test('is read again when its process ended once; a picture that ends it each time is FILE_DAMAGED', async () => {
    await using directory = await temporaryDirectory();
    const reader = oddReader();
    const path = join(directory.path, 'picture');
    await writeFile(`${path}.once`, '');
    expect(await reader.read(path, undefined)).toMatchObject({ format: path });
    await writeFile(`${path}.always`, '');
    expect(await outcome(reader.read(path, undefined))).toBe('FILE_DAMAGED');
    await reader.close();
  });

  test('goes with the others that wait, and one that ends the process does not fail them', async () => {
    await using directory = await temporaryDirectory();
    const reader = oddReader();
    const paths = Array.from({ length: 8 }, (_, i) => join(directory.path, `${i}`));
    const together = await Promise.all(paths.map((path) => reader.read(path, undefined)));
    expect(together.map(({ format }) => format)).toEqual(paths);
    expect(together.map(({ width }) => width)).toEqual([1, 7, 7, 7, 7, 7, 7, 7]);
    await writeFile(`${paths[4]}.always`, '');
    const outcomes = await Promise.all(paths.map((path) => outcome(reader.read(path, undefined))));
    expect(outcomes.map((one) => one === 'FILE_DAMAGED')).toEqual(paths.map((_, i) => i === 4));
    await reader.close();
  });

  test('of a picture that hangs holds up neither those that failed with it nor those that come later', async () => {
    await using directory = await temporaryDirectory();
    const reader = oddReader({ processes: 2, deadlineMs: 30_000 });
    const paths = Array.from({ length: 16 }, (_, i) => join(directory.path, `${i}`));
    await writeFile(`${paths[1]}.wait`, '');
    await writeFile(`${paths[4]}.always`, '');
    const outcomes = paths.map((path) => outcome(reader.read(path, undefined)));
    const others = outcomes.filter((_, i) => i !== 1);
    expect((await Promise.all(others)).map((one) => one === 'FILE_DAMAGED')).toEqual(
      others.map((_, i) => i === 3),
    );
    expect(await reader.read('later', undefined)).toMatchObject({ format: 'later' });
    await rm(`${paths[1]}.wait`);
    expect(await outcomes[1]).toMatchObject({ format: paths[1] });
    await reader.close();
  });
});

test('an upload that is given up does not wait for its turn', async () => {
  for (const name of ['plain.jpg', 'plain.webp']) {
    const controller = new AbortController();
    const probing = prober.probe(onDisk(pathOf(name)), controller.signal);
    controller.abort(new Error('left'));
    expect(await failure(probing)).toBe('left');
  }
});

test('nothing is examined once it is closed', async () => {
  const closed = createProber({ maxImagePixels, log: quiet });
  await closed.close();
  expect(await outcome(closed.probe(onDisk(pathOf('plain.webp'))))).toBe('SERVICE_UNAVAILABLE');
  expect(await outcome(closed.makePlaceholder(pathOf('plain.jpg')))).toBe('SERVICE_UNAVAILABLE');
});

function oddReader({ processes = 1, deadlineMs = 5000 } = {}): HeaderReader {
  const program = new URL('./odd-examiner.ts', import.meta.url);
  return new HeaderReader({ maxImagePixels, deadlineMs, processes, log: quiet, program });
}
