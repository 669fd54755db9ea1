import type { Example, Reader } from '../snippets.ts';
import { literal, template } from './literal.ts';

const FILES = `[...document.querySelector('input[type=file]').files]`;

/** With apollo-upload-client where there are files to send. */
export function apollo(example: Example, { origin }: Reader): string {
  const { document, kind, upload } = example;
  const link = upload
    ? `import UploadHttpLink from 'apollo-upload-client/UploadHttpLink.mjs';\n`
    : kind === 'subscription'
      ? `import { ApolloLink, Observable } from '@apollo/client';\nimport { print } from 'graphql';\nimport { createClient } from 'graphql-sse';\n`
      : `import { HttpLink } from '@apollo/client';\n`;
  const url = literal(`${origin}/graphql`);
  const made =
    kind === 'subscription'
      ? `new ApolloLink(({ query, variables }) => new Observable((observer) =>
    sse.subscribe({ query: print(query), variables }, observer)))`
      : upload
        ? `new UploadHttpLink({
    uri: ${url},
    credentials: 'include',
    headers: { 'apollo-require-preflight': 'true' },
  })`
        : `new HttpLink({ uri: ${url}, credentials: 'include' })`;
  const sse =
    kind === 'subscription' ? `const sse = createClient({ url: ${url}, credentials: 'include' });\n` : '';
  const call = {
    query: `const { data } = await client.query({ query: document, variables });\nconsole.log(data);`,
    mutation: `const { data } = await client.mutate({ mutation: document, variables });\nconsole.log(data);`,
    subscription: `client.subscribe({ query: document, variables }).subscribe(({ data }) => console.log(data));`,
  }[kind];
  return `import { ApolloClient, gql, InMemoryCache } from '@apollo/client';
${link}
${sse}const client = new ApolloClient({
  cache: new InMemoryCache(),
  link: ${made},
});
const document = gql${template(document)};
const variables = ${literal(example.variables)};
${withFiles(upload)}${call}`;
}

export function urql(example: Example, { origin }: Reader): string {
  const { document, kind, upload } = example;
  const url = literal(`${origin}/graphql`);
  const exchanges = kind === 'subscription' ? `[fetchExchange]` : `[cacheExchange, fetchExchange]`;
  const imports =
    kind === 'subscription' ? 'Client, fetchExchange, gql' : 'cacheExchange, Client, fetchExchange, gql';
  const call = {
    query: `const { data, error } = await client.query(document, variables).toPromise();\nconsole.log(data, error);`,
    mutation: `const { data, error } = await client.mutation(document, variables).toPromise();\nconsole.log(data, error);`,
    subscription: `client.subscription(document, variables).subscribe(({ data }) => console.log(data));`,
  }[kind];
  return `import { ${imports} } from '@urql/core';

const client = new Client({
  url: ${url},
  preferGetMethod: false,
  fetchOptions: {
    credentials: 'include',
    headers: { 'apollo-require-preflight': 'true' },
  },${kind === 'subscription' ? '\n  fetchSubscriptions: true,' : ''}
  exchanges: ${exchanges},
});
const document = gql${template(document)};
const variables = ${literal(example.variables)};
${withFiles(upload)}${call}`;
}

/** With @vue/apollo-composable; the client is made as in the snippet for Apollo Client. */
export function vue(example: Example, _reader: Reader): string {
  const { document, kind, upload, variables } = example;
  const use = { query: 'useQuery', mutation: 'useMutation', subscription: 'useSubscription' }[kind];
  const given = literal(variables);
  if (kind !== 'mutation') {
    return `<script setup>
import { ${use} } from '@vue/apollo-composable';
import gql from 'graphql-tag';

const { result, loading, error } = ${use}(gql${template(document)}, ${given});
</script>

<template>
  <p v-if="loading">…</p>
  <p v-else-if="error">{{ error.message }}</p>
  <pre v-else>{{ result }}</pre>
</template>`;
  }
  const body = upload
    ? `async function send(event) {
  const files = [...event.target.files];
  result.value = (await mutate({ ...variables, ${upload.variable}: ${upload.isList ? 'files' : 'files[0]'} }))?.data;
}`
    : `async function send() {
  result.value = (await mutate(variables))?.data;
}`;
  return `<script setup>
import { useMutation } from '@vue/apollo-composable';
import gql from 'graphql-tag';
import { ref } from 'vue';

const variables = ${given};
const result = ref();
const { mutate, loading, error } = useMutation(gql${template(document)});
${body}
</script>

<template>
  ${upload ? `<input type="file"${upload.isList ? ' multiple' : ''} :disabled="loading" @change="send">` : '<button :disabled="loading" @click="send">Send</button>'}
  <p v-if="error">{{ error.message }}</p>
  <pre v-else>{{ result }}</pre>
</template>`;
}

function withFiles(upload: Example['upload']): string {
  if (!upload) return '';
  return `variables.${upload.variable} = ${FILES}${upload.isList ? '' : '[0]'};\n`;
}
