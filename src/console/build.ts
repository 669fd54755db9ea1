import { createHash } from 'node:crypto';
import { mkdir, rename, rm, watch } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

/**
 * Builds the console into `dist/console`; with `--if-changed` only where its sources are not those of the last build,
 * with `--watch` whenever they change.
 */

const root = join(import.meta.dir, '../..');
const OPERATIONS = join(root, 'schema/operations');
const target = join(root, 'dist/console');
/** Compressing smaller files would not save a packet. */
const MIN_COMPRESSED = 1000;

/** What `src/api/http/console-routes.ts` reads. */
interface Manifest {
  /** SHA-256 of all sources and of the lock file. */
  readonly sources: string;
  /** Of each file in `assets/`: its type, and in which encodings it is there besides as it is. */
  readonly assets: Readonly<Record<string, { readonly type: string; readonly encodings: readonly string[] }>>;
  /** SHA-256, as hexadecimal digits, of each document that the console sends. */
  readonly documents: readonly string[];
}

const sources = await hashSources();
const isBuilt = process.argv.includes('--if-changed') && (await builtFrom()) === sources;
if (!isBuilt) await build();
if (process.argv.includes('--watch')) {
  for await (const _ of watch(import.meta.dir, { recursive: true })) {
    await build().catch((error) =>
      process.stderr.write(`the console was not built: ${Bun.inspect(error)}\n`),
    );
  }
}

async function build(): Promise<void> {
  // Whoever serves the old build goes on with it until the new one is whole.
  const work = `${target}.${process.pid}`;
  await rm(work, { recursive: true, force: true });
  await mkdir(join(work, 'assets'), { recursive: true });
  try {
    const files = await bundle();
    const assets: Record<string, Manifest['assets'][string]> = {};
    await Promise.all(
      [...files].map(async ([name, { bytes, type }]) => {
        await Bun.write(join(work, 'assets', name), bytes);
        assets[name] = { type, encodings: await compress(join(work, 'assets', name), bytes) };
      }),
    );
    await Bun.write(join(work, 'index.html'), await page([...files.keys()]));
    // Apollo Client takes a while to load: only where there is something to build.
    const { hashDocuments } = await import('./sent-documents.ts');
    const manifest: Manifest = { sources, assets, documents: await hashDocuments() };
    await Bun.write(join(work, 'manifest.json'), JSON.stringify(manifest));
    await rm(target, { recursive: true, force: true });
    await rename(work, target);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Scripts, one style sheet and the icon, by names that change with their bytes. */
async function bundle(): Promise<Map<string, { bytes: Uint8Array; type: string }>> {
  const built = await Bun.build({
    entrypoints: [join(import.meta.dir, 'main.tsx')],
    target: 'browser',
    minify: true,
    splitting: true,
    naming: '[name]-[hash].[ext]',
    define: { 'process.env.NODE_ENV': '"production"' },
    conditions: ['production'],
    plugins: [{ name: 'operations', setup: serveOperations }],
  });
  const files = new Map<string, { bytes: Uint8Array; type: string }>();
  const styles: Uint8Array[] = [];
  for (const output of built.outputs) {
    const bytes = new Uint8Array(await output.arrayBuffer());
    // Styles of parts that are loaded later are few: one sheet has all, so that nothing shows without its own.
    if (output.path.endsWith('.css')) styles.push(bytes);
    else files.set(output.path.replace(/^.*\//, ''), { bytes, type: 'text/javascript; charset=utf-8' });
  }
  const sheet = Buffer.concat(styles);
  files.set(`main-${shortHash(sheet)}.css`, { bytes: sheet, type: 'text/css; charset=utf-8' });
  const icon = await Bun.file(join(import.meta.dir, 'icon.svg')).bytes();
  files.set(`icon-${shortHash(icon)}.svg`, { bytes: icon, type: 'image/svg+xml' });
  return files;
}

/** The module `stockroom:operations`: the examples of `schema/operations` by their file names. */
function serveOperations(build: Bun.PluginBuilder): void {
  build.onResolve({ filter: /^stockroom:operations$/ }, ({ path }) => ({ path, namespace: 'operations' }));
  build.onLoad({ filter: /./, namespace: 'operations' }, async () => ({
    loader: 'object',
    exports: { operations: Object.fromEntries(await readOperations()) },
  }));
}

async function readOperations(): Promise<[name: string, text: string][]> {
  const names = (await Array.fromAsync(new Bun.Glob('*.graphql').scan(OPERATIONS))).sort();
  return await Promise.all(
    names.map(
      async (name): Promise<[string, string]> => [name, await Bun.file(join(OPERATIONS, name)).text()],
    ),
  );
}

/** @returns the encodings in which the file lies beside itself. */
async function compress(path: string, bytes: Uint8Array): Promise<string[]> {
  if (bytes.length < MIN_COMPRESSED) return [];
  const [br, gz] = await Promise.all([
    promisify(brotliCompress)(bytes, {
      params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length, [constants.BROTLI_PARAM_QUALITY]: 11 },
    }),
    promisify(gzip)(bytes, { level: 9 }),
  ]);
  await Promise.all([Bun.write(`${path}.br`, br), Bun.write(`${path}.gz`, gz)]);
  return ['br', 'gzip'];
}

async function page(names: readonly string[]): Promise<string> {
  const html = await Bun.file(join(import.meta.dir, 'index.html')).text();
  const address = (pattern: RegExp) => {
    const name = names.find((one) => pattern.test(one));
    if (!name) throw new Error(`the bundle has nothing like ${pattern}`);
    return `/assets/${name}`;
  };
  return html
    .replace('{{icon}}', address(/^icon-.*\.svg$/))
    .replace('{{styles}}', address(/^main-.*\.css$/))
    .replace('{{script}}', address(/^main-.*\.js$/));
}

async function hashSources(): Promise<string> {
  const hash = createHash('sha256');
  const paths = await Array.fromAsync(new Bun.Glob('**/*').scan({ cwd: import.meta.dir, absolute: true }));
  for (const path of [...paths.sort(), join(root, 'bun.lock')]) {
    hash
      .update(relative(root, path))
      .update('\0')
      .update(await Bun.file(path).bytes())
      .update('\0');
  }
  hash.update(JSON.stringify(await readOperations()));
  return hash.digest('hex');
}

async function builtFrom(): Promise<string | undefined> {
  const file = Bun.file(join(target, 'manifest.json'));
  return (await file.exists()) ? ((await file.json()) as Manifest).sources : undefined;
}

function shortHash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 8);
}
