import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { Client, fixture } from '../support/client.ts';
import { growth, scrape } from '../support/metrics.ts';
import { freePort } from '../support/ports.ts';
import { missing } from '../support/services.ts';
import { type StockroomServer, spawnStockroom, startStockroom } from '../support/stockroom.ts';
import { temporaryDirectory, until } from '../support/temporary.ts';

const TOKEN = 'a-token-that-prometheus-has';
const DURATION = 'stockroom_http_request_duration_seconds';
const OPERATION = 'stockroom_graphql_operation_duration_seconds';

describe('what is counted', () => {
  let server: StockroomServer;
  let client: Client;
  let fileUrl: string;
  beforeAll(async () => {
    server = await startStockroom();
    client = await Client.loggedIn(server.url);
    const [material] = await client.upload([await fixture('photo.jpg')]);
    fileUrl = String(material?.url);
  });
  afterAll(async () => await server[Symbol.asyncDispose]());

  test('are files that came, by kind and by what became of them, and their bytes', async () => {
    const [tiny, clip] = [await fixture('tiny.gif'), await fixture('index-first.mp4')];
    const upload = () => client.upload([tiny, clip, new File(['text'], 'notes.txt')]);
    const before = await scrape(server.url);
    await upload();
    const after = await scrape(server.url);
    const grown = (series: string) => (after.get(series) ?? 0) - (before.get(series) ?? 0);
    const files = (kind: string, outcome: string) =>
      grown(`stockroom_upload_files_total{kind="${kind}",outcome="${outcome}"}`);
    expect(files('IMAGE', 'stored')).toBe(1);
    expect(files('VIDEO', 'stored')).toBe(1);
    expect(files('unknown', 'FILE_TYPE_NOT_ALLOWED')).toBe(1);
    expect(grown('stockroom_upload_bytes_total{kind="IMAGE"}')).toBe(tiny.size);
    expect(grown('stockroom_upload_bytes_total{kind="VIDEO"}')).toBe(clip.size);
    expect(grown(`${OPERATION}_count{type="mutation",field="uploadMaterials"}`)).toBe(1);
    expect(after.get('stockroom_uploads_running')).toBe(0);
  });

  test('are downloads with their bytes, also of what is in memory, not there, or asked for in part', async () => {
    const size = (await (await fetch(fileUrl)).bytes()).byteLength;
    const bytes = 'stockroom_download_bytes_total{route="/files/*"}';
    const get = (init: RequestInit = {}) => fetch(fileUrl, init).then((response) => response.bytes());
    const three = async () => {
      for (let i = 0; i < 3; i++) await get();
    };
    expect(await growth(server.url, bytes, three, 3 * size)).toBe(3 * size);
    const part = () => get({ headers: { range: 'bytes=10-19' } });
    expect(await growth(server.url, bytes, part, 10)).toBe(10);
    const nothing = async () => {
      await get({ method: 'HEAD' });
      await get({ headers: { 'if-none-match': '*' } });
      await fetch(`${server.url}/files/mall/none.jpg`);
    };
    const missed = `${DURATION}_count{route="/files/*",method="GET",status="4xx"}`;
    const before = (await scrape(server.url)).get(bytes);
    expect(await growth(server.url, missed, nothing, 1)).toBe(1);
    const after = await scrape(server.url);
    expect(after.get(bytes)).toBe(before);
    expect(after.get(`${DURATION}_count{route="/files/*",method="HEAD",status="2xx"}`)).toBe(1);
    expect(after.get(`${DURATION}_count{route="/files/*",method="GET",status="3xx"}`)).toBe(1);
    // Nothing is remembered before the messages between instances come through.
    await until('a file that is remembered', async () => {
      await get();
      const hits = (await scrape(server.url)).get(
        'stockroom_cache_requests_total{cache="files",result="hit"}',
      );
      return (hits ?? 0) > 0 || undefined;
    });
  });

  test('are variants that were made, and those that were there', async () => {
    const variant = () => fetch(`${fileUrl}&w=320`).then((response) => response.bytes());
    const made = 'stockroom_decode_seconds_count{outcome="done"}';
    const misses = 'stockroom_cache_requests_total{cache="variants",result="miss"}';
    expect(await growth(server.url, made, variant, 1)).toBe(1);
    expect((await scrape(server.url)).get(misses)).toBe(1);
    const again = () => fetch(`${fileUrl}&w=320&download`).then((response) => response.bytes());
    const hits = 'stockroom_cache_requests_total{cache="variants",result="hit"}';
    expect(await growth(server.url, hits, again, 1)).toBe(1);
    expect((await scrape(server.url)).get(made)).toBe(1);
  });

  test('are logins, errors by their code, and how long sessions took', async () => {
    const logins = `${OPERATION}_count{type="mutation",field="login"}`;
    expect(await growth(server.url, logins, () => Client.loggedIn(server.url), 1)).toBe(1);
    const wrong = () => client.graphql('mutation { login(username: "x", password: "y") { user { id } } }');
    const failed = 'stockroom_graphql_errors_total{code="INVALID_CREDENTIALS"}';
    expect(await growth(server.url, failed, wrong, 1)).toBe(1);
    const invalid = 'stockroom_graphql_errors_total{code="GRAPHQL_VALIDATION_FAILED"}';
    expect(await growth(server.url, invalid, () => client.graphql('{ nothing }'), 1)).toBe(1);
    const reads = 'stockroom_session_read_seconds_count';
    expect(await growth(server.url, reads, () => client.graphql('{ me { id } }'), 1)).toBe(1);
  });

  test('does not become more by names that clients make up', async () => {
    const hostile = async (n: number) => {
      const odd = `x${n}"} 1\nforged 2`;
      await client.graphql(`query Name${n} { a${n}: me { b${n}: id } }`);
      await client.graphql(`query { ...F${n} } fragment F${n} on Query { me { id } }`);
      await client.graphql(`query Name${n} { field${n} }`);
      await client.graphql('{ me { id } }', { [odd]: n }, { 'x-request-id': `request-${n}` });
      for (const method of ['GET', 'PUT', 'PROPFIND', `M${n}`]) {
        await fetch(`${server.url}/${encodeURIComponent(odd)}/${n}?${n}=${n}`, { method });
        await fetch(`${server.url}/files/mall/${n}.jpg?w=${n}`, { method });
      }
      await fetch(`${server.url}/malls/${n}/upload_batch`, { method: 'POST' });
      await fetch(`${server.url}/malls/${n}/materials.zip?id=${n}`);
    };
    await hostile(0);
    const names = [...(await scrape(server.url)).keys()];
    for (let n = 1; n <= 40; n++) await hostile(n);
    const after = [...(await scrape(server.url)).keys()];
    expect(after.filter((name) => !names.includes(name) && !name.includes('/metrics'))).toEqual([]);
    expect(after.join('\n')).not.toContain('forged');
    expect(after).toContain(`${OPERATION}_count{type="query",field="me"}`);
  });

  test('tells of the process, its dependencies and its limits', async () => {
    await scrape(server.url);
    const series = await scrape(server.url);
    for (const name of ['database', 'migrations', 'store', 'disk']) {
      expect(series.get(`stockroom_dependency_up{dependency="${name}"}`)).toBe(1);
    }
    expect(series.get('process_resident_memory_bytes')).toBeGreaterThan(20e6);
    expect(series.get('process_cpu_seconds_total')).toBeGreaterThan(0);
    expect(series.get('stockroom_disk_free_bytes')).toBeGreaterThan(0);
    expect(series.get('stockroom_work_waiting{work="passwords"}')).toBe(0);
    expect([...series.keys()].join('\n')).toMatch(/^stockroom_build_info\{version=".+",bun=".+"\}$/m);
    if (process.platform === 'linux') expect(series.get('process_open_fds')).toBeGreaterThan(5);
  });

  test.skipIf(missing('Prometheus', Bun.which('promtool')))(
    "is written as Prometheus's own check wants it",
    async () => {
      await scrape(server.url);
      const response = await fetch(`${server.url}/metrics`);
      expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
      const check = Bun.spawn(['promtool', 'check', 'metrics'], {
        stdin: await response.bytes(),
        stdout: 'pipe',
        stderr: 'pipe',
      });
      const told = await Promise.all([new Response(check.stdout).text(), new Response(check.stderr).text()]);
      expect([await check.exited, told.join('')]).toEqual([0, '']);
    },
  );
});

describe('who may read what is counted', () => {
  const status = async (url: string, init: RequestInit = {}) => (await fetch(`${url}/metrics`, init)).status;
  const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

  test('is who asks from this machine itself, not who asks through a proxy or under another name', async () => {
    await using server = await startStockroom();
    expect(await status(server.url)).toBe(200);
    expect(await status(server.url.replace('127.0.0.1', 'localhost'))).toBe(200);
    for (const name of ['X-Forwarded-For', 'Forwarded', 'Via', 'X-Real-IP', 'X-Forwarded-Proto']) {
      expect([name, await status(server.url, { headers: { [name]: 'for=192.0.2.1' } })]).toEqual([name, 401]);
    }
    expect(await status(server.url, { headers: { host: 'evil.example.com' } })).toBe(401);
    expect(await status(server.url, { method: 'POST' })).toBe(405);
  });

  test('is nobody but who has the token, or is an administrator, where the server has an outer address', async () => {
    await using server = await startStockroom({
      env: { PUBLIC_URL: 'http://stock.example.com', METRICS_TOKEN: TOKEN },
    });
    const { url } = server;
    expect(await status(url)).toBe(401);
    expect(await status(url, bearer(`${TOKEN}x`))).toBe(401);
    expect(await status(url, bearer(TOKEN))).toBe(200);
    const forwarded = { authorization: `Bearer ${TOKEN}`, 'x-forwarded-for': '192.0.2.1' };
    expect(await status(url, { headers: forwarded })).toBe(200);
    const client = await Client.loggedIn(url);
    expect(await status(url, { headers: { cookie: client.cookie ?? '' } })).toBe(200);
    await server.stop();
    expect(server.output()).not.toContain(TOKEN);
  });

  test('is whoever reaches a port that is for it, and then nobody at the other one', async () => {
    const port = String(await freePort());
    await using server = await startStockroom({ env: { METRICS_PORT: port } });
    const own = `http://127.0.0.1:${port}`;
    expect(server.output()).toContain(`Metrics     ${own}/metrics\n`);
    const { process_start_time_seconds: _, ...rest } = Object.fromEntries(await scrape(own));
    expect(rest['stockroom_dependency_up{dependency="database"}']).toBe(1);
    expect(await status(own, { headers: { 'x-forwarded-for': '192.0.2.1' } })).toBe(200);
    expect(await status(own, { method: 'POST' })).toBe(405);
    expect((await fetch(`${own}/graphql`)).status).toBe(404);
    expect(await status(server.url)).toBe(404);

    await using directory = await temporaryDirectory();
    const second = spawnStockroom({ DATA_DIR: directory.path, METRICS_PORT: port });
    const [errors, code] = await Promise.all([new Response(second.stderr).text(), second.exited]);
    expect([code, errors]).toEqual([
      1,
      `stockroom: METRICS_PORT=${port}: the address 127.0.0.1:${port} is in use\n`,
    ]);
  });

  test('is nobody where it is switched off', async () => {
    await using server = await startStockroom({ env: { METRICS: 'off' } });
    expect(await status(server.url)).toBe(404);
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
    await Client.loggedIn(server.url);
  });
});
