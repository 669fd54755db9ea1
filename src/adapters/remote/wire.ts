import type { Socket } from 'node:net';
import { freeBytes } from '../../lib/free-bytes.ts';

/** Bytes that may wait for whoever reads, before the other side is made to wait. */
const WAITING_BYTES = 65_536;

/** A connection whose bytes are read when somebody asks for them. */
export class Wire {
  readonly #socket: Socket;
  readonly #arrived: Uint8Array[] = [];
  #waitingBytes = 0;
  #reader: PromiseWithResolvers<Uint8Array | undefined> | undefined;
  #hasEnded = false;
  #failure: unknown;
  /** Set while nobody uses it. */
  #onDisturbed: (() => void) | undefined;
  #restTimer: ReturnType<typeof setTimeout> | undefined;

  /** @param socket that nobody else reads. */
  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Uint8Array) => this.#arrive(chunk));
    socket.on('end', () => this.#end());
    socket.on('error', (error) => this.fail(error));
    socket.on('close', () => this.fail(new Error('the connection is closed')));
  }

  /** Whether nothing has ended it yet. */
  get isOpen(): boolean {
    return this.#failure === undefined && !this.#hasEnded;
  }

  /** @returns undefined at the end. @throws what else ended it */
  async read(): Promise<Uint8Array | undefined> {
    const chunk = this.#arrived.shift();
    if (chunk !== undefined) {
      const waited = this.#waitingBytes;
      this.#waitingBytes -= chunk.byteLength;
      if (waited >= WAITING_BYTES && this.#waitingBytes < WAITING_BYTES) this.#socket.resume();
      return chunk;
    }
    if (this.#hasEnded) return undefined;
    if (this.#failure !== undefined) throw this.#failure;
    this.#reader = Promise.withResolvers();
    return await this.#reader.promise;
  }

  /** What becomes of it shows when it is read. */
  send(text: string): void {
    this.#socket.write(text, 'latin1');
  }

  /** Waits until the system has taken it, or the connection has ended. */
  async write(bytes: Uint8Array): Promise<void> {
    if (!this.isOpen) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const onDone = () => resolve();
    this.#socket.once('close', onDone);
    this.#socket.write(bytes, onDone);
    await promise;
    this.#socket.off('close', onDone);
  }

  /** Ends it, if it has not ended; who reads gets the reason. */
  fail(reason: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = reason;
    this.#socket.destroy();
    clearTimeout(this.#restTimer);
    this.#onDisturbed?.();
    // What came before a proper end is still to be read.
    if (this.#hasEnded) return;
    for (const chunk of this.#arrived.splice(0)) freeBytes(chunk);
    this.#reader?.reject(reason);
    this.#reader = undefined;
  }

  /**
   * Nobody uses it for now; the process may end meanwhile. To be called only while it is open.
   * @param ms until it ends by itself.
   * @param onDisturbed called when it has ended, which it does also when something comes unasked.
   */
  rest(ms: number, onDisturbed: () => void): void {
    this.#onDisturbed = onDisturbed;
    this.#restTimer = setTimeout(() => this.fail(new Error('not needed any more')), ms);
    this.#restTimer.unref();
    this.#socket.unref();
    if (this.#arrived.length > 0) this.fail(new Error('bytes that nobody asked for'));
  }

  /** Somebody uses it again. */
  wake(): void {
    this.#onDisturbed = undefined;
    clearTimeout(this.#restTimer);
    this.#socket.ref();
  }

  #arrive(chunk: Uint8Array): void {
    if (this.#reader) {
      this.#reader.resolve(chunk);
      this.#reader = undefined;
    } else if (this.#onDisturbed) {
      this.fail(new Error('bytes that nobody asked for'));
    } else {
      this.#arrived.push(chunk);
      this.#waitingBytes += chunk.byteLength;
      if (this.#waitingBytes >= WAITING_BYTES) this.#socket.pause();
    }
  }

  #end(): void {
    if (this.#failure !== undefined) return;
    this.#hasEnded = true;
    this.#reader?.resolve(undefined);
    this.#reader = undefined;
    if (this.#onDisturbed) this.fail(new Error('the other side has left'));
  }
}
