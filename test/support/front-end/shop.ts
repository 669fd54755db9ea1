/** A front end of another origin, as the README shows it: bundled by a test and run in a browser. */
import { ApolloClient, CombinedGraphQLErrors, gql, InMemoryCache } from '@apollo/client';
import UploadHttpLink from 'apollo-upload-client/UploadHttpLink.mjs';

interface Uploaded {
  readonly uploadMaterials: readonly {
    readonly __typename: string;
    readonly url?: string;
    readonly width?: number;
  }[];
}

function connect(api: string) {
  const client = new ApolloClient({
    cache: new InMemoryCache(),
    link: new UploadHttpLink({
      uri: `${api}/graphql`,
      credentials: 'include',
      headers: { 'apollo-require-preflight': 'true' },
    }),
  });
  return {
    async logIn(username: string, password: string): Promise<string> {
      const mutation = gql`mutation ($username: String!, $password: String!) {
        login(username: $username, password: $password) { user { id username } }
      }`;
      try {
        await client.mutate({ mutation, variables: { username, password } });
        return 'ok';
      } catch (error) {
        return CombinedGraphQLErrors.is(error) ? String(error.errors[0]?.extensions?.code) : String(error);
      }
    },
    async me(): Promise<string | null> {
      const query = gql`query { me { id username } }`;
      const { data } = await client.query<{ me: { username: string } | null }>({
        query,
        fetchPolicy: 'network-only',
      });
      return data?.me?.username ?? null;
    },
    async upload(base64: string) {
      const mutation = gql`mutation ($files: [Upload!]!) {
        uploadMaterials(mallId: 1, files: $files) { __typename ... on Material { id url width height } }
      }`;
      const file = new File([Uint8Array.fromBase64(base64)], 'from-a-browser.png', { type: 'image/png' });
      const { data } = await client.mutate<Uploaded>({ mutation, variables: { files: [file] } });
      return data?.uploadMaterials[0];
    },
    async logOut(): Promise<void> {
      await client.mutate({ mutation: gql`mutation { logout }` });
    },
  };
}

Object.assign(globalThis, { connect });
