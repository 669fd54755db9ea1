import { join } from 'node:path';
import { CONSOLE_PAGES } from '../../../src/api/http/console-routes.ts';
import { fixture } from '../../support/client.ts';
import { projectRoot } from '../../support/stockroom.ts';
import { type Access, forAll, ofAdmins, ofMall, ofOneUser, ofReaders, ofSessions } from './access.ts';
import type { Target } from './world.ts';

export interface RouteRule {
  readonly request: (target: Target) => Promise<readonly [path: string, init?: RequestInit]>;
  readonly access: Access;
  readonly endsSession?: true;
}

const json = (body: object): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

async function form(field: string): Promise<RequestInit> {
  const body = new FormData();
  body.set(field, await fixture('tiny.gif'));
  return { method: 'POST', body };
}

async function consoleScript(): Promise<string> {
  const { assets } = await Bun.file(join(projectRoot, 'dist/console/manifest.json')).json();
  return Object.keys(assets).find((name) => name.endsWith('.js')) ?? 'missing';
}

const uploadBatch: RouteRule['access'] = ofMall('WRITE', 'editor', 'NOT_FOUND');
const files: Access = (_role, reach) => (reach === 'absent' ? 'NOT_FOUND' : 'ok');

/** A rule for each route: a new one without fails the test. What answers other methods is covered by its route. */
export const routeRules: Readonly<Record<string, RouteRule>> = {
  ...Object.fromEntries(
    CONSOLE_PAGES.map((path) => [
      `GET ${path}`,
      { request: async () => [path.replace('*', '1')] as const, access: forAll('ok') },
    ]),
  ),
  'GET /assets/:name': {
    request: async () => [`/assets/${await consoleScript()}`],
    access: forAll('ok'),
  },
  'GET /healthz': { request: async () => ['/healthz'], access: forAll('ok') },
  'GET /readyz': { request: async () => ['/readyz'], access: forAll('ok') },
  'GET /metrics': {
    // As a proxy on this machine asks for somebody else.
    request: async () => ['/metrics', { headers: { 'x-forwarded-for': '192.0.2.1' } }],
    access: ofAdmins('READ', 'ok'),
  },
  'GET /schema.graphql': { request: async () => ['/schema.graphql'], access: forAll('ok') },
  'GET /openapi.json': { request: async () => ['/openapi.json'], access: forAll('ok') },
  'GET /reference': { request: async () => ['/reference'], access: forAll('ok') },
  'GET /reference/:file': { request: async () => ['/reference/start.js'], access: forAll('ok') },
  'GET /files/*': { request: async ({ basePath }) => [`/files${basePath}`], access: files },
  'GET /malls/:mallId{[0-9]+}/materials.zip': {
    request: async ({ mallId, materialId }) => [`/malls/${mallId}/materials.zip?id=${materialId}`],
    access: ofMall('READ', 'viewer', 'NOT_FOUND'),
  },
  'GET /qr.svg': { request: async () => ['/qr.svg?text=a'], access: ofReaders() },
  'GET /qr.png': { request: async () => ['/qr.png?text=a'], access: ofReaders() },
  'GET /exports/jobs/:id': {
    request: async ({ exportJobId }) => [`/exports/jobs/${exportJobId}`],
    access: ofOneUser('READ', 'NOT_FOUND'),
  },
  'GET /exports/:file': {
    request: async ({ mallId }) => [
      `/exports/materials.csv?mallId=${mallId}&startTime=2026-01-01&endTime=2099-12-31`,
    ],
    access: ofMall('READ', 'viewer', 'NOT_FOUND'),
  },
  'GET /graphql': {
    request: async ({ materialId }) => [
      `/graphql?query=${encodeURIComponent(`{ material(id: "${materialId}") { id } }`)}`,
    ],
    access: ofMall('READ', 'viewer', 'null'),
  },
  'POST /graphql': {
    request: async ({ materialId }) => [
      '/graphql',
      json({ query: `{ material(id: "${materialId}") { id } }` }),
    ],
    access: ofMall('READ', 'viewer', 'null'),
  },
  'POST /login': {
    request: async () => ['/login', json({ username: crypto.randomUUID(), password: 'no such password' })],
    access: forAll('INVALID_CREDENTIALS'),
  },
  'POST /logout': {
    request: async () => ['/logout', { method: 'POST' }],
    access: (role) => (role.endsWith('Token') ? 'FORBIDDEN' : 'ok'),
    endsSession: true,
  },
  'POST /avatar': {
    request: async () => ['/avatar', json({ avatarUrl: 'http://127.0.0.1:1/' })],
    access: (role, reach) => {
      const access = ofSessions()(role, reach);
      return access === 'ok' ? 'AVATAR_DOWNLOAD_FAILED' : access;
    },
  },
  'POST /report/export': {
    request: async ({ mallId }) => [
      '/report/export',
      json({ report: 'activity', mall_id: mallId, start_time: '2026-01-01', end_time: '2099-12-31' }),
    ],
    access: ofMall('MANAGE', 'owner', 'NOT_FOUND'),
  },
  'POST /malls/:mall_id{[0-9]+}/upload_batch': {
    request: async ({ mallId }) => [`/malls/${mallId}/upload_batch`, await form('a')],
    access: uploadBatch,
  },
  'POST /:mall_id{[0-9]+}/upload_batch': {
    request: async ({ mallId }) => [`/${mallId}/upload_batch`, await form('a')],
    access: uploadBatch,
  },
  'POST /cms/template': {
    request: async () => ['/cms/template', await form('img')],
    access: (role) => {
      if (role === 'visitor') return 'LOGIN_REQUIRED';
      if (role === 'fresh') return 'PASSWORD_CHANGE_REQUIRED';
      return role === 'admin' ? 'ok' : 'FORBIDDEN';
    },
  },
};
