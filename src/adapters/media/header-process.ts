/** Entry of a child process that reads the headers of pictures. */
import { AppError } from '../../errors.ts';
import { stepBack } from './decoder/step-back.ts';
import { takeJobs } from './decoder/take-jobs.ts';
import { readHeader } from './header.ts';
import type { HeaderAnswer, HeaderJob } from './header-reader.ts';
import { loadSharp } from './sharp.ts';

// Uploads wait for it.
stepBack(0);
await loadSharp();
takeJobs(({ source, maxImagePixels }: HeaderJob) =>
  Promise.all(source.map((path) => readHeader(path, maxImagePixels).catch(explain))),
);

function explain(error: unknown): HeaderAnswer {
  if (error instanceof AppError) return { code: error.code, reason: String(error.cause) };
  throw error;
}
