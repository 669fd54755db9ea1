import { readFileSync } from 'node:fs';

const TICKS_A_SECOND = 100;

export interface Cost {
  /** Requests a second. */
  readonly rate: number;
  /** Processor time of the server for each. */
  readonly microseconds: number;
}

/** What requests cost their server, which does nothing else. @param ask sends them. @returns their rate. */
export async function costOf(pid: number, seconds: number, ask: () => Promise<number>): Promise<Cost> {
  const before = processorSeconds(pid);
  const rate = await ask();
  return { rate, microseconds: ((processorSeconds(pid) - before) / (rate * seconds)) * 1e6 };
}

/** That a process has used, all its threads together. */
function processorSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const [user, system] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13);
  return (Number(user) + Number(system)) / TICKS_A_SECOND;
}
