import { sql } from 'drizzle-orm';
import {
  type AnyPgColumn,
  bigint,
  boolean,
  check,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  real,
  smallint,
  text,
  timestamp,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import { textList } from './text-list.ts';

// Milliseconds, so that a keyset cursor survives a JavaScript Date.
const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3, mode: 'date' });

export type UserRole = 'ADMIN' | 'MEMBER';
export type MallRole = 'OWNER' | 'EDITOR' | 'VIEWER';
export type MediaKind = 'IMAGE' | 'VIDEO' | 'AUDIO';
export type Visibility = 'PUBLIC' | 'PRIVATE';
export type MaterialSource = 'UPLOAD' | 'TEMPLATE' | 'REMOTE' | 'AVATAR';
export type ImageFetchPurpose = 'AVATAR' | 'MATERIAL';
export type ImageFetchState = 'RUNNING' | 'SAVED' | 'FAILED';
export type ExportFormat = 'XLSX' | 'CSV';
export type ExportState = 'QUEUED' | 'RUNNING' | 'DONE' | 'FAILED' | 'CANCELLED' | 'EXPIRED';
export type WebhookFormat = 'JSON' | 'FORM_DATA';
export type WebhookDeliveryState = 'PENDING' | 'DELIVERED' | 'FAILED';
export type TokenScope = 'READ' | 'WRITE' | 'MANAGE';

export const users = pgTable(
  'users',
  {
    id: integer('id').primaryKey().generatedAlwaysAsIdentity(),
    username: text('username').notNull(),
    /** argon2id; with the prefix `legacy:` of the digest that another system made of the password. */
    passwordHash: text('password_hash').notNull(),
    role: text('role').$type<UserRole>().notNull(),
    /** Set for a password that somebody else chose. */
    mustChangePassword: boolean('must_change_password').notNull().default(false),
    disabledAt: instant('disabled_at'),
    /** A material of the source `AVATAR`. */
    avatarId: uuid('avatar_id').references((): AnyPgColumn => materials.id, { onDelete: 'set null' }),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (t) => [
    uniqueIndex('users_username').on(sql`lower(${t.username})`),
    index('users_avatar').on(t.avatarId).where(sql`${t.avatarId} is not null`),
  ],
);

export const malls = pgTable('malls', {
  id: integer('id').primaryKey().generatedByDefaultAsIdentity(),
  name: text('name').notNull(),
  /** Bytes that the mall may keep; null: as many as there is room for. */
  quotaBytes: bigint('quota_bytes', { mode: 'number' }),
  /**
   * Bytes that the mall keeps, equal ones counted once, but for those of `mall_usage`: the sum is `usedBytes` of
   * `services/mall/record.ts`. A trigger on `blobs` moves it, so no way in can forget to.
   */
  countedBytes: bigint('used_bytes', { mode: 'number' }).notNull().default(0),
  /** What new materials get. */
  defaultVisibility: text('default_visibility').$type<Visibility>().notNull().default('PUBLIC'),
  createdAt: instant('created_at').notNull().defaultNow(),
});

/**
 * Bytes that uploads added to malls without a quota, each to one of some rows: they would wait for each other at the
 * mall's own, whose many versions would be in the way of all rows that point at it.
 */
export const mallUsage = pgTable(
  'mall_usage',
  {
    mallId: integer('mall_id')
      .notNull()
      .references(() => malls.id, { onDelete: 'cascade' }),
    slot: smallint('slot').notNull(),
    bytes: bigint('bytes', { mode: 'number' }).notNull(),
  },
  (t) => [primaryKey({ columns: [t.mallId, t.slot] })],
);

/** Bytes that uploads in flight will take of a mall's quota. */
export const quotaReservations = pgTable(
  'quota_reservations',
  {
    id: uuid('id').primaryKey(),
    mallId: integer('mall_id')
      .notNull()
      .references(() => malls.id, { onDelete: 'cascade' }),
    bytes: bigint('bytes', { mode: 'number' }).notNull(),
    /** What a killed instance reserved counts no longer than this. */
    expiresAt: instant('expires_at').notNull(),
  },
  (t) => [index('quota_reservations_mall').on(t.mallId)],
);

/**
 * Requests that put bytes into the store before their rows are written. While one is here no instance takes bytes that
 * came after it began for left over, and without it no rows are written.
 */
export const uploads = pgTable('uploads', {
  id: uuid('id').primaryKey(),
  startedAt: instant('started_at').notNull().defaultNow(),
  /** Moved on while the request runs; that of a killed instance is passed over from then on. */
  expiresAt: instant('expires_at').notNull(),
});

/** When a task that one instance does for all was last begun. */
export const taskRuns = pgTable('task_runs', {
  task: text('task').primaryKey(),
  begunAt: instant('begun_at').notNull(),
});

export const memberships = pgTable(
  'memberships',
  {
    mallId: integer('mall_id')
      .notNull()
      .references(() => malls.id, { onDelete: 'cascade' }),
    userId: integer('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    role: text('role').$type<MallRole>().notNull(),
  },
  (t) => [primaryKey({ columns: [t.userId, t.mallId] }), index('memberships_mall').on(t.mallId)],
);

/** Keys of scripts, which act for the user who made them. */
export const apiTokens = pgTable(
  'api_tokens',
  {
    id: uuid('id').primaryKey(),
    userId: integer('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    name: text('name').notNull(),
    /** sha256 of the token, hex. */
    tokenHash: text('token_hash').notNull(),
    scopes: text('scopes').array().$type<TokenScope[]>().notNull(),
    /** The one mall that it reaches; null: all that its owner does. */
    mallId: integer('mall_id').references(() => malls.id, { onDelete: 'cascade' }),
    expiresAt: instant('expires_at'),
    lastUsedAt: instant('last_used_at'),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (t) => [uniqueIndex('api_tokens_hash').on(t.tokenHash), index('api_tokens_user').on(t.userId)],
);

/** What the instances agreed upon, such as the secret of links. */
export const settings = pgTable('settings', {
  key: text('key').primaryKey(),
  value: text('value').notNull(),
});

/** Counters of rate limits, when Redis does not keep them. */
export const rateLimits = pgTable('rate_limits', {
  key: text('key').primaryKey(),
  points: integer('points').notNull(),
  expire: timestamp('expire', { withTimezone: true, mode: 'date' }),
});

/** Sessions of logged-in users, when Redis does not keep them. */
export const sessions = pgTable(
  'sessions',
  {
    /** sha256 of the cookie's id, hex: a copy of this table logs nobody in. */
    idHash: text('id_hash').primaryKey(),
    userId: integer('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    data: jsonb('data').notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
    expiresAt: instant('expires_at').notNull(),
  },
  (t) => [index('sessions_user').on(t.userId), index('sessions_expiry').on(t.expiresAt)],
);

/** Bytes that are kept once for each mall. What was read off the bytes never changes. */
export const blobs = pgTable(
  'blobs',
  {
    id: uuid('id').primaryKey(),
    /** null: site files, which belong to no mall. */
    mallId: integer('mall_id').references(() => malls.id),
    /** sha256 of the bytes, hex. */
    sha256: text('sha256').notNull(),
    size: bigint('size', { mode: 'number' }).notNull(),
    mimeType: text('mime_type').notNull(),
    kind: text('kind').$type<MediaKind>().notNull(),
    width: integer('width'),
    height: integer('height'),
    durationMs: integer('duration_ms'),
    codec: text('codec'),
    frames: integer('frames'),
    /** Key in the object store; never made from a name that a user chose. */
    storageKey: text('storage_key').notNull(),
    /** thumbhash, base64; null until it is made, and for what has none. */
    placeholder: text('placeholder'),
    /** When the placeholder is to be made (again); null when there is nothing to do. A worker moves it on as its lease. */
    placeholderDue: instant('placeholder_due'),
    /** Tries begun; a picture that ends the process each time is given up. */
    placeholderAttempts: integer('placeholder_attempts').notNull().default(0),
    /** The picture has a right structure but its pixels do not decode. */
    damaged: boolean('damaged').notNull().default(false),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (t) => [
    unique('blobs_content').on(t.mallId, t.sha256).nullsNotDistinct(),
    // In the order of bytes, which is the one in which stores list their keys.
    uniqueIndex('blobs_stored').on(sql`${t.storageKey} collate "C"`),
    index('blobs_placeholder_due').on(t.placeholderDue).where(sql`${t.placeholderDue} is not null`),
  ],
);

/** What people see. `kind`, `size`, `width` and `height` repeat the blob's for sorting and filtering by index. */
export const materials = pgTable(
  'materials',
  {
    id: uuid('id').primaryKey(),
    mallId: integer('mall_id').references(() => malls.id),
    blobId: uuid('blob_id')
      .notNull()
      .references(() => blobs.id),
    kind: text('kind').$type<MediaKind>().notNull(),
    size: bigint('size', { mode: 'number' }).notNull(),
    width: integer('width'),
    height: integer('height'),
    originFilename: text('origin_filename').notNull(),
    /** Path in URLs, after `/files`. */
    basePath: text('base_path').notNull(),
    folder: text('folder').notNull(),
    tags: textList('tags').notNull().default(sql`'{}'`),
    visibility: text('visibility').$type<Visibility>().notNull().default('PUBLIC'),
    source: text('source').$type<MaterialSource>().notNull(),
    /** The place that a crop keeps in sight, 0 to 1 from the left and the top; both are null, or neither. */
    focalX: real('focal_x'),
    focalY: real('focal_y'),
    uploadedBy: integer('uploaded_by').references(() => users.id),
    /** By which the uploader knows the file, to send it again without keeping it twice. */
    uploadId: uuid('upload_id'),
    createdAt: instant('created_at').notNull().defaultNow(),
    updatedAt: instant('updated_at').notNull().defaultNow(),
    /** In the trash since. */
    deletedAt: instant('deleted_at'),
  },
  (t) => [
    uniqueIndex('materials_base_path').on(t.basePath),
    uniqueIndex('materials_upload')
      .on(t.mallId, t.uploadedBy, t.uploadId)
      .where(sql`${t.uploadId} is not null`),
    index('materials_blob').on(t.blobId),
    index('materials_created').on(t.createdAt, t.id).where(sql`${t.deletedAt} is null`),
    index('materials_mall_created').on(t.mallId, t.createdAt, t.id).where(sql`${t.deletedAt} is null`),
    index('materials_mall_name')
      .on(t.mallId, sql`${t.originFilename} collate "C"`, t.id)
      .where(sql`${t.deletedAt} is null`),
    index('materials_mall_size').on(t.mallId, t.size, t.id).where(sql`${t.deletedAt} is null`),
    index('materials_mall_folder')
      .on(t.mallId, sql`${t.folder} collate "C"`)
      .where(sql`${t.deletedAt} is null`),
    index('materials_trash').on(t.deletedAt).where(sql`${t.deletedAt} is not null`),
    index('materials_mall_trash').on(t.mallId, t.createdAt, t.id).where(sql`${t.deletedAt} is not null`),
    check('materials_size', sql`${t.size} > 0`),
    check(
      'materials_focal_point',
      sql`(${t.focalX} is null) = (${t.focalY} is null) and ${t.focalX} between 0 and 1 and ${t.focalY} between 0 and 1`,
    ),
  ],
);

/** Pictures that were fetched from elsewhere, or were to be. A row is there before the first byte is asked for. */
export const imageFetches = pgTable(
  'image_fetches',
  {
    id: uuid('id').primaryKey(),
    purpose: text('purpose').$type<ImageFetchPurpose>().notNull(),
    userId: integer('user_id')
      .notNull()
      .references(() => users.id),
    /** null: an avatar. */
    mallId: integer('mall_id').references(() => malls.id, { onDelete: 'set null' }),
    /** As it was asked for, without credentials. */
    url: text('url').notNull(),
    state: text('state').$type<ImageFetchState>().notNull(),
    /** Of the failure: what the caller was told. */
    errorCode: text('error_code'),
    /** What it became; null when that was purged. */
    materialId: uuid('material_id').references(() => materials.id, { onDelete: 'set null' }),
    /** Bytes of the body that arrived. */
    bytes: bigint('bytes', { mode: 'number' }),
    /** Of the response. */
    etag: text('etag'),
    startedAt: instant('started_at').notNull().defaultNow(),
    finishedAt: instant('finished_at'),
  },
  (t) => [
    index('image_fetches_started').on(t.startedAt, t.id),
    index('image_fetches_mall').on(t.mallId, t.startedAt, t.id),
    index('image_fetches_material').on(t.materialId).where(sql`${t.materialId} is not null`),
    index('image_fetches_running').on(t.userId).where(sql`${t.state} = 'RUNNING'`),
  ],
);

/** Who did what when. Rows are only added, in the transaction of what they tell. */
export const auditEvents = pgTable(
  'audit_events',
  {
    id: uuid('id').primaryKey(),
    at: instant('at').notNull().defaultNow(),
    /** Such as `material.created`. */
    action: text('action').notNull(),
    /** null: the server by itself, or a command. */
    actorId: integer('actor_id').references(() => users.id),
    /** The API token that was used. */
    tokenId: uuid('token_id'),
    /** null: it belongs to no mall. */
    mallId: integer('mall_id').references(() => malls.id, { onDelete: 'set null' }),
    /** What it was done to: the id of a material, a user, a mall … as text. */
    subjectId: text('subject_id'),
    /** Its name at that time. */
    subjectName: text('subject_name'),
    /** What more there is to tell, such as what was changed. */
    data: jsonb('data').$type<Readonly<Record<string, unknown>>>(),
    /** Of the client. */
    address: text('address'),
    requestId: text('request_id'),
  },
  (t) => [
    index('audit_events_at').on(t.at, t.id),
    index('audit_events_mall').on(t.mallId, t.at, t.id),
    index('audit_events_subject').on(t.subjectId, t.at),
  ],
);

/** Reports that are made in the background. */
export const exportJobs = pgTable(
  'export_jobs',
  {
    id: uuid('id').primaryKey(),
    userId: integer('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    report: text('report').notNull(),
    format: text('format').$type<ExportFormat>().notNull(),
    /** As they were asked for: times, mall, language, time zone, filters. */
    parameters: jsonb('parameters').$type<Readonly<Record<string, unknown>>>().notNull(),
    state: text('state').$type<ExportState>().notNull(),
    /** Rows written so far, and of all. */
    rowsDone: bigint('rows_done', { mode: 'number' }).notNull().default(0),
    rowsTotal: bigint('rows_total', { mode: 'number' }),
    /** Of the file so far. */
    bytes: bigint('bytes', { mode: 'number' }).notNull().default(0),
    /** What people see: `<YYYYMMDDHHmmss-ffffff>.xlsx`. */
    filename: text('filename').notNull(),
    storageKey: text('storage_key'),
    errorCode: text('error_code'),
    /** Runs begun: one that was killed is begun again. */
    attempts: integer('attempts').notNull().default(0),
    createdAt: instant('created_at').notNull().defaultNow(),
    startedAt: instant('started_at'),
    finishedAt: instant('finished_at'),
    /** The file is removed then. */
    expiresAt: instant('expires_at').notNull(),
  },
  (t) => [
    index('export_jobs_user').on(t.userId, t.createdAt, t.id),
    index('export_jobs_unfinished').on(t.createdAt).where(sql`${t.state} in ('QUEUED', 'RUNNING')`),
    index('export_jobs_expiry').on(t.expiresAt),
    uniqueIndex('export_jobs_stored').on(sql`${t.storageKey} collate "C"`),
  ],
);

/** Links to reports: whoever has one gets what its maker may see at that time. */
export const downloadTickets = pgTable(
  'download_tickets',
  {
    /** sha256 of the secret in the link, hex. */
    tokenHash: text('token_hash').primaryKey(),
    userId: integer('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    /** API token that made it, with its limits. */
    tokenId: uuid('token_id').references(() => apiTokens.id, { onDelete: 'cascade' }),
    report: text('report').notNull(),
    format: text('format').$type<ExportFormat>().notNull(),
    parameters: jsonb('parameters').$type<Readonly<Record<string, unknown>>>().notNull(),
    /** The finished job whose file it is; null: the report is made when it is asked for. */
    jobId: uuid('job_id').references(() => exportJobs.id, { onDelete: 'cascade' }),
    singleUse: boolean('single_use').notNull(),
    usedAt: instant('used_at'),
    createdAt: instant('created_at').notNull().defaultNow(),
    expiresAt: instant('expires_at').notNull(),
  },
  (t) => [index('download_tickets_expiry').on(t.expiresAt)],
);

/** Addresses of others that are told what happens in a mall. */
export const webhooks = pgTable(
  'webhooks',
  {
    id: uuid('id').primaryKey(),
    mallId: integer('mall_id')
      .notNull()
      .references(() => malls.id, { onDelete: 'cascade' }),
    url: text('url').notNull(),
    /** `whsec_…` (Standard Webhooks); it signs, so it cannot be hashed. */
    secret: text('secret').notNull(),
    /** Actions of the audit trail, such as `material.created`. */
    events: text('events').array().notNull(),
    format: text('format').$type<WebhookFormat>().notNull(),
    enabled: boolean('enabled').notNull().default(true),
    createdBy: integer('created_by').references(() => users.id),
    createdAt: instant('created_at').notNull().defaultNow(),
    updatedAt: instant('updated_at').notNull().defaultNow(),
  },
  (t) => [index('webhooks_mall').on(t.mallId)],
);

/** What is to be told to a webhook, written in the transaction of what it tells. */
export const webhookDeliveries = pgTable(
  'webhook_deliveries',
  {
    /** Also the message's id, the same at each try. */
    id: uuid('id').primaryKey(),
    webhookId: uuid('webhook_id')
      .notNull()
      .references(() => webhooks.id, { onDelete: 'cascade' }),
    event: text('event').notNull(),
    payload: jsonb('payload').$type<Readonly<Record<string, unknown>>>().notNull(),
    state: text('state').$type<WebhookDeliveryState>().notNull(),
    attempts: integer('attempts').notNull().default(0),
    /** Of the last try: HTTP status, if there was an answer, else the reason. */
    responseStatus: integer('response_status'),
    failure: text('failure'),
    durationMs: integer('duration_ms'),
    createdAt: instant('created_at').notNull().defaultNow(),
    /** When it is tried again; null when it is not. */
    dueAt: instant('due_at'),
    finishedAt: instant('finished_at'),
  },
  (t) => [
    index('webhook_deliveries_webhook').on(t.webhookId, t.createdAt, t.id),
    index('webhook_deliveries_due').on(t.dueAt).where(sql`${t.state} = 'PENDING'`),
  ],
);
