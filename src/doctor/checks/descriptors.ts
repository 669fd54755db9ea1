import { readFile } from 'node:fs/promises';
import type { Check } from '../check.ts';

/** A client takes one, and a file that is read another. */
const FEW = 4096;

export const descriptors: Check = {
  name: 'open files',
  advice: 'Raise the limit of open files.',
  async look() {
    const limits = await readFile('/proc/self/limits', 'utf8').catch(() => undefined);
    const soft = /^Max open files +(\d+|unlimited)/m.exec(limits ?? '')?.[1];
    if (soft === undefined) return undefined;
    if (soft === 'unlimited' || Number(soft) >= FEW) return { state: 'fine', found: `at most ${soft}` };
    return {
      state: 'warning',
      found: `at most ${soft}`,
      advice: `Raise it to ${FEW} or more (ulimit -n, or LimitNOFILE in a unit): beyond it clients get 503.`,
    };
  },
};
