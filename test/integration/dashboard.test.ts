import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { Client, fixture } from '../support/client.ts';
import { uniquePng } from '../support/pictures.ts';
import { JOB, missingPrometheus, type Prometheus, startPrometheus } from '../support/prometheus.ts';
import { projectRoot, type StockroomServer, startStockroom } from '../support/stockroom.ts';
import { until } from '../support/temporary.ts';

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string }[];
}

const TOKEN = 'a-token-that-prometheus-has';
const text = await Bun.file(join(projectRoot, 'deploy/grafana-dashboard.json')).text();
const { panels } = JSON.parse(text) as { readonly panels: readonly Panel[] };
const queries = panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr }) => [title, expr] as const),
);

test('the panels of the dashboard have numbers of their own and do not lie on each other', () => {
  expect(queries.length).toBeGreaterThan(25);
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  const taken = new Set<string>();
  for (const { title, gridPos } of panels) {
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        expect([title, x < 24, taken.has(`${x} ${y}`)]).toEqual([title, true, false]);
        taken.add(`${x} ${y}`);
      }
    }
  }
});

describe.skipIf(missingPrometheus())('on a real Prometheus', () => {
  let server: StockroomServer;
  let prometheus: Prometheus;
  let isOver = false;
  let traffic: Promise<void>;
  beforeAll(async () => {
    server = await startStockroom({ env: { METRICS_TOKEN: TOKEN } });
    prometheus = await startPrometheus(server.url, TOKEN);
    traffic = ask(await Client.loggedIn(server.url));
  }, 90_000);
  afterAll(async () => {
    isOver = true;
    await traffic;
    await prometheus[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  /** A bit of everything, over and over, so that all rates can be told. */
  const ask = async (client: Client) => {
    while (!isOver) {
      const files = [
        new File([uniquePng(1000)], 'a.png'),
        await fixture('tiny.gif'),
        new File(['x'], 'x.txt'),
      ];
      const [picture] = await client.upload(files);
      const url = String(picture?.url);
      for (let i = 0; i < 2; i++) {
        await (await fetch(url)).bytes();
        await (await fetch(`${url}&w=64&download`)).bytes();
      }
      await client.graphql('{ nothing }');
      await Bun.sleep(100);
    }
  };

  test.each(queries)('%s: %s tells something', async (_title, expression) => {
    const query = expression
      .replaceAll('$job', JOB)
      .replaceAll('$instance', '.*')
      .replaceAll('$__rate_interval', '10s');
    expect(query).not.toContain('$');
    const found = await until(
      query,
      async () => {
        const result = await prometheus.query(query);
        return result.length > 0 && result.some(({ value }) => Number.isFinite(value)) ? result : undefined;
      },
      30_000,
    );
    // What was not asked for lately has no percentiles.
    for (const { value } of found) expect(value < 0).toBe(false);
  });
});
