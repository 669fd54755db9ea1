/** Entry of a child process that reads the headers of pictures and makes placeholders. */
import { stepBack } from './decoder/step-back.ts';
import { takeJobs } from './decoder/take-jobs.ts';
import { readHeader } from './header.ts';
import type { ExamineJob } from './picture-reader.ts';
import { makePlaceholder } from './placeholder.ts';

// Uploads wait for it.
stepBack(0);
takeJobs(({ work, source, maxImagePixels }: ExamineJob) =>
  work === 'header' ? readHeader(source, maxImagePixels) : makePlaceholder(source, { maxImagePixels }),
);
