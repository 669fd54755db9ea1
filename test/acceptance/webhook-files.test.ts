import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { createHash } from 'node:crypto';
import { Client } from '../support/client.ts';
import { each, replace } from '../support/material-life.ts';
import { uniquePng } from '../support/pictures.ts';
import { hasProc, residentBytes } from '../support/processes.ts';
import { type StockroomServer, startStockroom } from '../support/stockroom.ts';
import { until } from '../support/temporary.ts';
import { newMall } from '../support/users.ts';
import { createWebhook, type Payload, verify } from '../support/webhook-receiver.ts';

const MIB = 1024 * 1024;

interface Message {
  readonly payload: Payload;
  readonly file: File | undefined;
}

describe('webhooks that get files', () => {
  let server: StockroomServer;
  let admin: Client;
  beforeAll(async () => {
    server = await startStockroom({ env: { REMOTE_ALLOW_CIDRS: '127.0.0.0/8' } });
    admin = await Client.loggedIn(server.url);
  });
  afterAll(async () => await server[Symbol.asyncDispose]());

  test('have them byte by byte with what came in and was replaced, and the payload signed', async () => {
    const messages: Message[] = [];
    let secret = '';
    await using receiver = disposable(
      Bun.serve({
        hostname: '127.0.0.1',
        port: 0,
        fetch: async (request) => {
          const { headers } = request;
          expect(Number(headers.get('content-length'))).toBeGreaterThan(0);
          const form = await request.formData();
          const file = form.get('file');
          const text = String(form.get('payload'));
          messages.push({
            payload: verify(secret, { headers }, text),
            file: file instanceof File ? file : undefined,
          });
          return new Response();
        },
      }),
    );
    const mallId = await newMall(admin);
    ({ secret } = await createWebhook(admin, receiver.url, { mallId, format: 'FORM_DATA' }));
    const names = ['plain.png', '图片 é.png', 'a"b;c.png', "%22'.png"];
    const files = names.map((name) => new File([uniquePng()], name));
    const materials = await admin.upload(files, { mallId });
    const id = String(materials[0]?.id);
    const other = uniquePng();
    await until('the messages', () => messages.length >= names.length || undefined);
    await replace(admin, id, new File([other], 'other.png'));
    await until('the replacement', () => messages.length >= names.length + 1 || undefined);
    await each(admin, 'deleteMaterials', [id]);
    await until('the end', () => messages.length >= names.length + 2 || undefined);

    for (const [i, file] of files.entries()) {
      const message = messages.find(
        ({ payload }) =>
          payload.type === 'material.created' && payload.data.material?.id === materials[i]?.id,
      );
      expect(message?.file?.name.replaceAll('%22', '"')).toBe(
        String(materials[i]?.originFilename).replaceAll('%22', '"'),
      );
      expect(await message?.file?.bytes()).toEqual(new Uint8Array(await file.arrayBuffer()));
    }
    const replaced = messages.find(({ payload }) => payload.type === 'material.replaced');
    expect(replaced?.file?.name).toBe('other.png');
    expect(replaced?.file?.type).toBe('image/png');
    expect(await replaced?.file?.bytes()).toEqual(new Uint8Array(other));
    const deleted = messages.find(({ payload }) => payload.type === 'material.deleted');
    expect(deleted).toMatchObject({ file: undefined });
  });

  test.skipIf(!hasProc)(
    'get a large one without the server holding it in memory, however slowly it is taken',
    async () => {
      const size = 100 * MIB;
      const wav = silence(size);
      const sha256 = createHash('sha256').update(wav).digest('hex');
      let received = 0;
      let peak = 0;
      const arrived = Promise.withResolvers<string>();
      await using receiver = disposable(
        Bun.serve({
          hostname: '127.0.0.1',
          port: 0,
          maxRequestBodySize: 2 * size,
          fetch: async (request) => {
            const hash = createHash('sha256');
            const boundary = /boundary=(.+)$/.exec(request.headers.get('content-type') ?? '')?.[1] ?? '';
            const tail = `\r\n--${boundary}--\r\n`.length;
            const total = Number(request.headers.get('content-length'));
            const head = total - size - tail;
            for await (const chunk of request.body ?? []) {
              const [start, end] = [received, received + chunk.byteLength];
              hash.update(chunk.subarray(Math.max(0, head - start), Math.max(0, total - tail - start)));
              received = end;
              peak = Math.max(peak, residentBytes(server.process.pid));
            }
            arrived.resolve(hash.digest('hex'));
            return new Response();
          },
        }),
      );
      const mallId = await newMall(admin);
      await admin.upload([new File([wav], 'a.wav')], { mallId });
      const before = await settledMemory(server.process.pid);
      const { id } = await createWebhook(admin, receiver.url, { mallId, format: 'FORM_DATA' });
      // The same bytes: nothing is stored, and the upload itself ends before the message goes out.
      const again = await admin.upload([new File([wav], 'b.wav')], { mallId });
      expect(again[0]?.__typename).toBe('Material');
      expect(await arrived.promise).toBe(sha256);
      expect(received).toBeGreaterThan(size);
      expect(peak - before).toBeLessThan(80 * MIB);
      expect(id).toBeString();
    },
    120_000,
  );
});

/** A WAV file of silence. */
function silence(size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  const text = (at: number, value: string) => bytes.set(new TextEncoder().encode(value), at);
  text(0, 'RIFF');
  view.setUint32(4, size - 8, true);
  text(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 2, true);
  view.setUint32(24, 44_100, true);
  view.setUint32(28, 176_400, true);
  view.setUint16(32, 4, true);
  view.setUint16(34, 16, true);
  text(36, 'data');
  view.setUint32(40, size - 44, true);
  return bytes;
}

/** When the garbage of what came before is gone. */
async function settledMemory(pid: number): Promise<number> {
  let last = residentBytes(pid);
  return await until(
    'memory to settle',
    () => {
      const now = residentBytes(pid);
      const isSettled = Math.abs(now - last) < MIB;
      last = now;
      return isSettled ? now : undefined;
    },
    30_000,
  );
}

function disposable(server: Bun.Server<undefined>): { readonly url: string } & AsyncDisposable {
  return { url: server.url.href, [Symbol.asyncDispose]: () => server.stop(true) };
}
