import { z } from 'zod';

const file = z.record(z.string().min(1), z.string().min(1));

/**
 * Reads an allow-list of documents: a JSON object of hash and document, as GraphQL Code Generator's client preset
 * writes it (`persisted-documents.json`).
 * @throws Error with a reason for the operator.
 */
export async function readDocuments(path: string): Promise<ReadonlyMap<string, string>> {
  const json: unknown = await Bun.file(path).json();
  const parsed = file.safeParse(json);
  if (!parsed.success) throw new Error('it must be a JSON object of hashes and documents');
  return new Map(Object.entries(parsed.data));
}
