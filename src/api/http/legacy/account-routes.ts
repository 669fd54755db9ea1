import type { Handler } from 'hono';
import { z } from 'zod';
import { logIn } from '../../../services/account/log-in.ts';
import { createCtx, type HttpEnv } from '../env.ts';
import { readBody } from '../rest/read-body.ts';
import type { RestRoute } from '../rest/route.ts';
import { success } from './envelope.ts';

export const loginDefinition = {
  method: 'POST',
  path: '/login',
  id: 'login',
  tag: 'Legacy',
  summary: 'Begins a session',
  caller: 'EVERYBODY',
  isLegacy: true,
  body: {
    values: z.object({ username: z.string(), password: z.string().meta({ format: 'password' }) }),
    refusal: 'INVALID_CREDENTIALS',
  },
  answers: {
    200: {
      description: 'The session has begun.',
      schema: z.object({ user_id: z.int(), username: z.string() }),
      headers: { 'Set-Cookie': 'The session.' },
    },
  },
  errors: ['INVALID_CREDENTIALS', 'RATE_LIMITED'],
} as const satisfies RestRoute;

export const logoutDefinition = {
  method: 'POST',
  path: '/logout',
  id: 'logout',
  tag: 'Legacy',
  summary: 'Ends the session',
  description: 'Who has none is answered the same. A body is passed over.',
  caller: 'EVERYBODY',
  isLegacy: true,
  answers: { 200: { description: 'There is no session any more.' } },
  errors: ['FORBIDDEN'],
} as const satisfies RestRoute;

/** `POST /login` with `username` and `password`. */
export const loginRoute: Handler<HttpEnv> = async (c) => {
  const session = c.get('sessionHandle');
  const login = await logIn(createCtx(c, null), await readBody(loginDefinition.body, c.req.raw));
  session.begin(login);
  const { actor } = login;
  c.set('actor', actor);
  return success(c, { user_id: actor.userId, username: actor.username });
};

/** `POST /logout`. */
export const logoutRoute: Handler<HttpEnv> = async (c) => {
  c.get('sessionHandle').end();
  return success(c);
};
