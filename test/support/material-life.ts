import type { Client, GraphQLAnswer } from './client.ts';

export interface Outcome {
  readonly id: string;
  readonly code: string | null;
  readonly material: Record<string, unknown> | null;
}

const LIFE = '{ id code message material { id url basePath deletedAt updatedAt tags folder visibility } }';

/** One of the mutations that take only ids. @returns what became of each. */
export async function each(
  client: Client,
  mutation: 'deleteMaterials' | 'restoreMaterials' | 'purgeMaterials',
  ids: readonly string[],
): Promise<Outcome[]> {
  const data = await client.data(`mutation ($ids: [ID!]!) { ${mutation}(ids: $ids) ${LIFE} }`, { ids });
  return data[mutation] as Outcome[];
}

/** Into the trash, and out of it for ever. @throws when that was not to be had for all. */
export async function purge(client: Client, ids: readonly string[]): Promise<void> {
  const outcomes = [
    ...(await each(client, 'deleteMaterials', ids)),
    ...(await each(client, 'purgeMaterials', ids)),
  ];
  for (const { id, code } of outcomes) if (code !== null) throw new Error(`${id}: ${code}`);
}

/** Sends new bytes for a material. @returns the whole answer. */
export async function replace(client: Client, id: string, file: File): Promise<GraphQLAnswer> {
  const query = /* GraphQL */ `
    mutation ($id: ID!, $file: Upload!) {
      replaceMaterial(id: $id, file: $file) {
        __typename
        ... on Material { id originFilename basePath url mimeType size sha256 width tags folder createdAt updatedAt }
        ... on UploadRejection { originFilename code message }
      }
    }
  `;
  const form = new FormData();
  form.set('operations', JSON.stringify({ query, variables: { id, file: null } }));
  form.set('map', JSON.stringify({ 0: ['variables.file'] }));
  form.set('0', file);
  const headers = { 'apollo-require-preflight': 'true' };
  const response = await client.send('/graphql', { method: 'POST', headers, body: form });
  return (await response.json()) as GraphQLAnswer;
}
