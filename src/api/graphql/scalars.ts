import { GraphQLError, Kind } from 'graphql';
import { builder } from './builder.ts';
import { PendingUpload } from './multipart/upload-queue.ts';

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;

builder.scalarType('DateTime', {
  description: 'An instant as in RFC 3339, such as `2026-11-22T08:30:00.000Z`.',
  serialize: (value) => value.toISOString(),
  parseValue: parseInstant,
});

builder.scalarType('ByteCount', {
  description: 'A number of bytes: a JSON number from 0 to 2^53 - 1.',
  serialize: (value) => value,
  parseValue: parseByteCount,
  parseLiteral: (node) => parseByteCount(node.kind === Kind.INT ? Number(node.value) : undefined),
});

builder.scalarType('JSON', {
  description: 'Any JSON value.',
  serialize: (value) => value,
});

builder.scalarType('Upload', {
  description: 'A file of a GraphQL multipart request.',
  serialize: () => {
    throw new GraphQLError('An upload cannot be read.');
  },
  parseValue: (value) => {
    if (value instanceof PendingUpload) return value;
    throw new GraphQLError('A file must be sent as a part of a multipart request.');
  },
});

function parseInstant(value: unknown): Date {
  const instant = typeof value === 'string' && INSTANT.test(value) ? new Date(value) : undefined;
  const year = instant?.getUTCFullYear() ?? Number.NaN;
  // Others PostgreSQL does not know, or are written in another way.
  if (!instant || !(year >= 1 && year <= 9999)) {
    throw new GraphQLError('An instant must be written as in 2026-11-22T08:30:00Z.');
  }
  return instant;
}

function parseByteCount(value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new GraphQLError('A number of bytes must be a whole number from 0 to 2^53 - 1.');
}
