export interface ZipEntry {
  readonly method: number;
  /** Whether the name is said to be UTF-8. */
  readonly isUtf8: boolean;
  /** `YYYY-MM-DD HH:MM`. */
  readonly modified: string;
  readonly crc: number;
  readonly size: number;
  readonly offset: number;
  /** Empty where they are before what was given. */
  readonly bytes: Uint8Array;
}

const END = 0x06054b50;
const END_64 = 0x06064b50;
const DIRECTORY = 0x02014b50;
const LOCAL = 0x04034b50;
const MAX_32 = 0xffff_ffff;

/**
 * Reads an archive by its central directory, strictly (APPNOTE 6.3, sections 4.3 and 4.5.3).
 * @param tail all of the archive, or its last bytes.
 * @param size of all of it.
 * @throws when anything is not where it should be.
 */
export function readZip(tail: Uint8Array, size = tail.byteLength): Map<string, ZipEntry> {
  const view = Buffer.from(tail.buffer, tail.byteOffset, tail.byteLength);
  const base = size - tail.byteLength;
  const end = view.byteLength - 22;
  expectSignature(view, end, END);
  let count = view.readUInt16LE(end + 10);
  let at = view.readUInt32LE(end + 16);
  if (at === MAX_32) {
    const end64 = Number(view.readBigUInt64LE(end - 12)) - base;
    expectSignature(view, end64, END_64);
    count = Number(view.readBigUInt64LE(end64 + 32));
    at = Number(view.readBigUInt64LE(end64 + 48));
  }
  at -= base;
  const entries = new Map<string, ZipEntry>();
  for (let i = 0; i < count; i++) {
    expectSignature(view, at, DIRECTORY);
    const nameEnd = at + 46 + view.readUInt16LE(at + 28);
    const next = nameEnd + view.readUInt16LE(at + 30) + view.readUInt16LE(at + 32);
    const name = view.toString('utf8', at + 46, nameEnd);
    if (entries.has(name)) throw new Error(`${name} is there twice`);
    const [length = 0, offset = 0] = sizes(view, at, nameEnd);
    entries.set(name, {
      method: view.readUInt16LE(at + 10),
      isUtf8: (view.readUInt16LE(at + 8) & 0x800) !== 0,
      modified: dosTime(view.readUInt16LE(at + 14), view.readUInt16LE(at + 12)),
      crc: view.readUInt32LE(at + 16),
      size: length,
      offset,
      bytes: offset < base ? new Uint8Array() : content(view, offset - base, length, name),
    });
    at = next;
  }
  return entries;
}

function sizes(view: Buffer, at: number, extra: number): number[] {
  const fields = [view.readUInt32LE(at + 24), view.readUInt32LE(at + 42)];
  if (!fields.includes(MAX_32)) return fields;
  let next = extra + 4;
  const large = () => {
    next += 8;
    return Number(view.readBigUInt64LE(next - 8));
  };
  const [size = 0, offset = 0] = fields;
  if (size !== MAX_32) return [size, large()];
  const whole = large();
  large();
  return [whole, offset === MAX_32 ? large() : offset];
}

function content(view: Buffer, at: number, size: number, name: string): Uint8Array {
  expectSignature(view, at, LOCAL);
  const start = at + 30 + view.readUInt16LE(at + 26) + view.readUInt16LE(at + 28);
  if (view.toString('utf8', at + 30, at + 30 + view.readUInt16LE(at + 26)) !== name)
    throw new Error(`${name} has another name in front of its bytes`);
  return new Uint8Array(view.subarray(start, start + size));
}

function dosTime(date: number, time: number): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${1980 + (date >> 9)}-${two((date >> 5) & 15)}-${two(date & 31)}`;
  return `${day} ${two(time >> 11)}:${two((time >> 5) & 63)}`;
}

function expectSignature(view: Buffer, at: number, signature: number): void {
  const found = view.readUInt32LE(at);
  if (found !== signature)
    throw new Error(`${found.toString(16)} instead of ${signature.toString(16)} at ${at}`);
}
