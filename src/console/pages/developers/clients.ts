import { curl } from './clients/curl.ts';
import { fetchSnippet } from './clients/fetch.ts';
import { apollo, urql, vue } from './clients/frameworks.ts';
import { htmlForm } from './clients/html-form.ts';
import type { Example, Reader } from './snippets.ts';

/** The kinds of snippets, by the names that people know them by. */
export const clients: Readonly<Record<string, (example: Example, reader: Reader) => string>> = {
  curl,
  fetch: fetchSnippet,
  'Apollo Client': apollo,
  urql,
  'HTML form': htmlForm,
  Vue: vue,
};
