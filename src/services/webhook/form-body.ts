/** A file that goes along with a message. */
export interface FormFile {
  /** As somebody chose it. */
  readonly filename: string;
  readonly mimeType: string;
  /** Bytes. */
  readonly size: number;
  /** Asked for once. */
  stream(): AsyncIterable<Uint8Array>;
}

export interface FormBody {
  readonly contentType: string;
  /** Of the whole body. */
  readonly bytes: number;
  readonly body: AsyncIterable<Uint8Array>;
}

/**
 * A body as browsers send forms (multipart/form-data, RFC 7578): the field `payload`, then `file` where there is one.
 * The file flows through.
 */
export function formBody(payload: string, file: FormFile | undefined): FormBody {
  const boundary = `stockroom-${crypto.randomUUID()}`;
  const text = new TextEncoder();
  const fields = text.encode(
    `--${boundary}\r\nContent-Disposition: form-data; name="payload"\r\n\r\n${payload}\r\n${fileHead(boundary, file)}`,
  );
  const end = text.encode(`${file ? '\r\n' : ''}--${boundary}--\r\n`);
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    bytes: fields.byteLength + (file?.size ?? 0) + end.byteLength,
    body: (async function* () {
      yield fields;
      if (file) yield* file.stream();
      yield end;
    })(),
  };
}

function fileHead(boundary: string, file: FormFile | undefined): string {
  if (!file) return '';
  const disposition = `form-data; name="file"; filename="${escapeName(file.filename)}"`;
  return `--${boundary}\r\nContent-Disposition: ${disposition}\r\nContent-Type: ${file.mimeType}\r\n\r\n`;
}

/** As the HTML standard has it ("Multipart form data"): only these three would end the name or the line. */
function escapeName(name: string): string {
  return name.replace(/\r/g, '%0D').replace(/\n/g, '%0A').replace(/"/g, '%22');
}
