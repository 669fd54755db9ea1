import type { Client, GraphQLAnswer, UploadResult } from './client.ts';
import { FORM_TYPE, type FormPart, formBody } from './multipart.ts';

/** Sends a hand-written multipart request. */
export async function sendForm(
  client: Client,
  parts: readonly FormPart[],
  { path = '/graphql', headers = {} }: { path?: string; headers?: Record<string, string> } = {},
): Promise<Response> {
  return await client.send(path, {
    method: 'POST',
    headers: { 'content-type': FORM_TYPE, 'apollo-require-preflight': 'true', ...headers },
    body: formBody(parts),
  });
}

/** What became of each file of a hand-written upload. @throws when the request failed as a whole. */
export async function uploadParts(client: Client, parts: readonly FormPart[]): Promise<UploadResult[]> {
  const answer = (await (await sendForm(client, parts)).json()) as GraphQLAnswer;
  if (answer.errors) throw new Error(JSON.stringify(answer.errors));
  return answer.data?.uploadMaterials as UploadResult[];
}

/** Number of materials that the client sees. */
export async function countMaterials(client: Client): Promise<number> {
  const { materials } = await client.data<{ materials: { totalCount: number } }>(
    '{ materials(first: 1) { totalCount } }',
  );
  return materials.totalCount;
}

/** A body without a length, made while it is sent. */
export function streamOf(pieces: AsyncGenerator<Uint8Array>): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await pieces.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  });
}
