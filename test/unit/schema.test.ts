import { describe, expect, test } from 'bun:test';
import {
  type GraphQLNamedType,
  isInputObjectType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
  lexicographicSortSchema,
  printSchema,
} from 'graphql';
import { schema } from '../../src/api/graphql/schema.ts';

const printed = Bun.file(new URL('../../schema/schema.graphql', import.meta.url));
/** Relay's own fields, described by its specification. */
const DESCRIBED_ELSEWHERE = /^PageInfo\./;

describe('the GraphQL schema', () => {
  test('is what schema/schema.graphql says (bun run print-schema writes it)', async () => {
    expect(await printed.text()).toBe(`${printSchema(lexicographicSortSchema(schema))}\n`);
  });

  test('describes every type, field and argument', () => {
    const types = Object.values(schema.getTypeMap()).filter(
      (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
    );
    expect(types.length).toBeGreaterThan(20);
    expect(types.flatMap(withoutDescription)).toEqual([]);
  });
});

function withoutDescription(type: GraphQLNamedType): string[] {
  const places: [string, string | null | undefined][] = [];
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  const isRoot = roots.some((root) => root === type);
  if (!isRoot) places.push([type.name, type.description]);
  if (isObjectType(type)) {
    for (const field of Object.values(type.getFields())) {
      places.push([`${type.name}.${field.name}`, field.description]);
      for (const arg of field.args) {
        places.push([`${type.name}.${field.name}(${arg.name})`, arg.description]);
      }
    }
  } else if (isInputObjectType(type)) {
    for (const field of Object.values(type.getFields())) {
      places.push([`${type.name}.${field.name}`, field.description]);
    }
  }
  return places
    .filter(([name, description]) => !description?.trim() && !DESCRIBED_ELSEWHERE.test(name))
    .map(([name]) => name);
}
