/** A bounded amount (of bytes, say) that takers share. */
export class Budget {
  #left: number;
  readonly total: number;

  constructor(total: number) {
    this.total = total;
    this.#left = total;
  }

  get used(): number {
    return this.total - this.#left;
  }

  /** Takes `amount` if there is as much, else takes nothing and gives false. */
  take(amount: number): boolean {
    if (amount > this.#left) return false;
    this.#left -= amount;
    return true;
  }

  give(amount: number): void {
    this.#left += amount;
  }
}
