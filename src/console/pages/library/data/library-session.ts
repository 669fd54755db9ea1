import type { ApolloClient } from '@apollo/client';
import { Subscription } from 'rxjs';
import { LibraryChangesDocument, type LibraryChangesSubscription } from '../../../generated/graphql.ts';
import { type LibraryQuery, toFilter } from '../query/library-query.ts';
import { MaterialList } from './material-list.ts';

/** Lists that are kept for whoever comes back to them. */
const MAX_LISTS = 6;
/** Visits to a material are shorter, and nothing has to be asked for again after them. */
const LINGER_MS = 120_000;

/** Before a connection that the server has ended is opened again, ms. */
const PAUSE_MS = 2000;

type News = LibraryChangesSubscription['materialsChanged'];

/** What was loaded of one mall for one user, kept up to date while somebody looks. */
export class LibrarySession {
  readonly key: string;
  readonly mallId: number;
  readonly #client: ApolloClient;
  /** The one that was used last is last. */
  readonly #lists = new Map<string, MaterialList>();
  #viewers = 0;
  #lingering: ReturnType<typeof setTimeout> | undefined;
  #feed: Subscription | undefined;
  #reopening: ReturnType<typeof setTimeout> | undefined;

  constructor(client: ApolloClient, mallId: number, key: string) {
    this.#client = client;
    this.mallId = mallId;
    this.key = key;
  }

  /** The list that a query stands for; equal queries have the same one. */
  list(query: LibraryQuery, trashed: boolean): MaterialList {
    const filter = toFilter(query, trashed);
    const key = JSON.stringify([filter, query.sort]);
    const list =
      this.#lists.get(key) ??
      new MaterialList(this.#client, { mallId: this.mallId, filter, orderBy: query.sort });
    this.#lists.delete(key);
    this.#lists.set(key, list);
    for (const [other, old] of this.#lists) {
      if (this.#lists.size <= MAX_LISTS) break;
      old.close();
      this.#lists.delete(other);
    }
    return list;
  }

  lists(): Iterable<MaterialList> {
    return this.#lists.values();
  }

  /** Somebody looks, until the function that it returns is called. */
  readonly watch = (): (() => void) => {
    this.#viewers++;
    clearTimeout(this.#lingering);
    this.#follow();
    document.addEventListener('visibilitychange', this.#follow);
    return () => {
      this.#viewers--;
      if (this.#viewers === 0) this.#lingering = setTimeout(() => this.close(), LINGER_MS);
    };
  };

  close(): void {
    document.removeEventListener('visibilitychange', this.#follow);
    this.#unfollow();
    for (const list of this.#lists.values()) list.close();
  }

  /** A tab that nobody sees needs no connection; on coming back, the first thing told is to ask again. */
  readonly #follow = (): void => {
    if (document.hidden) this.#unfollow();
    else if (!this.#feed) this.#open();
  };

  #open(): void {
    const feed = new Subscription();
    this.#feed = feed;
    const end = () => {
      if (this.#feed === feed) this.#unfollow();
    };
    feed.add(
      this.#client
        .subscribe({
          query: LibraryChangesDocument,
          variables: { mallId: this.mallId },
          fetchPolicy: 'no-cache',
        })
        .subscribe({
          next: ({ data, error }) => {
            if (error) end();
            else if (data) this.#tell(data.materialsChanged);
          },
          // The session has ended, or the mall is not the user's any more: whoever comes back opens it anew.
          error: end,
          complete: () => {
            if (this.#feed !== feed) return;
            end();
            this.#reopening = setTimeout(this.#follow, PAUSE_MS);
          },
        }),
    );
  }

  #unfollow(): void {
    clearTimeout(this.#reopening);
    this.#feed?.unsubscribe();
    this.#feed = undefined;
  }

  #tell({ action, ids, materials }: News): void {
    for (const list of this.#lists.values()) {
      const { trashed } = list.source.filter;
      if (action === 'REFRESH' || (action === 'TRASHED' && trashed)) list.refresh();
      else if (action === 'TRASHED' || action === 'PURGED') list.remove(ids);
      else list.put(materials);
    }
  }
}

let current: LibrarySession | undefined;

/** That of the mall which was looked at last is kept, so that leaving a page and coming back costs nothing. */
export function librarySession(client: ApolloClient, mallId: number, userId: number): LibrarySession {
  const key = `${userId} ${mallId}`;
  if (current?.key === key) return current;
  current?.close();
  current = new LibrarySession(client, mallId, key);
  return current;
}
