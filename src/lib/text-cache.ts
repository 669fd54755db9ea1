/** Texts by key, the least recently used dropped where their length together would be too much. */
export class TextCache {
  readonly #texts = new Map<string, string>();
  readonly #maxLength: number;
  #length = 0;

  /** @param maxLength of all texts together, in UTF-16 units; one over a hundredth of it is not kept at all. */
  constructor(maxLength: number) {
    this.#maxLength = maxLength;
  }

  get(key: string): string | undefined {
    const text = this.#texts.get(key);
    if (text === undefined) return undefined;
    // A Map keeps the order in which keys came: the first is the one that was used longest ago.
    this.#texts.delete(key);
    this.#texts.set(key, text);
    return text;
  }

  set(key: string, text: string): void {
    const size = key.length + text.length;
    if (size > this.#maxLength / 100 || this.get(key) !== undefined) return;
    this.#texts.set(key, text);
    this.#length += size;
    for (const [oldest, old] of this.#texts) {
      if (this.#length <= this.#maxLength) break;
      this.#texts.delete(oldest);
      this.#length -= oldest.length + old.length;
    }
  }
}
