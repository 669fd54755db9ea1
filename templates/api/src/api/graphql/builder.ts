import SchemaBuilder from '@pothos/core';
import type { Ctx } from '../../services/context.ts';
import type { SessionHandle } from '../session.ts';

export interface GraphQLContext {
  readonly ctx: Ctx;
  readonly session: SessionHandle;
}

export const builder = new SchemaBuilder<{
  Context: GraphQLContext;
  DefaultFieldNullability: false;
  Scalars: {
    DateTime: { Input: never; Output: Date };
    Upload: { Input: File; Output: never };
  };
}>({ defaultFieldNullability: false });

builder.queryType({});
builder.mutationType({});

builder.scalarType('DateTime', {
  description: 'An instant, as in ISO 8601.',
  serialize: (value) => value.toISOString(),
});

builder.scalarType('Upload', {
  description: 'A file of a multipart request.',
  parseValue: (value) => {
    if (value instanceof File) return value;
    throw new TypeError('an Upload is a part of a multipart request');
  },
  serialize: () => {
    throw new TypeError('an Upload is only taken');
  },
});
