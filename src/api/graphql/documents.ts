import { type GraphQLSchema, parse, validate } from 'graphql';
import { z } from 'zod';
import { TextCache } from '../../lib/text-cache.ts';

/** Of documents that clients have sent whole, in UTF-16 units. */
const CACHE_LENGTH = 4 * 1024 * 1024;

const file = z.record(z.string().min(1), z.string().min(1));

/** Documents that a request can name instead of sending them. */
export interface DocumentStore {
  /** Whether others may not run. */
  readonly isClosed: boolean;
  /** By the id in the list, or by a hash as `sha256:<hex>`; undefined for an unknown one. */
  find(id: string): string | undefined;
  /** Takes a document that a client has sent with its hash; a closed store only looks. @returns whether it may run. */
  admit(text: string): Promise<boolean>;
}

/**
 * Only these documents, by their id in the list and by their hash, and those that something else here is known to send.
 * @param isSentHere is given the SHA-256 of a document as hexadecimal digits.
 */
export function closedDocuments(
  documents: ReadonlyMap<string, string>,
  isSentHere: (hash: string) => Promise<boolean>,
): DocumentStore {
  const byId = new Map<string, string>(documents);
  for (const text of documents.values()) byId.set(sha256Id(text), text);
  const texts = new Set(documents.values());
  return {
    isClosed: true,
    find: (id) => byId.get(id),
    admit: async (text) => texts.has(text) || (await isSentHere(sha256(text))),
  };
}

/** Any document; some of those that clients sent with their hash are remembered. */
export function openDocuments(): DocumentStore {
  const cache = new TextCache(CACHE_LENGTH);
  return {
    isClosed: false,
    find: (id) => cache.get(id),
    async admit(text) {
      cache.set(sha256Id(text), text);
      return true;
    },
  };
}

/** The id of a document as GraphQL over HTTP (appendix "Persisted documents") has it. */
export function sha256Id(text: string): string {
  return `sha256:${sha256(text)}`;
}

function sha256(text: string): string {
  return new Bun.CryptoHasher('sha256').update(text).digest('hex');
}

/**
 * Reads an allow-list of documents: a JSON object of ids and documents, as GraphQL Code Generator's client preset
 * writes it (`persisted-documents.json`).
 * @throws Error with a reason for the operator, also where a document does not fit the schema.
 */
export async function readDocuments(
  path: string,
  schema: GraphQLSchema,
): Promise<ReadonlyMap<string, string>> {
  const json: unknown = await Bun.file(path).json();
  const parsed = file.safeParse(json);
  if (!parsed.success) throw new Error('it must be a JSON object of hashes and documents');
  for (const [id, text] of Object.entries(parsed.data)) {
    const fault = faultOf(text, schema);
    if (fault) throw new Error(`the document ${JSON.stringify(id.slice(0, 100))}: ${fault}`);
  }
  return new Map(Object.entries(parsed.data));
}

function faultOf(text: string, schema: GraphQLSchema): string | undefined {
  try {
    return validate(schema, parse(text))[0]?.message;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
