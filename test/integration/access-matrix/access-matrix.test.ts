import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { getNamedType, isObjectType } from 'graphql';
import { schema } from '../../../src/api/graphql/schema.ts';
import { errorCatalogue } from '../../../src/errors.ts';
import type { GraphQLAnswer } from '../../support/client.ts';
import { routeNames } from '../../support/routes.ts';
import { routeRules } from './routes.ts';
import { links, rules } from './rules.ts';
import { REACHES, type Reach, ROLES, type Role, World } from './world.ts';

/** Refusals and answers that are told by the rules; anything else that changes data is a hole. */
const CHANGES_NOTHING = (outcome: string) => outcome !== 'ok';

const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
const rootFields = roots.flatMap((root) =>
  Object.keys(root?.getFields() ?? {}).map((name) => `${root?.name}.${name}`),
);

let world: World;
beforeAll(async () => {
  world = await World.open();
});
afterAll(async () => await world[Symbol.asyncDispose]());

test('every query, mutation and subscription has a rule, and every rule a field', () => {
  expect(Object.keys(rules).sort()).toEqual(rootFields.sort());
});

test('every field that leads from one object to another is accounted for', () => {
  const found = Object.values(schema.getTypeMap()).flatMap((type) => {
    if (!isObjectType(type) || type.name.startsWith('__') || roots.includes(type)) return [];
    return Object.values(type.getFields())
      .filter((field) => !('toJSON' in getNamedType(field.type)) || isObjectType(getNamedType(field.type)))
      .map((field) => `${type.name}.${field.name}`);
  });
  expect(found.sort()).toEqual(Object.keys(links).sort());
});

test('every route has a rule, and every rule a route', () => {
  expect(routeNames().sort()).toEqual(Object.keys(routeRules).sort());
});

describe.each(ROLES.map((role) => [role]))('%s', (role) => {
  for (const [field, rule] of Object.entries(rules)) {
    test(`${field} is as its rule says`, async () => {
      const answers: Partial<Record<Reach, string>> = {};
      for (const reach of rule.variables ? REACHES : (['own'] as const)) {
        const variables = rule.variables ? await rule.variables(await world.target(reach), world) : {};
        await world.client(role);
        const before = await world.snapshot();
        const answer = field.startsWith('Subscription.')
          ? await firstResult(role, rule.document, variables)
          : await world.graphql(role, rule.document, variables, rule.file);
        const expected = rule.access(role, reach);
        expect([field, role, reach, outcomeOf(answer)]).toEqual([field, role, reach, expected]);
        if (CHANGES_NOTHING(expected)) expect(await world.snapshot()).toBe(before);
        if (rule.endsSession) await world.forget(role);
        answers[reach] = shape(answer);
      }
      // Of what is not theirs, nobody can tell whether it exists.
      if (role !== 'admin') expect(answers.foreign).toEqual(answers.absent);
    });
  }

  for (const [route, { request, access, endsSession }] of Object.entries(routeRules)) {
    test(`${route} is as its rule says`, async () => {
      for (const reach of REACHES) {
        const [path, init] = await request(await world.target(reach));
        await world.client(role);
        const before = await world.snapshot();
        const outcome = await outcomeOfRoute(await world.send(role, path, init));
        const expected = access(role, reach);
        expect([route, role, reach, outcome]).toEqual([route, role, reach, expected]);
        if (CHANGES_NOTHING(expected)) expect(await world.snapshot()).toBe(before);
        if (endsSession) await world.forget(role);
      }
    });
  }
});

function outcomeOf({ data, errors }: GraphQLAnswer): string {
  const error = errors?.[0];
  if (error) return error.extensions.code;
  const [value] = Object.values(data ?? {});
  if (value === null || value === undefined) return 'null';
  const items = typeof value === 'object' && 'edges' in value ? value.edges : value;
  if (!Array.isArray(items)) return 'ok';
  const [first] = items as { code?: string | null }[];
  return first ? (first.code ?? 'ok') : 'empty';
}

async function outcomeOfRoute(response: Response): Promise<string> {
  const text = await response.text();
  const body: unknown = response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : undefined;
  if (typeof body !== 'object' || body === null)
    return response.status < 400 ? 'ok' : String(response.status);
  if ('data' in body && !('code' in body)) return outcomeOf(body as GraphQLAnswer);
  if ('errors' in body) return outcomeOf(body as GraphQLAnswer);
  if ('msg' in body) {
    const known = Object.entries(errorCatalogue).find(([, { en }]) => String(body.msg).startsWith(en));
    return body.msg === 'ok' ? 'ok' : (known?.[0] ?? String(body.msg));
  }
  return 'code' in body ? String(body.code) : 'ok';
}

/** Of a subscription, which would go on. */
async function firstResult(role: Role, query: string, variables: object): Promise<GraphQLAnswer> {
  const response = await world.send(role, '/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ query, variables }),
  });
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += new TextDecoder().decode(chunk);
    const data = /^data: ?(\{.+)$/m.exec(text)?.[1];
    if (data === undefined) continue;
    return JSON.parse(data) as GraphQLAnswer;
  }
  throw new Error(`the stream ended without a result: ${text}`);
}

/** An answer without what differs each time. */
function shape(answer: GraphQLAnswer): string {
  return JSON.stringify(answer, (key, value) => (key === 'requestId' || key === 'token' ? undefined : value));
}
