import type { Client, GraphQLAnswer } from './client.ts';

export interface SavedImage {
  readonly sourceUrl: string;
  readonly success: boolean;
  readonly name: string | null;
  readonly path: string | null;
  readonly url: string | null;
  readonly code: string | null;
  readonly message: string | null;
  readonly material: SavedMaterial | null;
}

export interface SavedMaterial {
  readonly id: string;
  readonly provenance: { readonly url: string; readonly fetchedAt: string; readonly etag: string | null };
  readonly [field: string]: unknown;
}

export interface Avatar {
  readonly id: string;
  readonly url: string;
  readonly basePath: string;
  readonly mimeType: string;
  readonly width: number;
  readonly height: number;
}

/** Servers on this machine's loopback may be fetched from. */
export const LOOPBACK_ALLOWED = { REMOTE_ALLOW_CIDRS: '127.0.0.0/8' } as const;

const RESULT = `{ sourceUrl success name path url code message material {
  id originFilename basePath folder mimeType size sha256 width height source visibility
  provenance { url fetchedAt etag }
} }`;

/** The whole answer of `saveImage`. */
export async function saveImageAnswer(
  client: Client,
  url: string,
  { mallId = 1, folder }: { mallId?: number; folder?: string } = {},
  headers: Record<string, string> = {},
): Promise<GraphQLAnswer> {
  return await client.graphql(
    `mutation ($mallId: Int!, $url: String!, $folder: String) {
      saveImage(mallId: $mallId, url: $url, folder: $folder) ${RESULT}
    }`,
    { mallId, url, folder },
    headers,
  );
}

/** @throws when the request failed as a whole. */
export async function saveImage(
  client: Client,
  url: string,
  options: { mallId?: number; folder?: string } = {},
): Promise<SavedImage> {
  const { data, errors } = await saveImageAnswer(client, url, options);
  if (errors) throw new Error(JSON.stringify(errors));
  return data?.saveImage as SavedImage;
}

export async function saveImages(client: Client, urls: readonly string[], mallId = 1): Promise<SavedImage[]> {
  const { saveImages } = await client.data<{ saveImages: SavedImage[] }>(
    `mutation ($mallId: Int!, $urls: [String!]!) { saveImages(mallId: $mallId, urls: $urls) ${RESULT} }`,
    { mallId, urls },
  );
  return saveImages;
}

const AVATAR = 'avatar { id url basePath mimeType width height }';

/** The whole answer of `fetchAvatar`. */
export async function fetchAvatarAnswer(client: Client, url: string): Promise<GraphQLAnswer> {
  return await client.graphql(
    `mutation ($url: String!) { fetchAvatar(url: $url) {
      __typename ... on User { ${AVATAR} } ... on FetchAvatarFailure { code legacyCode message reason }
    } }`,
    { url },
  );
}

/** @throws when there is no new avatar. */
export async function fetchAvatar(client: Client, url: string): Promise<Avatar> {
  const { data, errors } = await fetchAvatarAnswer(client, url);
  const result = data?.fetchAvatar as { avatar?: Avatar } | undefined;
  if (!result?.avatar) throw new Error(JSON.stringify(errors ?? result));
  return result.avatar;
}

export async function avatarOf(client: Client): Promise<Avatar | null> {
  const { me } = await client.data<{ me: { avatar: Avatar | null } }>(`{ me { ${AVATAR} } }`);
  return me.avatar;
}
