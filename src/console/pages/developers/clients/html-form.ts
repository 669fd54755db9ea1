import type { Example, Reader } from '../snippets.ts';
import { fetchSnippet } from './fetch.ts';

/** Operations that have a route which takes what a form sends; the others need a line of script for their header. */
const FORMS: Readonly<Record<string, (reader: Reader) => string>> = {
  UploadMaterials: ({
    origin,
    mallId,
  }) => `<!-- On a page of the same site, for a browser that is logged in. -->
<form action="${origin}/malls/${mallId}/upload_batch" method="post" enctype="multipart/form-data">
  <input type="file" name="files" multiple required>
  <button>Upload</button>
</form>`,
  Login: ({ origin }) => `<form action="${origin}/login" method="post">
  <input name="username" autocomplete="username" required>
  <input name="password" type="password" autocomplete="current-password" required>
  <button>Log in</button>
</form>`,
  Logout: ({ origin }) => `<form action="${origin}/logout" method="post">
  <button>Log out</button>
</form>`,
  FetchAvatar: ({ origin }) => `<form action="${origin}/avatar" method="post">
  <input name="avatarUrl" type="url" placeholder="https://…" required>
  <button>Set the picture</button>
</form>`,
};

/** A plain form where a route takes one, else a form with a script. */
export function htmlForm(example: Example, reader: Reader): string {
  const form = FORMS[example.name];
  if (form) return form(reader);
  const { upload, kind } = example;
  if (kind === 'subscription') return `<script type="module">\n${fetchSnippet(example, reader)}\n</script>`;
  const script = fetchSnippet(example, reader)
    .split('\n')
    .map((line) => (line ? `    ${line}` : line))
    .join('\n');
  return `<form id="example">
${upload ? `  <input type="file"${upload.isList ? ' multiple' : ''} required>\n` : ''}  <button>Send</button>
</form>
<script type="module">
  document.querySelector('#example').addEventListener('submit', async (event) => {
    event.preventDefault();
${script}
  });
</script>`;
}
