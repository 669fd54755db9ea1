import { type UserCredentials as Credentials, createUser } from '../../../services/user/create-user.ts';
import { getUser } from '../../../services/user/get-user.ts';
import { listUsers } from '../../../services/user/list-users.ts';
import { resetPassword } from '../../../services/user/reset-password.ts';
import { updateUser } from '../../../services/user/update-user.ts';
import { builder } from '../builder.ts';
import { toConnection } from '../connection.ts';
import { User, UserRole } from './user.ts';

const UserCredentials = builder.objectRef<Credentials>('UserCredentials').implement({
  description: 'A user who has to change the password at the next login.',
  fields: (t) => ({
    user: t.expose('user', { type: User, description: 'Who it is.' }),
    generatedPassword: t.string({
      nullable: true,
      description: 'Shown only now; null when the password was given.',
      resolve: ({ generatedPassword }) => generatedPassword ?? null,
    }),
  }),
});

builder.queryField('users', (t) =>
  t.connection(
    {
      type: User,
      description: 'All users, the oldest accounts first, in pages of at most 100. For administrators.',
      args: { search: t.arg.string({ description: 'Part of the user name, in any case.' }) },
      resolve: async (_root, args, { ctx }) => toConnection(await listUsers(ctx, args)),
    },
    {
      name: 'UserConnection',
      description: 'A page of users (GraphQL Cursor Connections).',
      fields: (connection) => ({
        totalCount: connection.int({
          description: 'Of all pages; counted only when asked for.',
          resolve: ({ page }) => page.count(),
        }),
      }),
    },
    { name: 'UserEdge', description: 'A user and their place in the list.' },
  ),
);

builder.queryField('user', (t) =>
  t.field({
    type: User,
    nullable: true,
    description:
      'One user, or null when there is none that one may look up: others than administrators only themselves.',
    args: { id: t.arg.int({ required: true, description: "The user's number." }) },
    resolve: (_root, { id }, { ctx }) => getUser(ctx, id),
  }),
);

builder.mutationField('createUser', (t) =>
  t.field({
    type: UserCredentials,
    description: 'Makes a user, who must change the password at the first login. For administrators.',
    args: {
      username: t.arg.string({ required: true, description: '1 to 100 characters.' }),
      password: t.arg.string({ description: '8 to 1,000 characters; by default one is made.' }),
      role: t.arg({ type: UserRole, required: true, description: 'What the user may do.' }),
    },
    resolve: (_root, args, { ctx }) => createUser(ctx, args),
  }),
);

builder.mutationField('updateUser', (t) =>
  t.field({
    type: User,
    description: "Changes a user and ends the user's sessions. For administrators; the last one stays one.",
    args: {
      id: t.arg.int({ required: true, description: "The user's number." }),
      username: t.arg.string({ description: '1 to 100 characters; by default as it is.' }),
      role: t.arg({ type: UserRole, description: 'By default as it is.' }),
      disabled: t.arg.boolean({ description: 'Whether the user cannot log in; by default as it is.' }),
    },
    resolve: (_root, { id, ...changes }, { ctx }) => updateUser(ctx, { userId: id, ...changes }),
  }),
);

builder.mutationField('resetPassword', (t) =>
  t.field({
    type: UserCredentials,
    description:
      "Gives a user a new password, which they must change at the next login, and ends the user's sessions. For administrators.",
    args: {
      userId: t.arg.int({ required: true, description: "The user's number." }),
      newPassword: t.arg.string({ description: '8 to 1,000 characters; by default one is made.' }),
    },
    resolve: (_root, args, { ctx }) => resetPassword(ctx, args),
  }),
);
