import type { Handler } from 'hono';
import { exportFiles } from '../../services/file/export-files.ts';
import type { ApiEnv } from '../session.ts';

const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

/** What a browser link opens. A failure after the first byte cuts the connection: no file is short without a sign. */
export const exportRoute: Handler<ApiEnv> = (c) => {
  const bytes = exportFiles(c.get('ctx'));
  const day = new Date().toISOString().slice(0, 10);
  c.header('content-type', XLSX);
  c.header('content-disposition', `attachment; filename="files_${day}.xlsx"`);
  c.header('cache-control', 'private, no-store');
  return c.body(streamOf(bytes));
};

/** Asks for the next bytes when the client has taken the last; ends the work when it has left. */
function streamOf(bytes: AsyncGenerator<Uint8Array>): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await bytes.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await bytes.return(undefined);
    },
  });
}
