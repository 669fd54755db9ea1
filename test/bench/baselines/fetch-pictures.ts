/** `fetch-pictures.ts <url> <target> <count> <n>`: fetches pictures, writes them and reads their headers, n at once. */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';

/** Pictures of each before the time is taken. */
const WARM = 10;
const [, , url = '', target = '', count = '1', atOnce = '1'] = process.argv;

sharp.cache(false);
await Promise.all(Array.from({ length: Number(atOnce) }, (_, i) => work(range(WARM), `warm-${i}`)));
const started = performance.now();
const left = range(Number(count));
await Promise.all(Array.from({ length: Number(atOnce) }, () => work(left, crypto.randomUUID())));
console.log(JSON.stringify({ ms: performance.now() - started }));

function range(length: number): ArrayIterator<number> {
  return Array.from({ length }, (_, i) => i).values();
}

async function work(numbers: Iterable<number>, name: string): Promise<void> {
  for (const i of numbers) {
    const response = await fetch(`${url}?${crypto.randomUUID()}`);
    const path = join(target, `${name}-${i}`);
    const file = await open(path, 'wx');
    await file.write(await response.bytes());
    await file.close();
    const { width, height } = await sharp(path).metadata();
    if (!width || !height) throw new Error('no picture');
  }
}
