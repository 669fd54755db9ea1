const BOUNDARY = '----stockroom-test-7MA4YWxk';
export const FORM_TYPE = `multipart/form-data; boundary=${BOUNDARY}`;

/** One part of a hand-written form; a text or bytes as they go over the wire. */
export interface FormPart {
  readonly name: string;
  readonly value: string | Uint8Array;
  readonly filename?: string;
}

/** The bytes of a multipart/form-data body with exactly these parts in this order. */
export function formBody(parts: readonly FormPart[]): Uint8Array<ArrayBuffer> {
  return concat([...parts.flatMap((part) => [partHead(part), part.value, '\r\n']), END]);
}

export const END = `--${BOUNDARY}--\r\n`;

/** What comes before the bytes of a part. */
export function partHead({ name, filename }: Omit<FormPart, 'value'>): string {
  const file = filename === undefined ? '' : `; filename="${filename}"`;
  const type = filename === undefined ? '' : 'Content-Type: application/octet-stream\r\n';
  return `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"${file}\r\n${type}\r\n`;
}

/** `operations` and `map` for an upload of so many files into a mall, as their parts. */
export function uploadFields(count: number, mallId = 1): FormPart[] {
  const keys = Array.from({ length: count }, (_, i) => String(i));
  return [
    { name: 'operations', value: operations({ mallId, files: keys.map(() => null) }) },
    {
      name: 'map',
      value: JSON.stringify(Object.fromEntries(keys.map((key) => [key, [`variables.files.${key}`]]))),
    },
  ];
}

/** The field `operations` of an upload. */
export function operations(variables: unknown, query = UPLOAD): string {
  return JSON.stringify({ query, variables });
}

const UPLOAD = /* GraphQL */ `
  mutation ($mallId: Int!, $files: [Upload!]!) {
    uploadMaterials(mallId: $mallId, files: $files) {
      __typename
      ... on Material { id originFilename size sha256 url }
      ... on UploadRejection { originFilename code message }
    }
  }
`;

export function concat(pieces: readonly (string | Uint8Array)[]): Uint8Array<ArrayBuffer> {
  const whole = Buffer.concat(
    pieces.map((piece) => (typeof piece === 'string' ? Buffer.from(piece) : piece)),
  );
  return new Uint8Array(whole.buffer, whole.byteOffset, whole.byteLength);
}
