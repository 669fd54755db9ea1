/** `pictures.ts <source> <target> <n>`: writes, fsyncs and examines the pictures of a directory, n at once. */
import { open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';

const [, , source = '', target = '', atOnce = '1'] = process.argv;

sharp.cache(false);
const names = await readdir(source);
const buffers = await Promise.all(names.map((name) => readFile(join(source, name))));
for (const buffer of buffers) await sharp(buffer).metadata();

const started = performance.now();
const left = buffers.entries();
await Promise.all(Array.from({ length: Number(atOnce) }, work));
console.log(JSON.stringify({ ms: performance.now() - started }));

async function work(): Promise<void> {
  for (const [i, buffer] of left) {
    const file = await open(join(target, String(i)), 'wx');
    await file.write(buffer);
    await file.sync();
    await file.close();
    const { width, height } = await sharp(buffer).metadata();
    if (!width || !height) throw new Error('no picture');
  }
}
