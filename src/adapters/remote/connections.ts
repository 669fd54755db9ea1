import { type ConnectLimits, connect, type Place } from './connect.ts';
import type { Wire } from './wire.ts';

/** Connections that wait for another request to the same place, to all places, and how long, ms. */
const RESTING_EACH = 8;
const RESTING = 64;
const REST_MS = 4000;

/** A connection, and what it may be used for again. */
export interface Connection {
  readonly place: Place;
  readonly wire: Wire;
  /** Whether another exchange was before this one. */
  readonly isUsed: boolean;
}

/** Connections of one policy: each is used again only for the very address, port and name that it was made for. */
export class Connections {
  readonly #resting = new Map<string, Wire[]>();
  #count = 0;
  #isClosed = false;

  /**
   * @param fresh never one that was used before.
   * @throws RemoteError `timeout`; the signal's reason; the network's error, or that of the certificate
   */
  async open(place: Place, fresh: boolean, limits: ConnectLimits): Promise<Connection> {
    const key = keyOf(place);
    const wire = fresh ? undefined : this.#resting.get(key)?.at(-1);
    if (wire === undefined) return { place, wire: await connect(place, limits), isUsed: false };
    this.#remove(key, wire);
    wire.wake();
    return { place, wire, isUsed: true };
  }

  /** For the next request to the same place, if one comes soon. */
  keep({ place, wire }: Connection): void {
    const key = keyOf(place);
    const others = this.#resting.get(key) ?? [];
    const isFull = others.length >= RESTING_EACH || this.#count >= RESTING;
    // It may have ended while the last of the answer waited for its reader.
    if (this.#isClosed || isFull || !wire.isOpen) {
      wire.fail(new Error('not needed'));
      return;
    }
    this.#resting.set(key, [...others, wire]);
    this.#count++;
    wire.rest(REST_MS, () => this.#remove(key, wire));
  }

  /** Ends those that rest; those in use end with their requests. */
  close(): void {
    this.#isClosed = true;
    for (const wire of [...this.#resting.values()].flat()) wire.fail(new Error('the client is closed'));
  }

  #remove(key: string, wire: Wire): void {
    const others = this.#resting.get(key)?.filter((one) => one !== wire) ?? [];
    if (others.length > 0) this.#resting.set(key, others);
    else this.#resting.delete(key);
    this.#count--;
  }
}

function keyOf({ address, port, isSecure, name }: Place): string {
  return `${isSecure} ${address} ${port} ${name}`;
}
