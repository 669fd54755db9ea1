import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

const instant = (name: string) => integer(name, { mode: 'timestamp_ms' });

export const users = sqliteTable('users', {
  id: integer('id').primaryKey({ autoIncrement: true }),
  username: text('username').notNull().unique(),
  /** argon2id. */
  passwordHash: text('password_hash').notNull(),
});

export const sessions = sqliteTable(
  'sessions',
  {
    /** sha256 of the cookie's id, hex: a copy of this table logs nobody in. */
    idHash: text('id_hash').primaryKey(),
    userId: integer('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    expiresAt: instant('expires_at').notNull(),
  },
  (t) => [index('sessions_expiry').on(t.expiresAt)],
);

export const files = sqliteTable(
  'files',
  {
    /** UUIDv7, also the name on disk. */
    id: text('id').primaryKey(),
    /** As the client sent it; data, never part of a path. */
    filename: text('filename').notNull(),
    /** Bytes. */
    size: integer('size').notNull(),
    /** Hex. */
    sha256: text('sha256').notNull(),
    uploadedBy: integer('uploaded_by')
      .notNull()
      .references(() => users.id),
    createdAt: instant('created_at').notNull(),
  },
  (t) => [index('files_created').on(t.createdAt, t.id)],
);
