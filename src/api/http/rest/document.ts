import type { Limits } from '../../../services/context.ts';
import { components } from './document-components.ts';
import { openapiPath, operation } from './document-operation.ts';
import type { JsonObject } from './json-schema.ts';
import { MAX_BODY_BYTES } from './read-body.ts';
import { type RestRoute, tags } from './route.ts';

export interface DocumentOptions {
  readonly limits: Limits;
  /** Of the session. */
  readonly cookieName: string;
  /** Of this server. */
  readonly version: string;
}

const INTRODUCTION = `
Files, reports, QR codes and the routes of the old services. Everything else is GraphQL, at \`/graphql\` (\`GET\` and \`POST\`;
uploads as the GraphQL multipart request specification has it); \`/schema.graphql\` has its schema.

- Every \`GET\` has a \`HEAD\`. Every answer has an \`X-Request-Id\`.
- Errors are \`application/problem+json\` (RFC 9457) with a \`code\` that never changes; the text is in the language of
  \`Accept-Language\`, Chinese or else English.
- Routes under *Legacy* answer \`{"code", "msg", "data"}\` with the status 200, also where something is wrong; only what concerns
  the transport has another status. They speak Chinese unless \`Accept-Language\` prefers English.
- A body of values comes as JSON, as an URL-encoded or as a multipart form, of up to ${MAX_BODY_BYTES / 1024} KiB, and is checked alike: numbers,
  \`true\` and \`false\` of JSON count as their texts. Of several values of one name the last one counts.
- Browsers may send a session's cookie from the server's own origin and from those of \`CORS_ORIGINS\` only.
`.trim();

/** The OpenAPI 3.1 document of these routes. */
export async function buildDocument(
  routes: readonly RestRoute[],
  { limits, cookieName, version }: DocumentOptions,
): Promise<JsonObject> {
  const described = await Promise.all(routes.map(async (route) => (await route.describe?.()) ?? [route]));
  const paths: Record<string, Record<string, JsonObject>> = {};
  for (const route of described.flat()) {
    const path = openapiPath(route);
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route, limits) };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Stockroom',
      version,
      summary: 'The REST routes of a material library',
      description: INTRODUCTION,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    // Wherever the document was read from.
    servers: [{ url: '/' }],
    tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
    paths,
    components: components(cookieName),
  };
}
