/** Makes the pictures of the console that both READMEs show: `bun run screenshots`. */
import { join } from 'node:path';
import sharp from 'sharp';
import { startChromium } from './chromium.ts';
import { Client, fixture } from './client.ts';
import { openConsole } from './console.ts';
import { projectRoot, startStockroom } from './stockroom.ts';
import { until } from './temporary.ts';

const TARGET = join(projectRoot, 'docs/screenshots');
const SUBJECTS = ['spring-poster', 'linen-shirt', 'ceramic-mug', 'desk-lamp', 'running-shoe', 'tea-tin'];
const VIEWPORT = { width: 1280, height: 800 };

await using server = await startStockroom({ env: { LOG_LEVEL: 'silent' } });
const client = await Client.loggedIn(server.url);
const files = await Promise.all(
  Array.from({ length: 22 }, async (_, n) => {
    const name = `${SUBJECTS[n % SUBJECTS.length]}-${String(n + 1).padStart(2, '0')}.jpg`;
    return new File([Uint8Array.from(await poster(n))], name);
  }),
);
await client.upload([
  await fixture('index-first.mp4', 'opening.mp4'),
  await fixture('cover.mp3', 'jingle.mp3'),
]);
const ids = (await client.upload(files)).map((result) => ('id' in result ? String(result.id) : ''));
await client.data(
  'mutation ($ids: [ID!]!) { updateMaterials(ids: $ids, addTags: ["spring", "shop window"]) { id } }',
  { ids: ids.slice(0, 9) },
);
await until('the placeholders', async () => {
  const { material } = await client.data<{ material: { placeholder: string | null } }>(
    'query ($id: ID!) { material(id: $id) { placeholder } }',
    { id: ids.at(-1) },
  );
  return material.placeholder;
});

const browser = await startChromium();
try {
  for (const [language, theme, suffix] of [
    ['en', 'light', ''],
    ['zh', 'dark', '-zh'],
  ] as const) {
    await using tab = await openConsole(browser, server.url, { language, theme, viewport: VIEWPORT });
    await take(tab.page, `library${suffix}`);
    await tab.page.goto(`${server.url}/library/1/materials/${ids.at(-1)}`);
    await take(tab.page, `material${suffix}`);
  }
} finally {
  await browser.close();
}

async function take(page: Awaited<ReturnType<typeof openConsole>>['page'], name: string): Promise<void> {
  await page.locator('main img').first().waitFor();
  await page.waitForFunction(() =>
    [...document.images].every((image) => image.complete && image.naturalWidth > 0),
  );
  await page.mouse.move(700, 790);
  await sharp(await page.screenshot())
    .webp({ quality: 80 })
    .toFile(join(TARGET, `${name}.webp`));
}

/** A picture that looks like something, and like no other. */
async function poster(n: number): Promise<Buffer> {
  const hue = (n * 47) % 360;
  const [w, h] = n % 3 === 0 ? [900, 1200] : [1200, 900];
  const shapes = Array.from({ length: 7 }, (_, k) => {
    const [x, y, r] = [(k * 271 + n * 97) % w, (k * 173 + n * 131) % h, 90 + ((k * 67 + n * 29) % 190)];
    return `<circle cx="${x}" cy="${y}" r="${r}" fill="hsl(${(hue + k * 24) % 360} 70% ${45 + k * 5}%)" opacity=".75"/>`;
  });
  return await sharp(
    Buffer.from(
      `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}"><defs><linearGradient id="g" x2="1" y2="1"><stop stop-color="hsl(${hue} 60% 85%)"/><stop offset="1" stop-color="hsl(${hue + 60} 55% 45%)"/></linearGradient></defs><rect width="${w}" height="${h}" fill="url(#g)"/>${shapes.join('')}</svg>`,
    ),
  )
    .jpeg({ quality: 85 })
    .toBuffer();
}
