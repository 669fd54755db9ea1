const END_BYTES = 22;
const LOCAL_BYTES = 30;

/** The parts of a small archive that is not compressed and has no comment (APPNOTE 6.3, section 4.3). */
export function storedParts(archive: Uint8Array): Map<string, Uint8Array> {
  const view = Buffer.from(archive.buffer, archive.byteOffset, archive.byteLength);
  const end = view.byteLength - END_BYTES;
  const count = view.readUInt16LE(end + 10);
  let at = view.readUInt32LE(end + 16);
  const parts = new Map<string, Uint8Array>();
  for (let i = 0; i < count; i++) {
    const nameEnd = at + 46 + view.readUInt16LE(at + 28);
    const local = view.readUInt32LE(at + 42);
    const start = local + LOCAL_BYTES + view.readUInt16LE(local + 26) + view.readUInt16LE(local + 28);
    const name = view.toString('utf8', at + 46, nameEnd);
    // Folders have entries of their own.
    if (!name.endsWith('/')) parts.set(name, view.subarray(start, start + view.readUInt32LE(at + 24)));
    at = nameEnd + view.readUInt16LE(at + 30) + view.readUInt16LE(at + 32);
  }
  return parts;
}
