import type { Visibility } from '../../adapters/db/schema.ts';
import { attachment } from '../../lib/file-disposition.ts';
import type { Validators } from '../../lib/http-conditions.ts';
import type { ExportFile } from '../../services/export-job/open-export.ts';
import { versionOf } from '../../services/material/file-url.ts';
import type { FileDescriptor } from '../../services/material/open-file.ts';
import type { OpenedVariant } from '../../services/material/variant/open-variant.ts';
import { ANY_ORIGIN } from './cors.ts';

export type HeaderFields = Readonly<Record<string, string>>;

/** What the URL says of how the file is wanted. */
export interface FileView {
  /** The `v` of the URL: bytes under the right one never change. */
  readonly version: string | null;
  /** As an attachment under its original name. */
  readonly download: boolean;
}

/** What the answers to all requests for a file have in common. */
export interface FileHead {
  readonly validators: Validators;
  /** Of an answer without the bytes: 304, 412, 416 (RFC 9110, section 15.4.5). */
  readonly metadata: HeaderFields;
  /** Of an answer with bytes, but for its length and range. */
  readonly representation: HeaderFields;
}

const YEAR_SECONDS = 31_536_000;
/** What browsers show without running anything in it. Everything else, SVG too, is only ever downloaded. */
const SHOWN =
  /^(?:(?:audio|video)\/[\w.+-]+|image\/(?:jpeg|png|apng|gif|webp|avif|tiff|heic|heic-sequence|heif|heif-sequence|bmp|x-icon|jxl))$/;

/** Kept for as long as the file is remembered: a few views of each file make nearly all requests. */
const heads = new WeakMap<FileDescriptor, Map<string, FileHead>>();

export function fileHead(file: FileDescriptor, view: FileView): FileHead {
  const isVersioned = view.version === versionOf(file.sha256);
  const isAttachment = view.download || !SHOWN.test(file.mimeType);
  const key = `${isVersioned}${isAttachment}`;
  let views = heads.get(file);
  if (!views) {
    views = new Map();
    heads.set(file, views);
  }
  let head = views.get(key);
  if (!head) {
    const sent = { ...file, etag: `"${file.sha256}"`, filename: file.originFilename };
    head = makeHead(sent, isVersioned, isAttachment);
    views.set(key, head);
  }
  return head;
}

/** The same for a variant, whose bytes, type and name are its own. */
export function variantHead(file: FileDescriptor, variant: OpenedVariant, view: FileView): FileHead {
  const isVersioned = view.version === versionOf(file.sha256);
  return makeHead(
    { ...variant, lastModified: file.lastModified, visibility: file.visibility },
    isVersioned,
    view.download,
  );
}

/** The same for the file of a finished export: private, and always to be saved. */
export function exportHead(file: ExportFile): FileHead {
  const etag = `"${file.storageKey.slice(file.storageKey.lastIndexOf('/') + 1)}"`;
  return makeHead({ ...file, etag, visibility: 'PRIVATE' }, false, true);
}

interface Sent {
  readonly mimeType: string;
  /** Strong, with its quotes. */
  readonly etag: string;
  readonly filename: string;
  readonly lastModified: Date;
  readonly visibility: Visibility;
  /** The request header that the answer depends on. */
  readonly vary?: string | null;
}

function makeHead(sent: Sent, isVersioned: boolean, isAttachment: boolean): FileHead {
  const { etag, lastModified } = sent;
  const isPublic = sent.visibility === 'PUBLIC';
  const metadata = {
    ...(isPublic ? ANY_ORIGIN : {}),
    'Cache-Control': cacheControl(isPublic, isVersioned),
    'Content-Security-Policy': "default-src 'none'; sandbox",
    'Cross-Origin-Resource-Policy': isPublic ? 'cross-origin' : 'same-site',
    ETag: etag,
    'Last-Modified': lastModified.toUTCString(),
    'X-Content-Type-Options': 'nosniff',
    ...(sent.vary ? { Vary: sent.vary } : {}),
  };
  return {
    validators: { etag, lastModified: Math.floor(lastModified.getTime() / 1000) },
    metadata,
    representation: {
      ...metadata,
      'Accept-Ranges': 'bytes',
      'Content-Type': sent.mimeType,
      ...(isAttachment ? { 'Content-Disposition': attachment(sent.filename) } : {}),
    },
  };
}

/** Rights to a private file may end at any time, so caches ask for it each time. */
function cacheControl(isPublic: boolean, isVersioned: boolean): string {
  if (!isPublic) return 'private, no-cache';
  return isVersioned ? `public, max-age=${YEAR_SECONDS}, immutable` : 'no-cache';
}
