/** Tar is written and read in records of so many bytes. */
export const RECORD = 512;
/** Sizes that eleven octal digits cannot tell are told by a PAX record. */
const LARGEST_OCTAL = 8 ** 11 - 1;

/** What is told of an entry before its bytes. */
export interface TarEntry {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** sha256 of the bytes, hex. */
  readonly sha256: string;
}

/** Thrown when an archive is not as it was written. Its message is for the operator. */
export class ArchiveError extends Error {
  override readonly name = 'ArchiveError';
}

/** Zeros that follow this many bytes up to the next whole record. */
export function paddingOf(size: number): number {
  return (RECORD - (size % RECORD)) % RECORD;
}

/** Both headers of an entry (POSIX.1-2001 pax format): the extended one holds its checksum, and a size of 8 GiB or more. */
export function encodeHeaders({ name, size, sha256 }: TarEntry, seconds: number): Buffer {
  const isLarge = size > LARGEST_OCTAL;
  const records = Buffer.from(
    paxRecord('comment', `sha256:${sha256}`) + (isLarge ? paxRecord('size', String(size)) : ''),
  );
  return Buffer.concat([
    header(`PaxHeaders/${name}`, records.length, 'x', seconds),
    records,
    Buffer.alloc(paddingOf(records.length)),
    header(name, isLarge ? 0 : size, '0', seconds),
  ]);
}

/** The fields of one header that this format uses. @throws ArchiveError */
export function decodeHeader(record: Buffer): { name: string; size: number; type: string } {
  if (record.toString('latin1', 148, 156) !== checksumField(record)) {
    throw new ArchiveError('the archive is damaged: a header does not have its checksum');
  }
  const size = record.toString('latin1', 124, 136);
  if (record.toString('latin1', 257, 265) !== 'ustar\x0000' || !/^[0-7]{11}\0$/.test(size)) {
    throw new ArchiveError('the archive was not made by stockroom backup');
  }
  const [name = ''] = record.toString('latin1', 0, 100).split('\0');
  return { name, size: Number.parseInt(size, 8), type: record.toString('latin1', 156, 157) };
}

/** @throws ArchiveError when it is not what `encodeHeaders` writes. */
export function decodeRecords(body: Buffer): { sha256: string; size: number | undefined } {
  const text = body.toString('latin1');
  const [, sha256, size] = /^83 comment=sha256:([0-9a-f]{64})\n(?:\d+ size=(\d{1,16})\n)?$/.exec(text) ?? [];
  if (sha256 === undefined) throw new ArchiveError('the archive was not made by stockroom backup');
  return { sha256, size: size === undefined ? undefined : Number(size) };
}

function header(name: string, size: number, type: 'x' | '0', seconds: number): Buffer {
  if (name.length > 100) throw new Error(`the name of an entry is too long: ${name}`);
  const record = Buffer.alloc(RECORD);
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, '0')}\0`;
  record.write(name, 0, 'latin1');
  record.write(octal(0o600, 7), 100);
  record.write(octal(0, 7), 108);
  record.write(octal(0, 7), 116);
  record.write(octal(size, 11), 124);
  record.write(octal(seconds, 11), 136);
  record.write(type, 156);
  record.write('ustar\x0000', 257);
  record.write(checksumField(record), 148);
  return record;
}

/** The sum of all bytes, those of the field itself taken as spaces. */
function checksumField(record: Buffer): string {
  let sum = 8 * 32;
  for (let i = 0; i < RECORD; i++) if (i < 148 || i >= 156) sum += record[i] ?? 0;
  return `${sum.toString(8).padStart(6, '0')}\0 `;
}

/** `<length> <keyword>=<value>\n`, where the length counts its own digits. */
function paxRecord(keyword: string, value: string): string {
  const rest = ` ${keyword}=${value}\n`;
  let length = rest.length + 1;
  while (String(length).length + rest.length !== length) length++;
  return length + rest;
}
