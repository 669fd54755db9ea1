/** Entry of a worker thread: takes one {@link ProbeJob} at a time and answers each with a {@link ProbeAnswer}. */
import { Logging, LogLevel } from 'mediabunny';
import { readTracks, type TrackFacts } from './tracks.ts';

export interface ProbeJob {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
}

/** `ready` once, when jobs can be taken; then one answer a job. A `fault` is the server's, not the file's. */
export type ProbeAnswer =
  | { readonly type: 'ready' }
  | { readonly type: 'tracks'; readonly tracks: TrackFacts | null }
  | { readonly type: 'fault'; readonly reason: string };

/** The part of a worker's global scope that is used here. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<ProbeJob>) => void) | null;
  postMessage(answer: ProbeAnswer): void;
}

// It quotes the file's bytes on the console.
Logging.level = LogLevel.Silent;

const scope = globalThis as unknown as WorkerScope;

scope.onmessage = ({ data: { path, size } }) => {
  readTracks(path, size).then(
    (tracks) => scope.postMessage({ type: 'tracks', tracks }),
    (error: unknown) => scope.postMessage(answerTo(error)),
  );
};
scope.postMessage({ type: 'ready' });

function answerTo(error: unknown): ProbeAnswer {
  const isSystemError = error instanceof Error && 'syscall' in error;
  return isSystemError ? { type: 'fault', reason: error.message } : { type: 'tracks', tracks: null };
}
