import type postgres from 'postgres';
import type { Tracer } from '../../lib/tracer.ts';

/** Of several in one statement, the first. */
const OPERATION = /^\s*(?:with\s+\w+\s+as\s*\(\s*)?(\w+)/i;
/** Not of `extract(epoch from …)`. */
const TABLE = /(?<!\bepoch )\b(?:from|into|update)\s+(?:"?\w+"?\.)?"?(\w+)"?/i;
/** Whose first argument is called with a client of one connection. */
const SCOPES = new Set(['begin', 'savepoint']);

/**
 * A client whose statements are traced by operation and table. Their text and values stay out: they are people's data.
 */
export function tracedClient<C extends postgres.Sql | postgres.TransactionSql>(client: C, tracer: Tracer): C {
  return new Proxy(client, {
    apply(target, self, args: unknown[]) {
      const result: unknown = Reflect.apply(target, self, args);
      return Array.isArray(args[0]) && 'raw' in args[0] ? watched(result, args[0].join(' '), tracer) : result;
    },
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function') return value;
      if (key === 'unsafe') {
        return (text: string, ...rest: unknown[]) =>
          watched(Reflect.apply(value, target, [text, ...rest]), text, tracer);
      }
      if (!SCOPES.has(String(key))) return value;
      return (...args: unknown[]) =>
        tracer.call('transaction', { 'db.system.name': 'postgresql' }, () =>
          Reflect.apply(
            value,
            target,
            args.map((arg) =>
              typeof arg === 'function'
                ? (scoped: postgres.TransactionSql) => arg(tracedClient(scoped, tracer))
                : arg,
            ),
          ),
        );
    },
  }) as C;
}

/** A statement runs when it is first waited for; as a part of another one it never is. */
function watched(query: unknown, text: string, tracer: Tracer): unknown {
  if (!(query instanceof Promise) || tracer.traceId === undefined) return query;
  const plain = query.then.bind(query);
  let answer: Promise<unknown> | undefined;
  const ask = () => {
    const operation = OPERATION.exec(text)?.[1]?.toUpperCase() ?? 'QUERY';
    const table = TABLE.exec(text)?.[1];
    const fields = {
      'db.system.name': 'postgresql',
      'db.operation.name': operation,
      ...(table === undefined ? {} : { 'db.collection.name': table }),
    };
    const name = table === undefined ? operation : `${operation} ${table}`;
    return tracer.call(name, fields, () => new Promise((resolve, reject) => void plain(resolve, reject)));
  };
  const wait = (...handlers: Parameters<typeof plain>) => {
    answer ??= ask();
    return answer.then(...handlers);
  };
  Object.defineProperty(query, 'then', { value: wait });
  return query;
}
