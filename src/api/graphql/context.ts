import type { Language } from '../../errors.ts';
import type { Ctx } from '../../services/context.ts';
import type { SessionHandle } from '../session.ts';
import type { Loaders } from './loaders.ts';
import type { UploadQueue } from './multipart/upload-queue.ts';

/** What the HTTP route hands to Yoga with a request. */
export interface ServerContext {
  readonly ctx: Ctx;
  readonly session: SessionHandle;
  readonly language: Language;
  readonly loaders: Loaders;
  /** From now on the answer may take so long, ms. */
  readonly allowTime: (ms: number) => void;
  /** Of a multipart request. */
  uploads?: UploadQueue;
  /** Ends the reading of a multipart request. */
  closeBody?: () => Promise<void>;
  /** What is found out about the request on its way. */
  readonly trace: {
    /** For the log line: the operation's name, or its first field. */
    operation?: string;
    /** `cost.ts`. */
    cost?: number;
  };
}
