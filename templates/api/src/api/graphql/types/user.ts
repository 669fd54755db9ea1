import { logIn } from '../../../services/account/log-in.ts';
import type { Actor } from '../../../services/context.ts';
import { builder } from '../builder.ts';

const User = builder.objectRef<Actor>('User').implement({
  description: 'Somebody who can log in.',
  fields: (t) => ({
    id: t.exposeInt('userId'),
    username: t.exposeString('username'),
  }),
});

builder.queryField('me', (t) =>
  t.field({
    type: User,
    nullable: true,
    description: 'The user that is logged in, or null.',
    resolve: (_root, _args, { ctx }) => ctx.actor,
  }),
);

builder.mutationFields((t) => ({
  login: t.field({
    type: User,
    description: 'Begins a session; its cookie comes with the answer.',
    args: { username: t.arg.string({ required: true }), password: t.arg.string({ required: true }) },
    resolve: async (_root, args, { ctx, session }) => {
      const actor = await logIn(ctx, args);
      session.begin(actor);
      return actor;
    },
  }),
  logout: t.boolean({
    description: 'Ends the session.',
    resolve: (_root, _args, { session }) => {
      session.end();
      return true;
    },
  }),
}));
