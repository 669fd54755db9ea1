import type { GraphQLParams, Plugin } from 'graphql-yoga';
import { AppError } from '../../../errors.ts';
import type { ServerContext } from '../context.ts';
import { type DocumentStore, sha256Id } from '../documents.ts';

type Params = GraphQLParams & { readonly documentId?: unknown };

const SHA_256 = /^[0-9a-f]{64}$/i;

/**
 * Puts in the document that a request only names: by `documentId` (GraphQL over HTTP, appendix "Persisted documents"),
 * or as Apollo Client does, by `extensions.persistedQuery.sha256Hash`. Where the store is closed, others do not run.
 */
export function useDocuments(store: DocumentStore): Plugin<object, ServerContext> {
  return {
    onRequestParse({ request, requestParser, setRequestParser }) {
      if (request.method !== 'GET' || !requestParser) return;
      // The parser for GET does not look for it.
      const documentId = new URL(request.url).searchParams.get('documentId');
      if (documentId === null) return;
      setRequestParser(async (getRequest) => ({ ...(await requestParser(getRequest)), documentId }));
    },
    async onParams({ params, setParams }) {
      // What is no request at all is told by Yoga.
      if (typeof params !== 'object' || params === null || Array.isArray(params)) return;
      const id = idOf(params);
      if (id === undefined && !store.isClosed) return;
      setParams({ ...params, query: await textOf(params, id, store) });
    },
  };
}

async function textOf({ query }: Params, id: string | undefined, store: DocumentStore): Promise<string> {
  if (typeof query === 'string' && query !== '') {
    if (id?.startsWith('sha256:') && id !== sha256Id(query)) {
      throw new AppError('PARAMS_INVALID', { detail: 'The hash is not that of the document.' });
    }
    if (await store.admit(query)) return query;
    throw new AppError('DOCUMENT_NOT_ALLOWED');
  }
  const text = id === undefined ? undefined : store.find(id);
  if (text !== undefined) return text;
  throw new AppError(store.isClosed ? 'DOCUMENT_NOT_ALLOWED' : 'PERSISTED_QUERY_NOT_FOUND');
}

/** @throws AppError PARAMS_INVALID for an id that is none. */
function idOf({ documentId, extensions }: Params): string | undefined {
  if (documentId !== undefined && documentId !== null) {
    if (typeof documentId !== 'string' || documentId === '') invalid('documentId is not a text.');
    return documentId.startsWith('sha256:') ? documentId.toLowerCase() : documentId;
  }
  const persisted: unknown = extensions?.persistedQuery;
  if (persisted === undefined || persisted === null) return undefined;
  const { version, sha256Hash } = persisted as { version?: unknown; sha256Hash?: unknown };
  if (version !== 1 || typeof sha256Hash !== 'string' || !SHA_256.test(sha256Hash)) {
    invalid('extensions.persistedQuery needs version 1 and a sha256Hash of 64 hexadecimal digits.');
  }
  return `sha256:${sha256Hash.toLowerCase()}`;
}

function invalid(detail: string): never {
  throw new AppError('PARAMS_INVALID', { detail });
}
