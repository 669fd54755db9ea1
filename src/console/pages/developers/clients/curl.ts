import type { Example, Reader } from '../snippets.ts';

const TOKEN = `-H "Authorization: Bearer $STOCKROOM_TOKEN"`;

/** For a shell, with an API token in the variable STOCKROOM_TOKEN. */
export function curl({ document, variables, upload, kind }: Example, { origin }: Reader): string {
  const lines = [`curl ${quote(`${origin}/graphql`)}`, TOKEN];
  if (upload) {
    const files = upload.isList ? [null, null] : null;
    const operations = { query: document, variables: { ...variables, [upload.variable]: files } };
    const path = `variables.${upload.variable}`;
    const map = upload.isList ? { 0: [`${path}.0`], 1: [`${path}.1`] } : { 0: [path] };
    lines.push(
      `-H 'apollo-require-preflight: true'`,
      `-F operations=${quote(JSON.stringify(operations))}`,
      `-F map=${quote(JSON.stringify(map))}`,
      '-F 0=@photo.jpg',
      ...(upload.isList ? ['-F 1=@film.mp4'] : []),
    );
  } else {
    if (kind === 'subscription') lines.push('-N', `-H 'Accept: text/event-stream'`);
    lines.push(
      `-H 'Content-Type: application/json'`,
      `--data-raw ${quote(JSON.stringify({ query: document, variables }))}`,
    );
  }
  return lines.join(' \\\n  ');
}

/** As one word of a POSIX shell. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
