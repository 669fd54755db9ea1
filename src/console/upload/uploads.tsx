import { useApolloClient } from '@apollo/client/react';
import {
  createContext,
  lazy,
  type ReactNode,
  Suspense,
  useContext,
  useEffect,
  useState,
  useSyncExternalStore,
} from 'react';
import { ErrorBoundary } from '../components/error-boundary.tsx';
import { server } from '../server.ts';
import type { Mall } from '../session.tsx';
import { createApiPort } from './api-port.ts';
import { UploadQueue } from './queue/upload-queue.ts';
import type { UploadSummary } from './queue/upload-summary.ts';

/** Where files go that are dropped or pasted. */
export interface UploadTarget {
  readonly mall: Mall;
  readonly folder: string;
}

interface UploadsState {
  readonly uploads: UploadQueue;
  /** That of the page; undefined: it has none. */
  readonly target: UploadTarget | undefined;
  setTarget(target: UploadTarget | undefined): void;
}

const UploadsContext = createContext<UploadsState | undefined>(undefined);
const UploadTray = lazy(() => import('./tray/upload-tray.tsx'));

/** Holds the files on their way, above the session, which may end and begin again meanwhile. */
export function UploadsProvider({ children }: { readonly children: ReactNode }) {
  const client = useApolloClient();
  const [uploads] = useState(
    () =>
      new UploadQueue(createApiPort(client), {
        fileBytes: server.maxFileBytes,
        requestBytes: server.maxRequestBytes,
        filesPerRequest: server.maxFilesPerRequest,
      }),
  );
  const [target, setTarget] = useState<UploadTarget>();
  useEffect(() => {
    const warn = (event: BeforeUnloadEvent) => {
      if (uploads.isBusy) event.preventDefault();
    };
    window.addEventListener('beforeunload', warn);
    window.addEventListener('online', uploads.wake);
    return () => {
      window.removeEventListener('beforeunload', warn);
      window.removeEventListener('online', uploads.wake);
    };
  }, [uploads]);
  return (
    <UploadsContext value={{ uploads, target, setTarget }}>
      {children}
      <TrayWhenNeeded />
    </UploadsContext>
  );
}

/** The files on their way. */
export function useUploads(): UploadQueue {
  return useUploadsState().uploads;
}

/** What has become of all of them so far; of `select` a part that is no object, so that only its changes are drawn. */
export function useUploadSummary(): UploadSummary;
export function useUploadSummary<T extends boolean | number>(select: (summary: UploadSummary) => T): T;
export function useUploadSummary(select?: (summary: UploadSummary) => unknown): unknown {
  const { subscribe, summary } = useUploads();
  return useSyncExternalStore(subscribe, select ? () => select(summary()) : summary);
}

export function useUploadTarget(): UploadTarget | undefined {
  return useUploadsState().target;
}

/** Lets what is dropped or pasted go there, as long as the page is shown. */
export function useDropsGoTo(mall: Mall, folder: string): void {
  const { setTarget } = useUploadsState();
  useEffect(() => {
    setTarget({ mall, folder });
    return () => setTarget(undefined);
  }, [setTarget, mall, folder]);
}

function TrayWhenNeeded() {
  const isNeeded = useUploadSummary(({ total, isBusy }) => total > 0 || isBusy);
  return isNeeded ? (
    <ErrorBoundary fallback={null}>
      <Suspense>
        <UploadTray />
      </Suspense>
    </ErrorBoundary>
  ) : null;
}

function useUploadsState(): UploadsState {
  const state = useContext(UploadsContext);
  if (!state) throw new Error('there is no UploadsProvider');
  return state;
}
