import type { AnswerHead } from './answer-head.ts';
import { type Framing, FramingError } from './framing.ts';
import type { Wire } from './wire.ts';

/** An answer whose head is there. */
export class Answer {
  readonly head: AnswerHead;
  readonly #framing: Framing;
  readonly #wire: Wire;
  readonly #onOver: (isClean: boolean) => void;
  #rest: Uint8Array | undefined;
  #isOver = false;

  /**
   * @param rest what came behind the head.
   * @param onOver called once, when no more is read of it; `isClean`: all was, and the connection is where it was before.
   */
  constructor(
    head: AnswerHead,
    framing: Framing,
    { wire, rest, onOver }: { wire: Wire; rest: Uint8Array; onOver: (isClean: boolean) => void },
  ) {
    this.head = head;
    this.#framing = framing;
    this.#wire = wire;
    this.#rest = rest.byteLength > 0 ? rest : undefined;
    this.#onOver = onOver;
    if (framing.isComplete) this.#end(this.#rest === undefined);
  }

  /**
   * The next bytes of the body, which belong to the reader; undefined at its end.
   * @throws FramingError; what ended the connection
   */
  async read(): Promise<Uint8Array | undefined> {
    while (!this.#framing.isComplete) {
      const chunk = this.#rest ?? (await this.#wire.read());
      this.#rest = undefined;
      if (chunk === undefined) {
        if (!this.#framing.end()) throw new FramingError('it ended early');
        break;
      }
      const bytes = this.#framing.take(chunk);
      // Before the last bytes are dealt with: the connection may be used meanwhile.
      if (this.#framing.isComplete) this.#end(!this.#framing.hasSurplus);
      if (bytes.byteLength > 0) return bytes;
    }
    this.#end(false);
    return undefined;
  }

  /** Who reads gets the reason, if there is more to come. */
  fail(reason: unknown): void {
    if (!this.#isOver) this.#wire.fail(reason);
  }

  /** Nobody reads on: the connection ends, unless the body has been read already. */
  close(): void {
    this.#end(false);
  }

  #end(isClean: boolean): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#onOver(isClean);
  }
}
