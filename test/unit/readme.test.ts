import { describe, expect, test } from 'bun:test';
import { ConfigError, parseConfig } from '../../src/config.ts';

const root = new URL('../../', import.meta.url);
const source = await Bun.file(new URL('src/config.ts', root)).text();

/** Names in the environment's schema, and whether they have a default that stands in it. */
const declared = new Map(
  [...source.matchAll(/^ {2}([A-Z][A-Z0-9_]+): ([\s\S]*?),\n(?= {2}[A-Z]|\}\))/gm)].map(
    ([, name = '', type = '']) => [name, /\.default\((?!Intl|\[\])/.test(type)],
  ),
);
const supported = [...declared.keys()].filter((name) => !isRefused(name)).sort();

interface Row {
  readonly name: string;
  /** The value of a cell like `4000`; undefined for words. */
  readonly value: string | undefined;
}

describe.each(['README.md', 'README.zh-CN.md'])('the configuration table of %s', (file) => {
  test('has every variable that the server takes, and no other', async () => {
    expect(supported.length).toBeGreaterThan(15);
    expect((await table(file)).map(({ name }) => name).sort()).toEqual(supported);
  });

  test('tells each default as it is', async () => {
    for (const { name, value } of await table(file)) {
      if (value !== undefined) {
        expect([name, parseConfig({ [name]: value })]).toEqual([name, parseConfig({})]);
      } else {
        expect([name, declared.get(name)]).toEqual([name, false]);
      }
    }
  });
});

test('both languages say the same of each default', async () => {
  expect(await table('README.zh-CN.md')).toEqual(await table('README.md'));
});

async function table(file: string): Promise<Row[]> {
  const text = await Bun.file(new URL(file, root)).text();
  return [...text.matchAll(/^\| `([A-Z][A-Z0-9_]+)` \| (.*?) \| .+ \|$/gm)].map(
    ([, name = '', cell = '']) => ({
      name,
      value: /^`([^`]*)`$/.exec(cell)?.[1],
    }),
  );
}

/** Some variables are known but wait for a later release. */
function isRefused(name: string): boolean {
  try {
    parseConfig({ [name]: 'x' });
    return false;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message.includes('not supported by this release; leave it unset');
  }
}
