import type { SQL } from 'drizzle-orm';
import { PgDialect } from 'drizzle-orm/pg-core';

/** Literals that mean the same whatever `standard_conforming_strings` is (PostgreSQL manual, section 4.1.2). */
class LiteralDialect extends PgDialect {
  override escapeString(text: string): string {
    if (text.includes('\0')) throw new Error('PostgreSQL has no text with NUL');
    const quoted = `'${text.replaceAll("'", "''")}'`;
    // The space keeps a prefix from becoming part of a name before it.
    return quoted.includes('\\') ? ` E${quoted.replaceAll('\\', '\\\\')}` : quoted;
  }
}

const dialect = new LiteralDialect();

/** A statement as one text, for `COPY`, which takes no parameters: every value in it becomes a literal. */
export function literalSql(statement: SQL): string {
  const { sql, params } = dialect.sqlToQuery(statement.inlineParams());
  if (params.length > 0) throw new Error('a value of the statement could not become a literal');
  return sql;
}
