import type { z } from 'zod';
import type { TokenScope } from '../../../adapters/db/schema.ts';
import type { ErrorCode } from '../../../errors.ts';

/** Who may ask. What belongs to a mall asks for a role in it as well. */
export type Caller =
  | 'EVERYBODY'
  /** A session, or an API token with this scope. */
  | { readonly scope: TokenScope }
  /** A session alone. */
  | 'SESSION'
  /** Everybody for what is public or has a link; else as a user. */
  | 'EVERYBODY_OR_USER'
  /** Whoever has the token of `METRICS_TOKEN`, asks from the machine itself, or is an administrator. */
  | 'MONITORING';

/** What a route answers under one status. */
export interface Answer {
  readonly description: string;
  /** Media types, whose parameters do not matter; none: there is no body. */
  readonly types?: readonly string[];
  /** Of JSON: of the body, on legacy routes of `data` in the envelope. */
  readonly schema?: z.ZodType;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A body of short values: as a JSON object, an URL-encoded or a multipart form. */
export interface ValuesBody {
  readonly values: z.ZodObject;
  /** What is answered where the values do not fit. */
  readonly refusal: ErrorCode;
}

/** A body of files: a multipart form. */
export interface FilesBody {
  /** The field that has the files; `null`: any. */
  readonly files: string | null;
}

/**
 * A REST route. The server answers at `path`, reads queries and bodies by `query` and `body`, and makes
 * `/openapi.json` of all of it.
 */
export interface RestRoute {
  readonly method: 'GET' | 'POST';
  /** As Hono has it. */
  readonly path: string;
  /** Names the operation to programs that are made from the document. */
  readonly id: string;
  readonly tag: Tag;
  readonly summary: string;
  readonly description?: string;
  readonly caller: Caller;
  /** What stands in the path, in its order. */
  readonly parameters?: Readonly<Record<string, z.ZodType>>;
  readonly query?: z.ZodObject;
  /** Request headers that change the answer. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: ValuesBody | FilesBody;
  readonly answers: Readonly<Record<number, Answer>>;
  /** Besides those that every route, and every one with this caller or body, may answer. */
  readonly errors?: readonly ErrorCode[];
  /** Whether it answers in the envelope of the old services. */
  readonly isLegacy?: boolean;
  /** Routes that stand for this one in the document, where what it takes is known by then only. */
  describe?(): Promise<readonly RestRoute[]>;
}

/** The groups of the document. */
export const tags = {
  Files: 'The bytes of materials.',
  Exports: 'Reports as workbooks and as CSV.',
  Codes: 'QR codes.',
  Server: 'How the server does, and what it understands.',
  Legacy: 'For clients written for the old services.',
} as const;

export type Tag = keyof typeof tags;
