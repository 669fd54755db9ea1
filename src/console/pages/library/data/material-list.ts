import type { ApolloClient } from '@apollo/client';
import {
  LibraryCountDocument,
  LibraryPageDocument,
  type MaterialFilter,
  type MaterialOrder,
} from '../../../generated/graphql.ts';
import { compareBy, isAdmitted } from './admission.ts';
import { insertionIndex } from './insertion-index.ts';
import type { LibraryMaterial } from './library-material.ts';

const PAGE = 100;
/** Materials that are asked for before they come into sight. */
const AHEAD = 200;
/** New ones that may come in before the list lets go of what they have pushed out of sight. */
const MAX_SURPLUS = 200;
/** New ones that may be held back as they are. */
const MAX_HELD = 500;
const RECOUNT_AFTER_MS = 1000;

export interface ListSource {
  readonly mallId: number;
  readonly filter: MaterialFilter;
  readonly orderBy: MaterialOrder;
}

export interface ListSnapshot {
  /** From the first on, without gaps. */
  readonly items: readonly LibraryMaterial[];
  /** Of the whole list; undefined: not known yet. */
  readonly total: number | undefined;
  readonly hasMore: boolean;
  /** Whether the first page is there. */
  readonly isLoaded: boolean;
  /** Why the next page did not come. */
  readonly error: unknown;
  /** New ones that are held back while the beginning is out of sight. */
  readonly waiting: number;
}

const EMPTY: ListSnapshot = {
  items: [],
  total: undefined,
  hasMore: true,
  isLoaded: false,
  error: undefined,
  waiting: 0,
};

/**
 * A list of materials, page by page. It is kept outside of Apollo's cache, whose normalising would cost more with each
 * of a hundred thousand materials than showing them does.
 */
export class MaterialList {
  readonly source: ListSource;
  /** Pixels from the top of the page, for whoever comes back. */
  scrollTop = 0;
  #snapshot = EMPTY;
  /** How many came in since it was asked for as a whole, or was cut. */
  #new = 0;
  /** Its end was let go, and there is no cursor for what comes next: it can only be asked for from the beginning. */
  #isCut = false;
  #held = new Map<string, LibraryMaterial>();
  /** How many there are without those held back, once these are too many to be kept; they are only counted then. */
  #others: number | undefined;
  #holds = false;
  #isStale = false;
  /** How many from the first on are wanted. */
  #wanted = 0;
  #cursor: string | null = null;
  /** The run that may change the list; those before it are forgotten. */
  #run: AbortController | undefined;
  #recount: ReturnType<typeof setTimeout> | undefined;
  readonly #client: ApolloClient;
  readonly #compare: (a: LibraryMaterial, b: LibraryMaterial) => number;
  readonly #listeners = new Set<() => void>();

  constructor(client: ApolloClient, source: ListSource) {
    this.#client = client;
    this.source = source;
    this.#compare = compareBy(source.orderBy);
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly snapshot = (): ListSnapshot => this.#snapshot;

  /** Loads until there are enough for what is in sight. @param lastShown index of the last one in sight. */
  want(lastShown: number): void {
    this.#wanted = lastShown + 1 + AHEAD;
    const { items, hasMore, error } = this.#snapshot;
    if (!this.#run && hasMore && error === undefined && items.length < this.#wanted) void this.#load();
  }

  /** Somebody looks at it, perhaps again. */
  resume(): void {
    const { isLoaded } = this.#snapshot;
    if (isLoaded && this.#isStale) this.refresh();
    else if (!isLoaded) this.want(0);
  }

  /** After a failure. */
  retry(): void {
    this.#set({ error: undefined });
    void this.#load();
  }

  /** Asks for what is shown again, when somebody looks; it stays until that is there. */
  refresh(): void {
    // The first page, when it is still under way, may not have what is told now.
    this.#isStale = this.#listeners.size === 0 || (!this.#snapshot.isLoaded && this.#run !== undefined);
    if (!this.#isStale) void this.#load({ anew: true });
  }

  /** Materials as they are now; those that are new here find their place. */
  put(materials: readonly LibraryMaterial[]): void {
    if (!this.#snapshot.isLoaded) return;
    const changed = new Map(materials.map((material) => [material.id, material]));
    const here = new Set<string>();
    const unmoved = new Set<string>();
    const items: LibraryMaterial[] = [];
    const lengthBefore = this.#snapshot.items.length;
    for (const item of this.#snapshot.items) {
      const now = changed.get(item.id);
      if (!now) {
        items.push(item);
        continue;
      }
      here.add(item.id);
      if (this.#compare(item, now) !== 0 || !isAdmitted(now, this.source.filter)) continue;
      unmoved.add(item.id);
      items.push(now);
    }
    let { total } = this.#snapshot;
    for (const material of changed.values()) {
      const { id } = material;
      const wasHeld = this.#held.delete(id);
      const isKnown = here.has(id) || wasHeld;
      const admitted = isAdmitted(material, this.source.filter);
      if (admitted && (wasHeld || (!isKnown && this.#holds))) this.#hold(material);
      else if (admitted && !unmoved.has(id)) this.#insert(items, material);
      if (total !== undefined) total += Number(admitted) - Number(isKnown);
    }
    total = total && Math.max(total, items.length);
    if (this.#others !== undefined) this.#others += items.length - lengthBefore;
    if (this.#held.size > MAX_HELD) {
      this.#others = (total ?? items.length + this.#held.size) - this.#held.size;
      this.#held.clear();
    }
    this.#new += Math.max(0, items.length - lengthBefore);
    const kept = this.#wanted + PAGE;
    if (this.#new > MAX_SURPLUS && items.length > kept + MAX_SURPLUS && !this.#run) {
      items.length = kept;
      this.#new = 0;
      this.#isCut = true;
    }
    const hasMore = this.#snapshot.hasMore || this.#isCut;
    this.#set({ items, total, hasMore, waiting: this.#waiting(total) });
    this.#countSoon();
  }

  /** What is told of them; those that are not here are left alone. */
  patch(changes: readonly (Partial<LibraryMaterial> & { readonly id: string })[]): void {
    const known = new Map(changes.map((change) => [change.id, change]));
    this.put(
      this.#snapshot.items.flatMap((item) => {
        const change = known.get(item.id);
        return change ? [{ ...item, ...change }] : [];
      }),
    );
  }

  remove(ids: readonly string[]): void {
    const gone = new Set(ids);
    for (const id of ids) this.#held.delete(id);
    const { items, total } = this.#snapshot;
    const left = items.filter(({ id }) => !gone.has(id));
    const removed = items.length - left.length;
    const now = total === undefined ? undefined : Math.max(0, total - removed);
    if (this.#others !== undefined) this.#others -= removed;
    this.#set({ items: removed > 0 ? left : items, total: now, waiting: this.#waiting(now) });
    this.#countSoon();
  }

  /** Whether new ones wait, because the beginning is out of sight and what is read would move away. */
  hold(holds: boolean): void {
    const comesBack = this.#holds && !holds;
    this.#holds = holds;
    if (comesBack && this.#others !== undefined) this.refresh();
    if (holds || this.#held.size === 0) return;
    const items = [...this.#snapshot.items];
    for (const material of this.#held.values()) this.#insert(items, material);
    this.#held.clear();
    this.#set({ items, waiting: 0 });
  }

  /** Nothing is asked for any more. */
  close(): void {
    this.#run?.abort();
    clearTimeout(this.#recount);
  }

  async #load({ anew = this.#isCut } = {}): Promise<void> {
    this.#run?.abort();
    const run = new AbortController();
    this.#run = run;
    // What was loaded far beyond what is shown comes again when it is wanted.
    const enough = () => Math.min(this.#wanted, Math.max(this.#snapshot.items.length, PAGE));
    let items = anew ? [] : this.#snapshot.items;
    let cursor = anew ? null : this.#cursor;
    if (anew || this.#snapshot.total === undefined) void this.#count();
    try {
      for (;;) {
        const { data } = await this.#client.query({
          query: LibraryPageDocument,
          variables: { ...this.source, first: PAGE, after: cursor },
          fetchPolicy: 'no-cache',
          context: { fetchOptions: { signal: run.signal } },
        });
        if (run.signal.aborted || !data) return;
        const { edges, pageInfo } = data.materials;
        items = append(
          anew ? items : this.#snapshot.items,
          edges.map(({ node }) => node),
        );
        cursor = pageInfo.endCursor ?? cursor;
        const hasMore = pageInfo.hasNextPage;
        if (!anew || !hasMore || items.length >= enough()) {
          this.#cursor = cursor;
          if (anew) {
            this.#held.clear();
            this.#others = undefined;
            this.#new = 0;
            this.#isCut = false;
            items = keepEqual(this.#snapshot.items, items);
          }
          this.#set({ items, hasMore, isLoaded: true, error: undefined, waiting: this.#waiting() });
          anew = false;
          if (!hasMore || items.length >= this.#wanted) break;
        }
      }
    } catch (error) {
      if (!run.signal.aborted) this.#set({ error });
    } finally {
      if (this.#run === run) this.#run = undefined;
    }
    if (this.#isStale && !run.signal.aborted) this.refresh();
  }

  #hold(material: LibraryMaterial): void {
    if (this.#others === undefined) this.#held.set(material.id, material);
  }

  #waiting(total = this.#snapshot.total): number {
    if (this.#others === undefined) return this.#held.size;
    return Math.max(1, (total ?? 0) - this.#others);
  }

  #insert(items: LibraryMaterial[], material: LibraryMaterial): void {
    const at = insertionIndex(items, material, this.#compare);
    // Behind the last that is loaded it comes with its page.
    if (at < items.length || !this.#snapshot.hasMore) items.splice(at, 0, material);
  }

  #countSoon(): void {
    clearTimeout(this.#recount);
    this.#recount = setTimeout(() => void this.#count(), RECOUNT_AFTER_MS);
  }

  async #count(): Promise<void> {
    const { mallId, filter } = this.source;
    const { data } = await this.#client
      .query({ query: LibraryCountDocument, variables: { mallId, filter }, fetchPolicy: 'no-cache' })
      // The list does without it.
      .catch(() => ({ data: undefined }));
    if (!data) return;
    const total = data.materials.totalCount;
    this.#set({ total, waiting: this.#waiting(total) });
  }

  #set(change: Partial<ListSnapshot>): void {
    this.#snapshot = { ...this.#snapshot, ...change };
    for (const listener of this.#listeners) listener();
  }
}

/** A page overlaps what is there where something was put in meanwhile. */
function append(
  items: readonly LibraryMaterial[],
  page: readonly LibraryMaterial[],
): readonly LibraryMaterial[] {
  const known = new Set(items.slice(-2 * PAGE).map(({ id }) => id));
  return [...items, ...page.filter(({ id }) => !known.has(id))];
}

/** What has not changed stays the same object, so that nothing is drawn anew. */
function keepEqual(
  before: readonly LibraryMaterial[],
  now: readonly LibraryMaterial[],
): readonly LibraryMaterial[] {
  const known = new Map(before.map((item) => [item.id, item]));
  return now.map((item) => {
    const old = known.get(item.id);
    return old && JSON.stringify(old) === JSON.stringify(item) ? old : item;
  });
}
