import type { Destination, Transfer } from './transfer.ts';

/** What became of one file of a request. `mayPass`: the server may take it later. */
export type SendResult =
  | { readonly materialId: string }
  | { readonly refused: string; readonly mayPass: boolean };

/** The way to the server. */
export interface UploadPort {
  /** Sends files of one destination under their ids. @returns what became of each, in their order. */
  send(
    batch: readonly Transfer[],
    options: {
      readonly signal: AbortSignal;
      readonly onProgress: (sent: number, total: number) => void;
    },
  ): Promise<SendResult[]>;
  /** Removes materials as if they had never come. */
  remove(materialIds: readonly string[]): Promise<void>;
}

/** What the server takes. */
export interface UploadLimits {
  readonly fileBytes: number;
  readonly requestBytes: number;
  readonly filesPerRequest: number;
}

/** A file that has come in. */
export interface StoredFile {
  readonly materialId: string;
  readonly name: string;
  readonly destination: Destination;
}
