import { ApolloClient, ApolloLink, CombinedGraphQLErrors, InMemoryCache, Observable } from '@apollo/client';
import { SetContextLink } from '@apollo/client/link/context';
import { ErrorLink } from '@apollo/client/link/error';
import UploadHttpLink from 'apollo-upload-client/UploadHttpLink.mjs';
import { OperationTypeNode, print } from 'graphql';
import { createClient } from 'graphql-sse';
import { currentLanguage } from '../i18n/language.tsx';
import { send } from './send.ts';

const ENDPOINT = '/graphql';
const LANGUAGE = 'accept-language';
/** What answers say to somebody who has to log in, or to change the password, first. */
const ENDED = new Set(['LOGIN_REQUIRED', 'PASSWORD_CHANGE_REQUIRED']);

/** The console's way to the server: GraphQL alone. `onSessionEnded` is told when an answer says that the user may not be inside any more. */
export function createApiClient(onSessionEnded: () => void): ApolloClient {
  const inLanguage = new SetContextLink(({ headers }) => ({
    headers: { [LANGUAGE]: currentLanguage(), ...headers },
  }));
  const watchSession = new ErrorLink(({ error }) => {
    if (ENDED.has(errorCode(error) ?? '')) onSessionEnded();
  });
  const http = new UploadHttpLink({
    uri: ENDPOINT,
    // A form on another site cannot send it.
    headers: { 'apollo-require-preflight': 'true' },
    fetch: send,
  });
  const routed = ApolloLink.split(
    ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
    subscriptions(),
    http,
  );
  return new ApolloClient({
    link: ApolloLink.from([inLanguage, watchSession, routed]),
    cache: new InMemoryCache({
      typePolicies: { MallUsage: { merge: true } },
      possibleTypes: {
        FetchAvatarResult: ['FetchAvatarFailure', 'User'],
        UploadMaterialResult: ['Material', 'UploadRejection'],
      },
    }),
  });
}

/** Subscriptions over server-sent events; a connection that is lost is tried again until the subscriber leaves. */
function subscriptions(): ApolloLink {
  const client = createClient({
    url: ENDPOINT,
    retryAttempts: Number.POSITIVE_INFINITY,
    headers: () => ({ [LANGUAGE]: currentLanguage() }),
  });
  return new ApolloLink(
    ({ query, variables, operationName }) =>
      new Observable((observer) =>
        client.subscribe(
          { query: print(query), variables, ...(operationName !== undefined && { operationName }) },
          {
            next: (result) => observer.next(result as ApolloLink.Result),
            error: (error) => observer.error(error),
            complete: () => observer.complete(),
          },
        ),
      ),
  );
}

/** The code of a failed request as in `schema/errors.md`; undefined: the server was not reached, or did not say. */
export function errorCode(error: unknown): string | undefined {
  if (!CombinedGraphQLErrors.is(error)) return undefined;
  const code = error.errors[0]?.extensions?.code;
  return typeof code === 'string' ? code : undefined;
}
