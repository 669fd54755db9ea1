import { createHash } from 'node:crypto';
import { InMemoryCache } from '@apollo/client';
import { type DocumentNode, print } from 'graphql';
import * as generated from './generated/graphql.ts';

/** Where the console's own modules name what they send. */
const NAMED = /\b[A-Z]\w*Document\b/g;

/**
 * SHA-256, as hexadecimal digits, of each document that the console sends, letter by letter as its client does:
 * those of `generated/` that a module of the console names.
 */
export async function hashDocuments(): Promise<string[]> {
  const cache = new InMemoryCache();
  const documents = new Map<string, unknown>(Object.entries(generated));
  const names = [...(await namesInModules())].filter((name) => documents.has(name)).sort();
  return names.map((name) => {
    const text = print(cache.transformDocument(documents.get(name) as DocumentNode));
    return createHash('sha256').update(text).digest('hex');
  });
}

async function namesInModules(): Promise<Set<string>> {
  const names = new Set<string>();
  for await (const path of new Bun.Glob('**/*.{ts,tsx}').scan({ cwd: import.meta.dir })) {
    if (path.startsWith('generated')) continue;
    const text = await Bun.file(`${import.meta.dir}/${path}`).text();
    for (const [name] of text.matchAll(NAMED)) names.add(name);
  }
  return names;
}
