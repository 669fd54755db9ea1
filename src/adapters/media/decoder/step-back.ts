import { writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';

/** When memory runs out it is this process that goes. @param niceness how far other work goes before this (nice(2)) */
export function stepBack(niceness: number): void {
  try {
    setPriority(niceness);
    writeFileSync('/proc/self/oom_score_adj', '1000');
  } catch {
    // Not on every system.
  }
}
