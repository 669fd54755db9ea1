import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { Client, fixture } from '../support/client.ts';
import { attribute, type CollectedSpan, type Collector, startCollector } from '../support/collector.ts';
import { uniquePng } from '../support/pictures.ts';
import { freePort } from '../support/ports.ts';
import { ADMIN, type StockroomServer, startStockroom } from '../support/stockroom.ts';
import { until } from '../support/temporary.ts';

const SERVER = 2;
const CLIENT = 3;
const FAILED = 2;

describe('a server that has a collector for its traces', () => {
  let collector: Collector;
  let server: StockroomServer;
  let client: Client;
  beforeAll(async () => {
    collector = startCollector();
    server = await startStockroom({
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_EXPORTER_OTLP_HEADERS: 'api-key=s%20ecret',
        OTEL_SERVICE_NAME: 'shop-files',
      },
    });
    client = await Client.loggedIn(server.url);
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await collector[Symbol.asyncDispose]();
  });

  /** Asks within a trace of its own. @returns the spans of the trace, once `last` is there. */
  const traced = async (last: string, ask: (headers: Record<string, string>) => Promise<unknown>) => {
    const traceId = crypto.randomUUID().replaceAll('-', '');
    const parent = traceId.slice(0, 16);
    await ask({ traceparent: `00-${traceId}-${parent}-01` });
    const own = () => collector.spans.filter((span) => span.traceId === traceId);
    await until(`the span ${last}`, () => own().find(({ name }) => name === last));
    const spans = own();
    const path = (span: CollectedSpan | undefined): string[] => {
      if (!span) return [];
      return [...path(spans.find(({ spanId }) => spanId === span.parentSpanId)), span.name];
    };
    const root = spans.find(({ parentSpanId }) => parentSpanId === parent);
    return { spans, root, traceId, paths: spans.map((span) => path(span).join(' > ')) };
  };

  test('sends a request with its operation, its root fields and its statements, below the client', async () => {
    const query = 'query Newest { materials(first: 3, filter: { name: "people-data" }) { totalCount } }';
    const { root, paths, spans } = await traced('POST /graphql', (headers) =>
      client.graphql(query, {}, headers),
    );
    expect(paths).toContain('POST /graphql > query Newest > Query.materials');
    expect(paths).toContainEqual(
      expect.stringMatching(/^POST \/graphql > query Newest > Query\.materials > SELECT materials$/),
    );
    expect(paths).toContainEqual(expect.stringMatching(/^POST \/graphql > SELECT sessions$/));
    expect(root).toMatchObject({ name: 'POST /graphql', kind: SERVER });
    expect(attribute(root as CollectedSpan, 'http.route')).toBe('/graphql');
    expect(Number(attribute(root as CollectedSpan, 'http.response.status_code'))).toBe(200);
    for (const span of spans) {
      expect(BigInt(span.endTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(span.startTimeUnixNano));
    }
    const statement = spans.find(({ name }) => name === 'SELECT materials') as CollectedSpan;
    expect(statement.kind).toBe(CLIENT);
    expect(attribute(statement, 'db.operation.name')).toBe('SELECT');
    expect(collector.resource['service.name']).toBe('shop-files');
    expect(collector.headers.get('api-key')).toBe('s ecret');
  });

  test('sends what an upload and a variant take', async () => {
    const form = new FormData();
    form.set('a', await fixture('photo.jpg'));
    let basePath = '';
    const upload = await traced('POST /malls/:mall_id{[0-9]+}/upload_batch', async (headers) => {
      const answer = await client.send('/malls/1/upload_batch', { method: 'POST', body: form, headers });
      basePath = ((await answer.json()) as { data: [{ base_path: string }] }).data[0].base_path;
    });
    const names = upload.spans.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['probe', 'store put', 'transaction', 'INSERT blobs']));
    expect(upload.paths.find((path) => path.endsWith('INSERT blobs'))).toContain('transaction > INSERT');
    const variant = await traced('GET /files/*', (headers) =>
      fetch(`${server.url}/files${basePath}?w=160`, { headers }),
    );
    expect(variant.paths).toContain('GET /files/* > decode');
    // The second time the picture comes past the middleware.
    const again = await traced('GET /files/*', (headers) =>
      fetch(`${server.url}/files${basePath}`, { headers }).then((response) => response.bytes()),
    );
    expect(attribute(again.root as CollectedSpan, 'http.route')).toBe('/files/*');
  });

  test('sends nothing of work that no request does', async () => {
    await client.upload([new File([uniquePng()], 'b.png')]);
    await until('a placeholder', async () => {
      const { materials } = await client.data<{
        materials: { edges: [{ node: { placeholder: string | null } }] };
      }>('{ materials(first: 1) { edges { node { placeholder } } } }');
      return materials.edges[0].node.placeholder ?? undefined;
    });
    await traced('GET /healthz', (headers) => fetch(`${server.url}/healthz`, { headers }));
    expect(collector.spans.filter(({ name }) => name === 'UPDATE blobs')).toEqual([]);
    const alone = collector.spans.filter(({ parentSpanId, kind }) => !parentSpanId && kind !== SERVER);
    expect(alone).toEqual([]);
  });

  test('marks what failed, without what it said', async () => {
    const wrong = await traced('POST /graphql', (headers) =>
      client.graphql('mutation Wrong { login(username: "x", password: "y") { user { id } } }', {}, headers),
    );
    const failed = wrong.spans.filter(({ status }) => status.code === FAILED);
    expect(failed.map(({ name }) => name).sort()).toEqual(['Mutation.login', 'mutation Wrong']);
    const field = failed.find(({ name }) => name === 'Mutation.login') as CollectedSpan;
    expect(attribute(field, 'error.type')).toBe('INVALID_CREDENTIALS');
  });

  test('writes the id of the trace into the log lines of its request', async () => {
    const { traceId } = await traced('GET none', (headers) =>
      fetch(`${server.url}/nothing/here`, { headers }),
    );
    const line = await until('the log line', () =>
      server
        .output()
        .split('\n')
        .find((one) => one.includes(traceId)),
    );
    expect(JSON.parse(line)).toMatchObject({ traceId, path: '/nothing/here', status: 404 });
  });

  test('begins a trace where a request has none, or one that is not valid', async () => {
    const before = collector.spans.length;
    await fetch(`${server.url}/healthz`, {
      headers: { traceparent: '00-00000000000000000000000000000000-x' },
    });
    const span = await until('a span', () =>
      collector.spans.slice(before).find(({ name }) => name === 'GET /healthz'),
    );
    expect(span.traceId).toMatch(/^(?!0{32})[0-9a-f]{32}$/);
    expect(span.parentSpanId ?? '').toBe('');
  });

  test('traces some hundred requests a second, and the others as fast as ever', async () => {
    const before = collector.spans.length;
    const started = performance.now();
    for (let i = 0; i < 20; i++) {
      const answers = await Promise.all(Array.from({ length: 100 }, () => fetch(`${server.url}/healthz`)));
      expect(answers.every(({ status }) => status === 200)).toBe(true);
    }
    const seconds = (performance.now() - started) / 1000;
    // Spans come in their order: behind one of a later second there are no others.
    const traceId = crypto.randomUUID().replaceAll('-', '');
    const headers = { traceparent: `00-${traceId}-${traceId.slice(0, 16)}-01` };
    await until('room for another trace', async () => {
      await fetch(`${server.url}/readyz`, { headers });
      return collector.spans.find((span) => span.traceId === traceId);
    });
    const sent = collector.spans.slice(before).filter(({ name }) => name === 'GET /healthz');
    expect(sent.length).toBeWithin(100, 100 * Math.ceil(seconds + 1) + 1);
  });

  test('sends nothing of a request whose trace is not wanted', async () => {
    const traceId = crypto.randomUUID().replaceAll('-', '');
    const headers = { traceparent: `00-${traceId}-${traceId.slice(0, 16)}-00` };
    await client.graphql('{ materials { totalCount } }', {}, headers);
    await traced('GET /healthz', (wanted) => fetch(`${server.url}/healthz`, { headers: wanted }));
    expect(collector.spans.filter((span) => span.traceId === traceId)).toEqual([]);
  });

  test('sends no values of statements, variables or paths', async () => {
    expect(collector.text.length).toBeGreaterThan(1000);
    for (const secret of [
      'people-data',
      ADMIN.password,
      client.cookie?.split('=')[1] ?? '',
      '/nothing/here',
    ]) {
      expect(collector.text).not.toContain(secret);
    }
  });
});

describe('a collector that', () => {
  test.each(['refuse', 'hang'] as const)(
    'takes nothing (%s) costs requests nothing, and the log a line',
    async (mode) => {
      await using collector = startCollector();
      collector.mode = mode;
      await using server = await startStockroom({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url } });
      for (let i = 0; i < 20; i++) {
        const answers = await Promise.all(Array.from({ length: 200 }, () => fetch(`${server.url}/healthz`)));
        expect(answers.every(({ status }) => status === 200)).toBe(true);
      }
      await until('the warning', () => server.output().includes('takes no traces') || undefined, 30_000);
      expect(server.output().split('takes no traces')).toHaveLength(2);
      const started = performance.now();
      expect(await server.stop()).toBe(0);
      expect(performance.now() - started).toBeLessThan(20_000);
    },
  );

  test('is not there costs nothing either, and what is left is sent at the end where it is', async () => {
    const nowhere = `http://127.0.0.1:${await freePort()}`;
    await using lonely = await startStockroom({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: nowhere } });
    await Client.loggedIn(lonely.url);
    await until('the warning', () => lonely.output().includes('takes no traces') || undefined, 30_000);
    await using collector = startCollector();
    await using server = await startStockroom({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url } });
    await fetch(`${server.url}/readyz`);
    await server.stop();
    expect(collector.spans.map(({ name }) => name)).toContain('GET /readyz');
  });
});
