import { useMutation } from '@apollo/client/react';
import { useCallback, useEffect, useRef, useState } from 'react';
import { SaveImagesDocument } from '../../generated/graphql.ts';
import { type FetchResult, runFetches } from './run-fetches.ts';

/** One address and what has become of it. */
export interface FetchRow {
  readonly url: string;
  readonly state: 'WAITING' | 'SENT' | 'KEPT' | 'FAILED';
  readonly result?: FetchResult;
}

interface FetchRun {
  /** In the order in which they were given. */
  readonly rows: readonly FetchRow[];
  readonly isRunning: boolean;
  /** Until when the server takes no more, ms since 1970; undefined: it does. */
  readonly pausedUntil: number | undefined;
  /** Why the run has ended before its end. */
  readonly error: unknown;
  start(urls: readonly string[], folder: string): void;
  /** Those that failed or were not sent, once more. */
  retry(): void;
  /** What is on its way still arrives. */
  stop(): void;
}

/** Has pictures kept in a mall; a page that is left sends no more. */
export function useFetchRun(mallId: number): FetchRun {
  const [save] = useMutation(SaveImagesDocument);
  const [rows, setRows] = useState<readonly FetchRow[]>([]);
  const [isRunning, setIsRunning] = useState(false);
  const [pausedUntil, setPausedUntil] = useState<number>();
  const [error, setError] = useState<unknown>();
  const folderOfRun = useRef('');
  const stopper = useRef(new AbortController());
  useEffect(() => () => stopper.current.abort(), []);

  const mark = useCallback((urls: readonly string[], state: FetchRow['state']) => {
    const marked = new Set(urls);
    setRows((before) => before.map((row) => (marked.has(row.url) ? { url: row.url, state } : row)));
  }, []);

  const run = async (urls: readonly string[]) => {
    const controller = new AbortController();
    stopper.current = controller;
    const folder = folderOfRun.current;
    setIsRunning(true);
    setError(undefined);
    try {
      await runFetches({
        urls,
        signal: controller.signal,
        send: async (group) => {
          const { data } = await save({
            variables: { mallId, urls: [...group], folder: folder === '' ? null : folder },
          });
          return data?.saveImages ?? [];
        },
        onSending(group) {
          setPausedUntil(undefined);
          mark(group, 'SENT');
        },
        onResults(results) {
          const byUrl = new Map(results.map((result) => [result.sourceUrl, result]));
          setRows((before) => before.map((row) => withResult(row, byUrl.get(row.url))));
        },
        onPause(group, until) {
          mark(group, 'WAITING');
          setPausedUntil(until);
        },
      });
    } catch (caught) {
      setError(caught);
    }
    // Whatever was on its way has no answer.
    setRows((before) => before.map((row) => (row.state === 'SENT' ? { ...row, state: 'WAITING' } : row)));
    setPausedUntil(undefined);
    setIsRunning(false);
  };

  return {
    rows,
    isRunning,
    pausedUntil,
    error,
    start(urls, folder) {
      folderOfRun.current = folder;
      setRows(urls.map((url) => ({ url, state: 'WAITING' })));
      void run(urls);
    },
    retry() {
      const urls = rows
        .filter(({ state }) => state === 'FAILED' || state === 'WAITING')
        .map(({ url }) => url);
      mark(urls, 'WAITING');
      void run(urls);
    },
    stop: () => stopper.current.abort(),
  };
}

function withResult(row: FetchRow, result: FetchResult | undefined): FetchRow {
  return result ? { url: row.url, state: result.success ? 'KEPT' : 'FAILED', result } : row;
}
