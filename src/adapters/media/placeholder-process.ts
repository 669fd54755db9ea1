/** Entry of a child process that makes placeholders. */
import { stepBack } from './decoder/step-back.ts';
import { takeJobs } from './decoder/take-jobs.ts';
import { makePlaceholder } from './placeholder.ts';
import { loadSharp } from './sharp.ts';

/** One picture, as a child process gets it. */
export interface PlaceholderJob {
  readonly source: string | Uint8Array;
  readonly maxImagePixels: number;
}

/** The lowest there is: nobody waits for a placeholder. */
const NICENESS = 19;

stepBack(NICENESS);
await loadSharp();
takeJobs(({ source, maxImagePixels }: PlaceholderJob) => makePlaceholder(source, { maxImagePixels }));
