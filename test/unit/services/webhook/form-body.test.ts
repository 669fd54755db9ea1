import { expect, test } from 'bun:test';
import { formBody } from '../../../../src/services/webhook/form-body.ts';

const bytes = crypto.getRandomValues(new Uint8Array(10_000));

async function sent(filename: string): Promise<{ form: FormData; text: string }> {
  const made = formBody('{"a":1}', {
    filename,
    mimeType: 'image/png',
    size: bytes.byteLength,
    stream: async function* () {
      yield bytes.subarray(0, 4000);
      yield bytes.subarray(4000);
    },
  });
  const body = Buffer.concat(await Array.fromAsync(made.body));
  expect(body.byteLength).toBe(made.bytes);
  const response = new Response(body, { headers: { 'content-type': made.contentType } });
  return { form: await response.formData(), text: Buffer.from(body).toString('latin1') };
}

test.each([
  'a.png',
  '图片 é.png',
  'a"; filename="b.png',
  'a\r\nContent-Type: text/html\r\n\r\n<script>.png',
  'a\n.png',
  'a\\".png',
  "a'%22.png",
  '../../etc/passwd',
  '--boundary--',
])('a file goes along whole, whatever its name: %p', async (filename) => {
  const { form, text } = await sent(filename);
  expect([...form.keys()]).toEqual(['payload', 'file']);
  expect(form.get('payload')).toBe('{"a":1}');
  const file = form.get('file');
  if (!(file instanceof File)) throw new Error('no file');
  expect(Buffer.from(await file.arrayBuffer()).equals(bytes)).toBe(true);
  const head = text.slice(0, text.indexOf('image/png'));
  expect(head.split('\r\n').length).toBe(7);
  const name = /filename="([^"]*)"\r\n/.exec(Buffer.from(head, 'latin1').toString())?.[1];
  expect(name).toBe(filename.replace(/\r/g, '%0D').replace(/\n/g, '%0A').replace(/"/g, '%22'));
});

test('without a file there is the payload alone', async () => {
  const made = formBody('{}', undefined);
  const body = Buffer.concat(await Array.fromAsync(made.body));
  const response = new Response(body, { headers: { 'content-type': made.contentType } });
  expect([...(await response.formData()).keys()]).toEqual(['payload']);
});
