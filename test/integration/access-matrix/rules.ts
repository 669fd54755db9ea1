import { type Access, forAll, ofMall, ofSessions } from './access.ts';
import type { Target, World } from './world.ts';

export interface Rule {
  readonly document: string;
  readonly access: Access;
  /** Without it the field is about nothing of a mall, and asked once. */
  readonly variables?: (target: Target, world: World) => object | Promise<object>;
  /** The session of the caller is over afterwards. */
  readonly endsSession?: true;
}

/** A rule for each root field of the schema: a new field without one fails the test. */
export const rules: Readonly<Record<string, Rule>> = {
  'Query.me': {
    document: '{ me { id } }',
    access: forAll('ok', { visitor: 'null' }),
  },
  'Query.mall': {
    document: 'query ($mallId: Int!) { mall(id: $mallId) { id name } }',
    variables: ({ mallId }) => ({ mallId }),
    access: ofMall('READ', 'viewer', 'null'),
  },
  'Query.malls': {
    document: '{ malls { id } }',
    access: ofMall('READ', 'viewer', 'empty'),
  },
  'Query.material': {
    document: 'query ($materialId: ID!) { material(id: $materialId) { id mall { id } uploadedBy { id } } }',
    variables: ({ materialId }) => ({ materialId }),
    access: ofMall('READ', 'viewer', 'null'),
  },
  'Query.materials': {
    document: 'query ($mallId: Int!) { materials(mallId: $mallId) { totalCount edges { node { id } } } }',
    variables: ({ mallId }) => ({ mallId }),
    access: ofMall('READ', 'viewer', 'empty'),
  },
  'Query.sessions': {
    document: '{ sessions { id } }',
    access: ofSessions(),
  },
  'Query.apiTokens': {
    document: '{ apiTokens { id } }',
    access: (role) => {
      const access = ofSessions()(role, 'own');
      // Two of the roles have made the tokens of the others.
      return access === 'ok' && role !== 'owner' && role !== 'admin' ? 'empty' : access;
    },
  },
  'Mutation.login': {
    document: `mutation ($username: String!) {
      login(username: $username, password: "no such password") { user { id } }
    }`,
    variables: () => ({ username: crypto.randomUUID() }),
    access: forAll('INVALID_CREDENTIALS'),
  },
  'Mutation.logout': {
    document: 'mutation { logout }',
    access: (role) => (role.endsWith('Token') ? 'FORBIDDEN' : 'ok'),
    endsSession: true,
  },
  'Mutation.logoutEverywhere': {
    document: 'mutation { logoutEverywhere }',
    access: ofSessions(true),
    endsSession: true,
  },
  'Mutation.changePassword': {
    document: `mutation ($old: String!) {
      changePassword(currentPassword: $old, newPassword: "another password, also for tests") { id }
    }`,
    variables: (_target, world) => ({ old: world.password }),
    // The administrator has another one.
    access: (role) => (role === 'admin' ? 'INVALID_CREDENTIALS' : ofSessions(true)(role, 'own')),
    endsSession: true,
  },
  'Mutation.revokeSession': {
    document: 'mutation ($id: ID!) { revokeSession(id: $id) }',
    // Of somebody else, whoever asks.
    variables: async ({ username }, world) => {
      const [session] = await world.sql`
        select id_hash from sessions join users on users.id = user_id where username = ${username} limit 1`;
      return { id: session?.id_hash ?? '0'.repeat(64) };
    },
    access: (role) => {
      const access = ofSessions()(role, 'own');
      return access === 'ok' ? 'NOT_FOUND' : access;
    },
  },
  'Mutation.createApiToken': {
    document:
      'mutation ($mallId: Int) { createApiToken(name: "made", scopes: READ, mallId: $mallId) { token } }',
    variables: ({ mallId }) => ({ mallId }),
    access: (role, reach) =>
      role.endsWith('Token') ? 'FORBIDDEN' : ofMall('READ', 'viewer', 'NOT_FOUND')(role, reach),
  },
  'Mutation.revokeApiToken': {
    document: 'mutation ($id: ID!) { revokeApiToken(id: $id) }',
    variables: async ({ userId }, world) => {
      const id = Bun.randomUUIDv7();
      const [user] = await world.sql`select id from users where id = ${userId}`;
      if (user) {
        await world.sql`insert into api_tokens (id, user_id, name, token_hash, scopes)
          values (${id}, ${userId}, 'of somebody else', ${id}, '{READ}')`;
      }
      return { id };
    },
    access: (role) => {
      const access = ofSessions()(role, 'own');
      return access === 'ok' ? 'NOT_FOUND' : access;
    },
  },
  'Mutation.uploadMaterials': {
    document: 'mutation ($mallId: Int!) { uploadMaterials(mallId: $mallId, files: []) { __typename } }',
    variables: ({ mallId }) => ({ mallId }),
    access: (role, reach) => {
      const access = ofMall('WRITE', 'editor', 'NOT_FOUND')(role, reach);
      return access === 'ok' ? 'empty' : access;
    },
  },
  'Subscription.materialsChanged': {
    document: 'subscription ($mallId: Int!) { materialsChanged(mallId: $mallId) { action } }',
    variables: ({ mallId }) => ({ mallId }),
    access: ofMall('READ', 'viewer', 'NOT_FOUND'),
  },
};

/** Fields that lead from one object to another, and why nobody gets further by them than they may. */
export const links: Readonly<Record<string, string>> = {
  'ApiToken.mall': "the token is the user's own",
  'LoginResult.user': 'the user who logged in',
  'Material.mall': 'who sees a material sees its mall',
  'Material.uploadedBy': 'id and name only; what else a user has is null for others',
  'MaterialConnection.edges': 'the rows of the list',
  'MaterialConnection.pageInfo': 'no object of its own',
  'MaterialEdge.node': 'the rows of the list',
  'MaterialsChange.materials': 'looked up with the rights of the subscriber',
  'NewApiToken.apiToken': "the token is the user's own",
};
