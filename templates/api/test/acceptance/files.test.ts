import { afterAll, beforeAll, expect, test } from 'bun:test';
import exceljs from 'exceljs';
import { dataOf, startServer, type TestServer } from '../support/server.ts';

interface Outcome {
  readonly filename: string;
  readonly code: string | null;
  readonly file: { readonly id: string; readonly url: string; readonly size: number } | null;
}

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
  await server.logIn();
});
afterAll(async () => await server[Symbol.asyncDispose]());

function upload(files: readonly File[], headers: Record<string, string> = { 'x-graphql-yoga-csrf': '1' }) {
  const form = new FormData();
  const query = `mutation ($files: [Upload!]!) {
    uploadFiles(files: $files) { filename code file { id url size } }
  }`;
  form.set('operations', JSON.stringify({ query, variables: { files: files.map(() => null) } }));
  form.set('map', JSON.stringify(Object.fromEntries(files.map((_, i) => [i, [`variables.files.${i}`]]))));
  for (const [i, file] of files.entries()) form.set(String(i), file);
  return server.send('/graphql', { method: 'POST', headers, body: form });
}

test('files come back as they went in, under their names', async () => {
  const bytes = crypto.getRandomValues(new Uint8Array(200_000));
  const response = await upload([new File([bytes], '报告 1.bin'), new File([], 'empty')]);
  const { uploadFiles } = dataOf<{ uploadFiles: Outcome[] }>(await response.json());
  expect(uploadFiles).toMatchObject([
    { filename: '报告 1.bin', code: null, file: { size: bytes.length } },
    { filename: 'empty', code: 'FILE_EMPTY', file: null },
  ]);
  const download = await server.send(uploadFiles[0]?.file?.url ?? '');
  expect(download.headers.get('content-disposition')).toBe(
    `attachment; filename*=UTF-8''${encodeURIComponent('报告 1.bin')}`,
  );
  expect(Buffer.compare(await download.bytes(), bytes)).toBe(0);
});

test('a form of a foreign page uploads nothing', async () => {
  const response = await upload([new File(['x'], 'x')], {});
  expect([response.status, await response.json()]).toMatchObject([403, { code: 'CSRF_HEADER_MISSING' }]);
});

test('the report has a row for each file', async () => {
  await upload([new File(['x'], '=1+1')]);
  const response = await server.send('/exports/files.xlsx');
  expect(response.headers.get('content-disposition')).toMatch(/filename="files_\d{4}-\d\d-\d\d\.xlsx"/);
  const workbook = new exceljs.Workbook();
  await workbook.xlsx.load(await response.arrayBuffer());
  const sheet = workbook.getWorksheet('Files');
  const { files } = await server.query<{ files: { id: string; filename: string }[] }>(
    '{ files(first: 100) { id filename } }',
  );
  expect(
    sheet
      ?.getSheetValues()
      .slice(1)
      .map((row) => (row as unknown[]).slice(1, 3)),
  ).toEqual([['Id', 'Name'], ...files.map(({ id, filename }) => [id, filename]).reverse()]);
});
