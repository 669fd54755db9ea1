import { readdirSync, writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';

/**
 * When memory runs out it is this process that goes. To be called before the image library is loaded.
 * @param niceness how far other work goes before this (nice(2)): of the threads that are there, whose own threads
 * inherit it; 0 leaves it as it is
 */
export function stepBack(niceness: number): void {
  ifPossible(() => writeFileSync('/proc/self/oom_score_adj', '1000'));
  if (niceness === 0) return;
  ifPossible(() => setPriority(niceness));
  ifPossible(() => {
    // Linux has a niceness for each thread, and the engine has started some; one that has ended must not keep the rest.
    for (const thread of readdirSync('/proc/self/task')) {
      ifPossible(() => setPriority(Number(thread), niceness));
    }
  });
}

function ifPossible(step: () => void): void {
  try {
    step();
  } catch {
    // Not on every system.
  }
}
