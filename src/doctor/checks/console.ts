import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { BUILT } from '../../api/http/console-routes.ts';
import type { Check } from '../check.ts';

const advice = 'Run `bun run build` beside the server; `bun start` does so by itself.';

/** Whether all of the console is there. @param directory of what was built. */
export function consoleCheck(directory = BUILT): Check {
  return {
    name: 'console',
    advice,
    async look() {
      const manifest = Bun.file(join(directory, 'manifest.json'));
      if (!(await manifest.exists())) {
        return { state: 'warning', found: 'it has not been built; all but its pages works', advice };
      }
      const { assets } = (await manifest.json()) as { readonly assets: object };
      const parts = ['index.html', ...Object.keys(assets).map((name) => join('assets', name))];
      const gone = parts.filter((part) => !existsSync(join(directory, part)));
      if (gone.length > 0) {
        return { state: 'failed', found: `${gone.join(', ')} of what was built is not there`, advice };
      }
      return { state: 'fine', found: `built on ${new Date(manifest.lastModified).toISOString()}` };
    },
  };
}
