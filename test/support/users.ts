import { Client } from './client.ts';

export interface TestUser {
  readonly id: number;
  readonly username: string;
  readonly password: string;
  /** Logged in. */
  readonly client: Client;
}

interface Wishes {
  readonly role?: 'ADMIN' | 'MEMBER';
  /** In malls, by their ids. */
  readonly malls?: Readonly<Record<number, 'OWNER' | 'EDITOR' | 'VIEWER'>>;
}

/** Makes a user who has changed the first password and is logged in. */
export async function newUser(
  admin: Client,
  { role = 'MEMBER', malls = {} }: Wishes = {},
): Promise<TestUser> {
  const username = `user-${crypto.randomUUID()}`;
  const { createUser } = await admin.data<{
    createUser: { generatedPassword: string; user: { id: number } };
  }>(
    'mutation ($username: String!, $role: UserRole!) { createUser(username: $username, role: $role) { generatedPassword user { id } } }',
    { username, role },
  );
  const { generatedPassword, user } = createUser;
  const client = await Client.loggedIn(admin.url, { username, password: generatedPassword });
  const password = `${username} of ${user.id}`;
  await client.data(
    'mutation ($old: String!, $new: String!) { changePassword(currentPassword: $old, newPassword: $new) { id } }',
    { old: generatedPassword, new: password },
  );
  for (const [mallId, mallRole] of Object.entries(malls)) {
    await setMember(admin, Number(mallId), user.id, mallRole);
  }
  return { id: user.id, username, password, client };
}

export async function newMall(admin: Client, name = 'a mall'): Promise<number> {
  const made = await admin.data<{ createMall: { id: number } }>(
    'mutation ($name: String!) { createMall(name: $name) { id } }',
    { name },
  );
  return made.createMall.id;
}

export async function setMember(client: Client, mallId: number, userId: number, role: string): Promise<void> {
  await client.data(
    'mutation ($mallId: Int!, $userId: Int!, $role: MallRole!) { setMallMember(mallId: $mallId, userId: $userId, role: $role) { role } }',
    { mallId, userId, role },
  );
}

/** The code with which an operation fails, or `OK`. */
export async function outcomeOf(client: Client, query: string, variables: object = {}): Promise<string> {
  const { errors } = await client.graphql(query, variables);
  return errors?.[0]?.extensions.code ?? 'OK';
}

export async function isLoggedIn(client: Client): Promise<boolean> {
  return (await client.data('{ me { id } }')).me !== null;
}
