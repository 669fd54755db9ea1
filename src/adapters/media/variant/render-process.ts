/** Entry of a child process that makes variants. */
import { stepBack } from '../decoder/step-back.ts';
import { takeJobs } from '../decoder/take-jobs.ts';
import { renderPicture } from './render.ts';

/** Everything else that the server does goes before decoding. */
const NICENESS = 5;

stepBack(NICENESS);
takeJobs(renderPicture);
