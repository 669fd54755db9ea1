/** `variants.ts <picture> <n>`: makes a WebP of 400 px out of a picture, n times one after the other. */
import sharp from 'sharp';

const [, , picture = '', times = '1'] = process.argv;

sharp.cache(false);
const make = () => sharp(picture).autoOrient().resize(400).webp({ quality: 80 }).toBuffer();
await make();
const started = performance.now();
for (let i = 0; i < Number(times); i++) await make();
console.log(JSON.stringify({ ms: (performance.now() - started) / Number(times) }));
