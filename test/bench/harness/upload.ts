import type { Client, GraphQLAnswer } from '../../support/client.ts';
import { until } from '../../support/temporary.ts';
import type { UploadFile } from './files.ts';
import { type Body, post } from './send.ts';

const MUTATION = `mutation ($files: [Upload!]!) {
  uploadMaterials(mallId: 1, files: $files) { ... on Material { id } ... on UploadRejection { code } }
}`;

/** Uploads files in one mutation, as the GraphQL multipart request specification has it. @returns ms */
export async function upload(client: Client, files: readonly UploadFile[]): Promise<number> {
  const boundary = `----${crypto.randomUUID()}`;
  const { status, text, ms } = await post(
    `${client.url}/graphql`,
    {
      cookie: client.cookie ?? '',
      'content-type': `multipart/form-data; boundary=${boundary}`,
      'apollo-require-preflight': 'true',
    },
    multipart(boundary, files),
  );
  const answer: GraphQLAnswer = JSON.parse(text);
  const results = answer.data?.uploadMaterials as { id?: string }[] | undefined;
  if (status !== 200 || results?.length !== files.length || !results.every(({ id }) => id)) {
    throw new Error(`an upload was refused: ${text.slice(0, 500)}`);
  }
  return ms;
}

/** Waits until the server has nothing left to do for the pictures that were uploaded last. */
export async function settled(client: Client, pictures: number): Promise<void> {
  await until(
    'the placeholders of all pictures',
    async () => {
      const { materials } = await client.data<{
        materials: { edges: { node: { placeholder: string | null } }[] };
      }>(
        'query ($first: Int!) { materials(first: $first, filter: { kind: IMAGE }) { edges { node { placeholder } } } }',
        { first: pictures },
      );
      return materials.edges.every(({ node }) => node.placeholder !== null) || undefined;
    },
    120_000,
  );
}

function multipart(boundary: string, files: readonly UploadFile[]): Body {
  const operations = JSON.stringify({ query: MUTATION, variables: { files: files.map(() => null) } });
  const map = JSON.stringify(Object.fromEntries(files.map((_, i) => [i, [`variables.files.${i}`]])));
  const field = (name: string, value: string) =>
    `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
  const fields = Buffer.from(field('operations', operations) + field('map', map));
  const heads = files.map(({ name }, i) =>
    Buffer.from(
      `--${boundary}\r\nContent-Disposition: form-data; name="${i}"; filename="${name}"\r\n` +
        'Content-Type: application/octet-stream\r\n\r\n',
    ),
  );
  const lineEnd = Buffer.from('\r\n');
  const close = Buffer.from(`--${boundary}--\r\n`);
  const overhead = heads.reduce((sum, head) => sum + head.byteLength + lineEnd.byteLength, 0);
  return {
    length: files.reduce((sum, file) => sum + file.length, fields.byteLength + overhead + close.byteLength),
    *pieces() {
      yield fields;
      for (const [i, file] of files.entries()) {
        yield heads[i] ?? lineEnd;
        yield* file.pieces();
        yield lineEnd;
      }
      yield close;
    },
  };
}
