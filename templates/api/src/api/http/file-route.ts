import type { Handler } from 'hono';
import { openFile } from '../../services/file/open-file.ts';
import type { ApiEnv } from '../session.ts';

/** Always as an attachment: browsers must not run what somebody uploaded. */
export const fileRoute: Handler<ApiEnv, '/files/:id'> = (c) => {
  const { record, bytes } = openFile(c.get('ctx'), c.req.param('id'));
  c.header('content-type', 'application/octet-stream');
  c.header('content-length', String(record.size));
  c.header('content-disposition', `attachment; filename*=UTF-8''${encodeRfc8187(record.filename)}`);
  c.header('x-content-type-options', 'nosniff');
  c.header('etag', `"${record.sha256}"`);
  c.header('cache-control', 'private, no-cache');
  return c.body(bytes.stream());
};

/** RFC 8187, section 3.2.1; lone surrogates cannot be encoded. */
function encodeRfc8187(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /['()*!]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
