declare module 'apollo-upload-client/UploadHttpLink.mjs' {
  import { ApolloLink } from '@apollo/client/link';

  /** The part of its options that the tests use. */
  export default class UploadHttpLink extends ApolloLink {
    constructor(options: {
      uri: string;
      credentials?: 'include' | 'omit' | 'same-origin';
      headers?: Record<string, string>;
      fetch?: (input: string | URL | Request, init?: RequestInit) => Promise<Response>;
    });
  }
}
