import { canSeeAccount } from '../../../services/access.ts';
import { changePassword } from '../../../services/account/change-password.ts';
import { getMe, type UserRecord } from '../../../services/account/get-me.ts';
import { logIn } from '../../../services/account/log-in.ts';
import type { Actor, Ctx } from '../../../services/context.ts';
import type { MaterialRecord } from '../../../services/material/record.ts';
import { builder } from '../builder.ts';

export const UserRole = builder.enumType('UserRole', {
  description: 'What somebody may do: everything, or what their memberships of malls allow.',
  values: ['ADMIN', 'MEMBER'] as const,
});

/** A user as far as it is known without asking the database, as a session has its own. */
export type UserFacts = Pick<UserRecord, 'id' | 'username' | 'role' | 'mustChangePassword' | 'disabledAt'> &
  Partial<Pick<UserRecord, 'createdAt' | 'avatarId'>> & {
    /** The one that was set just now: by now another one may have taken its place. */
    readonly avatar?: MaterialRecord;
  };

export const User = builder.objectRef<UserFacts>('User').implement({
  description: 'Somebody who can log in.',
  fields: (t) => ({
    id: t.exposeInt('id', { description: 'A number, as in the filter `uploadedBy`.' }),
    username: t.exposeString('username', {
      description: 'The name to log in with; upper and lower case are the same.',
    }),
    role: t.expose('role', { type: UserRole, description: 'What the user may do.' }),
    mustChangePassword: t.boolean({
      nullable: true,
      description: 'The password was chosen by somebody else. Only administrators and the user see it.',
      resolve: (user, _args, { session }) =>
        canSeeAccount(session.actor, user.id) ? user.mustChangePassword : null,
    }),
    disabled: t.boolean({
      nullable: true,
      description: 'The user cannot log in. Only administrators and the user see it.',
      resolve: (user, _args, { session }) =>
        canSeeAccount(session.actor, user.id) ? user.disabledAt !== null : null,
    }),
    createdAt: t.field({
      type: 'DateTime',
      description: 'When the account was made.',
      // Only of the own user it may be unknown.
      resolve: async (user, _args, { ctx }) => user.createdAt ?? (await ownRecord(ctx)).createdAt,
    }),
  }),
});

const LoginResult = builder.objectRef<{ user: UserFacts }>('LoginResult').implement({
  description: 'A login that succeeded.',
  fields: (t) => ({
    user: t.field({ type: User, description: 'Who is logged in now.', resolve: ({ user }) => user }),
  }),
});

builder.queryField('me', (t) =>
  t.field({
    type: User,
    nullable: true,
    description: 'The user that is logged in, or null.',
    resolve: (_root, _args, { ctx: { actor } }) => actor && factsOf(actor),
  }),
);

builder.mutationField('login', (t) =>
  t.field({
    type: LoginResult,
    description: 'Begins a session; its cookie comes with the answer.',
    args: {
      username: t.arg.string({ required: true, description: 'In any case.' }),
      password: t.arg.string({ required: true, description: 'At most 1,000 characters.' }),
    },
    resolve: async (_root, args, { ctx, session }) => {
      const login = await logIn(ctx, args);
      session.begin(login);
      return { user: await ownRecord({ ...ctx, actor: login.actor }) };
    },
  }),
);

builder.mutationField('logout', (t) =>
  t.boolean({
    description: 'Ends the session.',
    resolve: (_root, _args, { session }) => {
      session.end();
      return true;
    },
  }),
);

builder.mutationField('changePassword', (t) =>
  t.field({
    type: User,
    description: 'Ends every session of the user and begins a new one for the caller.',
    args: {
      currentPassword: t.arg.string({
        required: true,
        description: 'Asked again, so that an open session alone is not enough.',
      }),
      newPassword: t.arg.string({ required: true, description: '8 to 1,000 characters.' }),
    },
    resolve: async (_root, args, { ctx, session }) => {
      session.begin(await changePassword(ctx, args));
      return await ownRecord(ctx);
    },
  }),
);

function factsOf({ userId: id, username, role, mustChangePassword }: Actor): UserFacts {
  // Who is disabled has no session.
  return { id, username, role, mustChangePassword, disabledAt: null };
}

export async function ownRecord(ctx: Ctx): Promise<UserRecord> {
  const user = await getMe(ctx);
  if (!user) throw new Error('the user has gone meanwhile');
  return user;
}
