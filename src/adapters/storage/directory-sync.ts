import { open } from 'node:fs/promises';

/**
 * fsync of directories, shared: whoever asks while one runs waits for the next, which then covers all of them.
 * An entry made before the call is durable when it resolves.
 */
export class DirectorySync {
  readonly #states = new Map<string, { running: Promise<void>; next?: Promise<void> }>();

  sync(directory: string): Promise<void> {
    const state = this.#states.get(directory);
    if (!state) return this.#start(directory);
    // A failed one says nothing of the next.
    state.next ??= state.running.catch(() => {}).then(() => this.#start(directory));
    return state.next;
  }

  #start(directory: string): Promise<void> {
    const running = syncDirectory(directory);
    const state: { running: Promise<void>; next?: Promise<void> } = { running };
    this.#states.set(directory, state);
    const done = () => {
      if (this.#states.get(directory) === state && !state.next) this.#states.delete(directory);
    };
    running.then(done, done);
    return running;
  }
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
