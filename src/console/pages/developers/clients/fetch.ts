import type { Example, Reader } from '../snippets.ts';
import { literal, template } from './literal.ts';

/** For a browser that is logged in, without a library. */
export function fetchSnippet(example: Example, { origin }: Reader): string {
  const { document, variables, upload, kind } = example;
  const endpoint = `${origin}/graphql`;
  if (kind === 'subscription') {
    return `const query = ${template(document)};
const variables = ${literal(variables)};

const address = new URL(${literal(endpoint)});
address.search = new URLSearchParams({ query, variables: JSON.stringify(variables) });
const events = new EventSource(address, { withCredentials: true });
events.addEventListener('next', ({ data }) => console.log(JSON.parse(data).data));
events.addEventListener('complete', () => events.close());`;
  }
  if (!upload) {
    return `const query = ${template(document)};
const variables = ${literal(variables)};

const response = await fetch(${literal(endpoint)}, {
  method: 'POST',
  credentials: 'include',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ query, variables }),
});
const { data, errors } = await response.json();
console.log(data, errors);`;
  }
  const path = `variables.${upload.variable}`;
  return `// From <input type="file"${upload.isList ? ' multiple' : ''}>
const files = [...document.querySelector('input[type=file]').files];
const query = ${template(document)};
const variables = ${literal(variables)};
variables.${upload.variable} = ${upload.isList ? 'files.map(() => null)' : 'null'};

// https://github.com/jaydenseric/graphql-multipart-request-spec
const body = new FormData();
body.append('operations', JSON.stringify({ query, variables }));
${
  upload.isList
    ? `body.append('map', JSON.stringify(Object.fromEntries(files.map((_, n) => [n, [\`${path}.\${n}\`]]))));
files.forEach((file, n) => body.append(String(n), file));`
    : `body.append('map', JSON.stringify({ 0: ['${path}'] }));
body.append('0', files[0]);`
}
const response = await fetch(${literal(endpoint)}, {
  method: 'POST',
  credentials: 'include',
  headers: { 'apollo-require-preflight': 'true' },
  body,
});
const { data, errors } = await response.json();
console.log(data, errors);`;
}
