import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { findChromium, startChromium } from '../support/chromium.ts';
import { Client, fixture } from '../support/client.ts';
import { sha256 } from '../support/files.ts';
import { missing } from '../support/services.ts';
import { type StockroomServer, startStockroom } from '../support/stockroom.ts';
import { temporaryDirectory, until } from '../support/temporary.ts';

const SECONDS = 40;

describe.skipIf(missing('Chromium', findChromium()))('in Chromium', () => {
  let server: StockroomServer;
  let client: Client;
  let browser: Browser;
  beforeAll(async () => {
    [server, browser] = await Promise.all([startStockroom(), startChromium()]);
    client = await Client.loggedIn(server.url);
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    await server[Symbol.asyncDispose]();
  });

  test.skipIf(missing('ffmpeg', Bun.which('ffmpeg')))(
    'a video whose index is at its end is played and seeks to anywhere',
    async () => {
      const [material] = await client.upload([new File([await makeVideo()], 'film.mp4')]);
      expect(material).toMatchObject({ kind: 'VIDEO', durationMs: SECONDS * 1000 });
      const page = await browser.newPage();
      await page.setContent(`<video muted src="${material?.url}"></video>`);
      const duration = await page.$eval('video', async (video: HTMLVideoElement) => {
        await video.play();
        return video.duration;
      });
      expect(duration).toBeCloseTo(SECONDS, 0);
      for (const second of [SECONDS - 5, 3, SECONDS / 2]) {
        const shown = await page.$eval(
          'video',
          async (video: HTMLVideoElement, target) => {
            const seeked = new Promise((resolve) =>
              video.addEventListener('seeked', resolve, { once: true }),
            );
            video.currentTime = target;
            await seeked;
            return { time: video.currentTime, ready: video.readyState, error: video.error?.message };
          },
          second,
        );
        expect(shown.error).toBeUndefined();
        expect(shown.ready).toBeGreaterThanOrEqual(2);
        expect(Math.abs(shown.time - second)).toBeLessThan(2);
      }
      await page.close();
      const path = new URL(String(material?.url)).pathname;
      await until('the log', () => server.output().includes(path) || undefined);
      const statuses = server
        .output()
        .split('\n')
        .filter((line) => line.includes(path))
        .map((line) => JSON.parse(line).status);
      // The index, the start, and at least one place that was not loaded yet.
      expect(statuses.filter((status) => status === 206).length).toBeGreaterThanOrEqual(3);
    },
    90_000,
  );

  test.each(['春の写真 第1版.jpg', '照片 (最终).jpg', "it's 100% «ok».jpg"])(
    'a download lands under its name: %s',
    async (name) => {
      const bytes = await (await fixture('photo.jpg')).bytes();
      const [material] = await client.upload([new File([bytes], name)]);
      await using directory = await temporaryDirectory();
      const page = await browser.newPage();
      const target = await (await page.context().newCDPSession(page)).send('Target.getTargetInfo');
      const session = await browser.newBrowserCDPSession();
      await session.send('Browser.setDownloadBehavior', {
        behavior: 'allow',
        downloadPath: directory.path,
        browserContextId: target.targetInfo.browserContextId ?? '',
      });
      await page.setContent(`<a href="${material?.url}&download">Download</a>`);
      await page.click('a');
      // Under another name until it is whole; for a moment both are there.
      const whole = () => readdirSync(directory.path).join('/') === name;
      await until('the download', () => whole() || undefined, 20_000);
      expect(readdirSync(directory.path)).toEqual([name]);
      expect(sha256(await Bun.file(join(directory.path, name)).bytes())).toBe(sha256(bytes));
      await page.close();
    },
    60_000,
  );

  test('a picture is shown on a page of another site', async () => {
    const [material] = await client.upload([await fixture('photo.jpg')]);
    const page = await browser.newPage();
    await page.setContent(`<img src="${material?.url}">`);
    const width = await page.$eval('img', async (img: HTMLImageElement) => {
      await img.decode();
      return img.naturalWidth;
    });
    expect(width).toBe(Number(material?.width));
    await page.close();
  });
});

/** Some 20 MB of pictures that cannot be compressed, the index last. */
async function makeVideo(): Promise<Uint8Array<ArrayBuffer>> {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, 'film.mp4');
  const source = `nullsrc=size=320x240:rate=10:duration=${SECONDS},geq=random(1)*255:128:128`;
  const settings = [
    '-c:v',
    'libx264',
    '-preset',
    'ultrafast',
    '-b:v',
    '4M',
    '-g',
    '20',
    '-pix_fmt',
    'yuv420p',
  ];
  const ffmpeg = Bun.spawn(['ffmpeg', '-v', 'error', '-f', 'lavfi', '-i', source, ...settings, path], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  expect(await ffmpeg.exited).toBe(0);
  return await Bun.file(path).bytes();
}
