import { loadSharp } from '../../adapters/media/sharp.ts';
import type { Check } from '../check.ts';

const FORMATS = ['jpeg', 'png', 'webp', 'avif', 'gif', 'tiff'] as const;

export const pictures: Check = {
  name: 'pictures',
  advice: 'Install the packages again on this machine: rm -r node_modules && bun install',
  async look() {
    const sharp = await loadSharp();
    const failed: string[] = [];
    for (const format of FORMATS) {
      const create = { width: 64, height: 64, channels: 3, background: '#336699' } as const;
      const back = await sharp({ create })
        .toFormat(format)
        .toBuffer()
        .then((bytes) => sharp(bytes).raw().toBuffer({ resolveWithObject: true }))
        .catch(() => undefined);
      if (back?.info.width !== 64) failed.push(format);
    }
    const versions = `sharp ${sharp.versions.sharp}, libvips ${sharp.versions.vips}`;
    if (failed.length === 0) return { state: 'fine', found: `${versions}: ${FORMATS.join(', ')}` };
    return {
      state: 'failed',
      found: `${versions} cannot do ${failed.join(', ')}`,
      advice: 'Install the packages again on this machine: rm -r node_modules && bun install',
    };
  },
};

export const videos: Check = {
  name: 'videos',
  advice: 'Install ffmpeg anew.',
  async look() {
    const ffmpeg = Bun.which('ffmpeg');
    if (ffmpeg === null) {
      return {
        state: 'warning',
        found: 'there is no ffmpeg in PATH',
        advice: 'Install ffmpeg, and videos have pictures; all else works without it.',
      };
    }
    const child = Bun.spawn([ffmpeg, '-version'], { stdin: 'ignore', stdout: 'pipe', stderr: 'ignore' });
    const [line = ''] = (await new Response(child.stdout).text()).split('\n');
    if ((await child.exited) !== 0) throw new Error(`${ffmpeg} does not run`);
    return { state: 'fine', found: line.replace(/ Copyright.*/, '') };
  },
};
