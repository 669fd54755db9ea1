import type { Handler } from 'hono';
import { AppError } from '../../../errors.ts';
import { logIn } from '../../../services/account/log-in.ts';
import { createCtx, type HttpEnv } from '../env.ts';
import { success } from './envelope.ts';
import { readValues } from './values.ts';

/** `POST /login` with `username` and `password`. */
export const loginRoute: Handler<HttpEnv> = async (c) => {
  const session = c.get('sessionHandle');
  const { username, password } = await readValues(c.req.raw);
  if (typeof username !== 'string' || typeof password !== 'string') throw new AppError('INVALID_CREDENTIALS');
  const login = await logIn(createCtx(c, null), { username, password });
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
