/** Why a file did not get there: the server's words, or one of those that the page knows by itself. */
export type FailureReason =
  | { readonly kind: 'told'; readonly text: string }
  /** To be put into words where it is shown. */
  | { readonly kind: 'error'; readonly error: unknown }
  | { readonly kind: 'unreadable' }
  | { readonly kind: 'tooLarge'; readonly maxBytes: number };

/** Where files go. */
export interface Destination {
  readonly mallId: number;
  /** Names with slashes between; '' is the top of the mall. */
  readonly folder: string;
}

export type TransferState = 'waiting' | 'sending' | 'done' | 'failed';

/** One file on its way. What it is now is read when it is shown, at most some times a second. */
export class Transfer {
  /** Under it the file may be sent again without being kept twice. */
  readonly id = newUuid();
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly destination: Destination;
  /** Let go when the file is there, since it may hold its bytes. */
  file: File | undefined;
  state: TransferState = 'waiting';
  /** Bytes that have left. */
  sent = 0;
  /** How often the server had no room or time for it. */
  refusals = 0;
  /** How often its connection was lost though others' were not, and how many answers had come by the last time. */
  losses = 0;
  answersBefore = 0;
  /** It goes in a request of its own. */
  alone = false;
  /** It may have got there, though no answer came. */
  unsure = false;
  /** It was cancelled when it could no longer be held back: it is removed as soon as it is known to be there. */
  unwanted = false;
  reason: FailureReason | undefined;
  /** What it became. */
  materialId: string | undefined;

  constructor(file: File, destination: Destination) {
    this.file = file;
    this.name = file.name;
    this.size = file.size;
    this.destination = destination;
  }
}

/** RFC 9562, section 5.4. `crypto.randomUUID` is missing where the server is reached by plain HTTP. */
function newUuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
