import { describe, expect, test } from 'bun:test';
import { join, relative, resolve } from 'node:path';

const root = resolve(import.meta.dir, '../..');
const MAX_LINES = 500;

/** The layers of README.md, section Architecture, from the top. A file may import from layers below its own. */
const LAYERS: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['start', /^src\/((?!config\.|errors\.)[\w-]+|cli\/main|doctor\/.+)\.ts$/],
  ['configuration', /^src\/config\.ts$/],
  ['ways in', /^src\/(api|cli|console)\//],
  ['services', /^src\/services\//],
  ['adapters', /^src\/adapters\//],
  ['leaves', /^src\/(lib\/|errors\.ts$)/],
];
/** The build of the console names a variable to put a value in its place. */
const READS_ENVIRONMENT = new Set(['src/main.ts', 'src/cli/main.ts', 'src/console/build.ts']);
/** Written by a generator. */
const GENERATED = 'src/console/generated/';
/** The one route that mounts GraphQL. */
const GRAPHQL_ROUTE = 'src/api/http/graphql-route.ts';

interface SourceFile {
  readonly path: string;
  readonly text: string;
  /** Relative imports, also those of types, as paths from the project's root. */
  readonly imports: readonly string[];
}

const sources = (await filesUnder('src')).filter(({ path }) => !path.startsWith(GENERATED));
const edges = sources.flatMap(({ path, imports }) => imports.map((to) => ({ from: path, to })));

describe('the layers', () => {
  test('every file of src belongs to one', () => {
    expect(sources.length).toBeGreaterThan(50);
    expect(sources.map(({ path }) => path).filter((path) => layerOf(path) === -1)).toEqual([]);
  });

  test('import from below and from themselves, never from above', () => {
    expect(broken(({ from, to }) => layerOf(to) >= layerOf(from))).toEqual([]);
  });

  test('the configuration reaches only what starts the server', () => {
    expect(broken(({ from, to }) => to !== 'src/config.ts' || layerOf(from) === 0)).toEqual([]);
    expect(broken(({ from, to }) => from !== 'src/config.ts' || to === 'src/errors.ts')).toEqual([]);
  });

  test('no import leads out of src', () => {
    expect(broken(({ to }) => to.startsWith('src/'))).toEqual([]);
  });
});

describe('parts of one layer', () => {
  test('an adapter imports no other adapter', () => {
    expect(
      broken(({ from, to }) => {
        const adapter = adapterOf(to);
        return !adapterOf(from) || !adapter || adapter === adapterOf(from);
      }),
    ).toEqual([]);
  });

  test('the ways in import no other way in, but for the route that mounts GraphQL', () => {
    expect(
      broken(({ from, to }) => {
        const [own, other] = [wayInOf(from), wayInOf(to)];
        if (!own || !other || own === other) return true;
        // Files directly in src/api serve both of its ways.
        if (own.startsWith('api/') && other === 'api') return true;
        return from === GRAPHQL_ROUTE && other === 'api/graphql';
      }),
    ).toEqual([]);
  });
});

describe('the console', () => {
  test('knows of the server only what it is told over the network', () => {
    expect(
      broken(({ from, to }) => !from.startsWith('src/console/') || to.startsWith('src/console/')),
    ).toEqual([]);
  });
});

describe('every file of src', () => {
  test('leaves the environment to the main files', () => {
    const readers = sources.filter(({ text }) => /\b(process|Bun|import\.meta)\.env\b/.test(text));
    expect(readers.map(({ path }) => path).filter((path) => !READS_ENVIRONMENT.has(path))).toEqual([]);
  });

  test(`has at most ${MAX_LINES} lines`, () => {
    const long = sources.filter(({ text }) => text.split('\n').length > MAX_LINES + 1);
    expect(long.map(({ path }) => path)).toEqual([]);
  });
});

describe('acceptance tests', () => {
  test('import nothing of src, not even by way of their helpers', async () => {
    const tests = await filesUnder('test');
    const byPath = new Map(tests.map((file) => [file.path, file]));
    const reached = new Set<string>();
    const open = tests.map(({ path }) => path).filter((path) => path.startsWith('test/acceptance/'));
    for (let path = open.pop(); path !== undefined; path = open.pop()) {
      if (reached.has(path)) continue;
      reached.add(path);
      open.push(...(byPath.get(path)?.imports ?? []));
    }
    expect([...reached].filter((path) => path.startsWith('src/'))).toEqual([]);
  });
});

describe('the scan for imports', () => {
  test('sees values, types, dynamic imports and re-exports', () => {
    const text = `
      import type { A } from './a.ts';
      import { type B } from './b.ts';
      import {
        c,
        type D,
      } from './c.ts';
      import './e.ts';
      export { f } from './f.ts';
      export type { G } from './g.ts';
      export * from './h.ts';
      type I = import('./i.ts').I;
      const j = await import('./j.ts');
      import zod from 'zod';
      console.log(c, zod, j, "import x from './k.ts' in a text");
    `;
    expect(relativeImports('src/x/y.ts', text).sort()).toEqual(
      ['a', 'b', 'c', 'e', 'f', 'g', 'h', 'i', 'j'].map((name) => `src/x/${name}.ts`),
    );
  });
});

function broken(isAllowed: (edge: { from: string; to: string }) => boolean): string[] {
  return edges.filter((edge) => !isAllowed(edge)).map(({ from, to }) => `${from} imports ${to}`);
}

function layerOf(path: string): number {
  return LAYERS.findIndex(([, pattern]) => pattern.test(path));
}

function adapterOf(path: string): string | undefined {
  return /^src\/adapters\/([^/]+)\//.exec(path)?.[1];
}

/** `api/graphql`, `api/http`, `cli`, `console`, or `api` for files directly in it. */
function wayInOf(path: string): string | undefined {
  return /^src\/(api\/[^/]+(?=\/)|api|cli|console)\//.exec(path)?.[1];
}

async function filesUnder(directory: string): Promise<SourceFile[]> {
  const paths = await Array.fromAsync(new Bun.Glob('**/*.{ts,tsx}').scan(join(root, directory)));
  return await Promise.all(
    paths
      .map((path) => `${directory}/${path}`)
      .sort()
      .map(async (path) => {
        const text = await Bun.file(join(root, path)).text();
        return { path, text, imports: relativeImports(path, text) };
      }),
  );
}

/** Bun's scan leaves out imports of types, so those are read off the text. */
function relativeImports(path: string, text: string): string[] {
  const loader = path.endsWith('x') ? 'tsx' : 'ts';
  const values = new Bun.Transpiler({ loader }).scanImports(text).map((found) => found.path);
  const statements = text.matchAll(/^[ \t]*(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]/gm);
  const expressions = text.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g);
  const all = [...values, ...[...statements, ...expressions].map(([, found = '']) => found)];
  return [...new Set(all)]
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => relative(root, resolve(root, path, '..', specifier)));
}
