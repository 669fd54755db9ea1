import { until } from './temporary.ts';

/** Values by series, as `name{label="value"}`. */
export type Series = ReadonlyMap<string, number>;

/** Reads `/metrics` as Prometheus does. @throws when it is not 200. */
export async function scrape(url: string, init: RequestInit = {}): Promise<Series> {
  const response = await fetch(`${url}/metrics`, init);
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${response.status}: ${text}`);
  return parseMetrics(text);
}

function parseMetrics(text: string): Series {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const space = line.lastIndexOf(' ');
      return [line.slice(0, space), Number(line.slice(space + 1))];
    }),
  );
}

/** How much a series has grown while something was done; what is counted after an answer is waited for. */
export async function growth(
  url: string,
  series: string,
  task: () => Promise<unknown>,
  by: number,
): Promise<number> {
  const before = (await scrape(url)).get(series) ?? 0;
  await task();
  const after = async () => ((await scrape(url)).get(series) ?? 0) - before;
  await until(`${series} to grow`, async () => ((await after()) >= by ? true : undefined)).catch(() => {});
  return await after();
}
