import type { ApolloClient } from '@apollo/client';
import {
  ExportProgressDocument,
  type ExportProgressSubscription,
  MeDocument,
} from '../../generated/graphql.ts';

export type WatchedExport = ExportProgressSubscription['exportProgress'];

/** Browsers open six connections to a server over HTTP/1.1; the rest of the console needs some too. */
const AT_ONCE = 2;
/** Before a connection that the server has ended is opened again, ms. */
const PAUSE_MS = 2000;

/** Exports that are watched, and who wants to know how they end. They go on while other pages are shown. */
const watched = new Map<string, { isOpen: boolean; onFinished?: (job: WatchedExport) => void }>();

export function isUnfinished(state: WatchedExport['state']): boolean {
  return state === 'QUEUED' || state === 'RUNNING';
}

/**
 * Keeps the cache's copy of an export as the server tells it, until it is finished or nobody is logged in.
 * @param onFinished told once, however it ends.
 */
export function watchExport(
  client: ApolloClient,
  id: string,
  onFinished?: (job: WatchedExport) => void,
): void {
  const present = watched.get(id);
  if (present && onFinished) present.onFinished = onFinished;
  if (!present) watched.set(id, { isOpen: false, ...(onFinished && { onFinished }) });
  openNext(client);
}

function openNext(client: ApolloClient): void {
  for (const [id, watch] of watched) {
    if ([...watched.values()].filter(({ isOpen }) => isOpen).length >= AT_ONCE) return;
    if (!watch.isOpen) open(client, id);
  }
}

function open(client: ApolloClient, id: string): void {
  const watch = watched.get(id);
  if (!watch) return;
  watch.isOpen = true;
  const userId = client.readQuery({ query: MeDocument })?.me?.id;
  const forget = () => {
    watched.delete(id);
    openNext(client);
  };
  const subscription = client
    .subscribe({ query: ExportProgressDocument, variables: { jobId: id } })
    .subscribe({
      next({ data, error }) {
        if (error) return end();
        const job = data?.exportProgress;
        if (!job || isUnfinished(job.state)) return;
        watch.onFinished?.(job);
        end();
      },
      error: forget,
      complete() {
        // The server stops, or the session has ended.
        if (!watched.has(id)) return;
        setTimeout(() => {
          const now = client.readQuery({ query: MeDocument })?.me?.id;
          if (now !== undefined && now === userId) open(client, id);
          else forget();
        }, PAUSE_MS);
      },
    });
  function end() {
    forget();
    subscription.unsubscribe();
  }
}
