/** A worker program that does what the job's path says; for the tests of the pool. */
const scope = globalThis as unknown as {
  onmessage: ((event: MessageEvent<{ path: string }>) => void) | null;
  postMessage(answer: unknown): void;
};

scope.onmessage = ({ data: { path } }) => {
  if (path === 'throw') throw new Error('broken');
  if (path === 'exit') process.exit(3);
  if (path === 'spin') for (;;);
  if (path === 'fault') scope.postMessage({ type: 'fault', reason: 'too many open files' });
  if (path === 'none') scope.postMessage({ type: 'tracks', tracks: null });
};
scope.postMessage({ type: 'ready' });
