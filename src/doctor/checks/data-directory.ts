import { statfs } from 'node:fs/promises';
import { formatBytes } from '../../cli/bytes.ts';
import { type Check, existingParent, mayWrite } from '../check.ts';

const MIB = 1024 ** 2;
/** Uploads end soon below this, and a database does below the other. */
const LITTLE = 5 * 1024 * MIB;
const TOO_LITTLE = 200 * MIB;

export const dataDirectory: Check = {
  name: 'data directory',
  advice: 'Make it writable for the user who runs the server (chown), or set DATA_DIR to another one.',
  async look({ dataDir }) {
    const place = existingParent(dataDir);
    await mayWrite(place);
    const { bavail, bsize } = await statfs(place);
    const free = bavail * bsize;
    const found = `${dataDir}${place === dataDir ? '' : ' (made at the first start)'}, ${formatBytes(free)} free`;
    if (free >= LITTLE) return { state: 'fine', found };
    return {
      state: free < TOO_LITTLE ? 'failed' : 'warning',
      found,
      advice: 'Make room, or set DATA_DIR to a larger disk: uploads in flight need half of what is free.',
    };
  },
};
