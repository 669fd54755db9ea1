import { readdirSync, writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';

/**
 * When memory runs out it is this process that goes. To be called before the image library is loaded.
 * @param niceness how far other work goes before this (nice(2)): of the threads that are there, whose own threads inherit it
 */
export function stepBack(niceness: number): void {
  try {
    setPriority(niceness);
    // Linux has a niceness for each thread, and the engine has started some.
    for (const thread of readdirSync('/proc/self/task')) setPriority(Number(thread), niceness);
    writeFileSync('/proc/self/oom_score_adj', '1000');
  } catch {
    // Not on every system.
  }
}
