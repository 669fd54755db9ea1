import { AppError } from '../../../errors.ts';
import {
  boundaryOf,
  MultipartError,
  type MultipartLimits,
  parseMultipart,
} from '../../../lib/multipart/index.ts';
import type { IncomingFile } from '../../../services/material/ingest/staged-file.ts';
import { RequestBody } from '../../request-body.ts';

const MAX_HEADER_BYTES = 16 * 1024;

interface FormFileOptions {
  readonly requestBytes: number;
  readonly filesPerRequest: number;
  /** The one field to take files from; by default all. */
  readonly field?: string;
}

/**
 * The files of a form as they come, whatever their fields are called; other fields are passed over.
 * @throws AppError PARSER_FAILED (no form, or no file in it), MULTIPART_INVALID, TOO_MANY_FILES, REQUEST_TOO_LARGE
 */
export async function* formFiles(
  request: Request,
  { requestBytes, filesPerRequest, field }: FormFileOptions,
): AsyncGenerator<IncomingFile, void, void> {
  const boundary = boundaryOf(request.headers.get('content-type'));
  if (!boundary) throw new AppError('PARSER_FAILED');
  const limits: MultipartLimits = {
    maxParts: filesPerRequest + 100,
    maxHeaderBytes: MAX_HEADER_BYTES,
    maxPreambleBytes: MAX_HEADER_BYTES,
  };
  let count = 0;
  try {
    for await (const part of parseMultipart(new RequestBody(request, requestBytes), boundary, limits)) {
      if (part.filename === undefined || (field !== undefined && part.name !== field)) continue;
      // Browsers send a file input that was left empty as a nameless file without bytes.
      if (part.filename === '' && part.contentType === 'application/octet-stream') continue;
      if (++count > filesPerRequest) throw new AppError('TOO_MANY_FILES');
      yield { filename: part.filename, chunks: part.body };
    }
  } catch (error) {
    throw error instanceof MultipartError ? new AppError('MULTIPART_INVALID', { cause: error }) : error;
  }
  if (count === 0) throw new AppError('PARSER_FAILED');
}
