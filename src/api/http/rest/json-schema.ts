import { z } from 'zod';

export type JsonObject = { readonly [key: string]: unknown };

/** What a schema lets in, in JSON Schema 2020-12, which is that of OpenAPI 3.1. */
export function jsonSchema(schema: z.ZodType): JsonObject {
  // What is turned into something else says by `meta` what it is.
  const { $schema, ...rest } = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    override({ jsonSchema: made }) {
      // They go without saying.
      if (made.minimum === Number.MIN_SAFE_INTEGER) delete made.minimum;
      if (made.maximum === Number.MAX_SAFE_INTEGER) delete made.maximum;
    },
  });
  return rest;
}

/** The fields of an object, each with its schema, and whether it has to be there. */
export function fieldsOf({ shape }: z.ZodObject): readonly {
  readonly name: string;
  readonly schema: z.ZodType;
  readonly required: boolean;
}[] {
  return Object.entries(shape).map(([name, field]) => {
    const schema = field as z.ZodType;
    return { name, schema, required: !schema.safeParse(undefined).success };
  });
}
