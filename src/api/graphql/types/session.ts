import type { SessionSummary } from '../../../adapters/session/session-backend.ts';
import { listSessions } from '../../../services/account/list-sessions.ts';
import { logOutEverywhere } from '../../../services/account/log-out-everywhere.ts';
import { revokeSession } from '../../../services/account/revoke-session.ts';
import { builder } from '../builder.ts';

const Session = builder.objectRef<SessionSummary>('Session').implement({
  description: 'A browser or program in which the user is logged in.',
  fields: (t) => ({
    id: t.exposeID('idHash', { description: 'For `revokeSession`; nobody can log in with it.' }),
    current: t.boolean({
      description: 'Whether this request came in it.',
      resolve: ({ idHash }, _args, { session }) => session.id === idHash,
    }),
    userAgent: t.exposeString('agent', { description: 'What the browser called itself at the login.' }),
    address: t.exposeString('address', { description: 'IP address of the login.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the user logged in.' }),
    lastSeenAt: t.expose('lastSeenAt', {
      type: 'DateTime',
      description: 'Of its latest request, to within a minute.',
    }),
  }),
});

builder.queryField('sessions', (t) =>
  t.field({
    type: [Session],
    description: "The user's sessions, newest first.",
    resolve: (_root, _args, { ctx }) => listSessions(ctx),
  }),
);

builder.mutationField('revokeSession', (t) =>
  t.boolean({
    description: "Ends one of the user's sessions, on every instance at once.",
    args: { id: t.arg.id({ required: true, description: 'As in `sessions`.' }) },
    resolve: async (_root, { id }, { ctx, session }) => {
      await revokeSession(ctx, id);
      if (id === session.id) session.end();
      return true;
    },
  }),
);

builder.mutationField('logoutEverywhere', (t) =>
  t.boolean({
    description: 'Ends every session of the user, this one too. API tokens stay.',
    resolve: async (_root, _args, { ctx, session }) => {
      await logOutEverywhere(ctx);
      session.end();
      return true;
    },
  }),
);
