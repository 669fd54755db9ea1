import type { Handler, Hono, MiddlewareHandler } from 'hono';
import type { HttpEnv } from '../env.ts';
import { methodNotAllowed } from '../pages.ts';
import type { RestRoute } from './route.ts';

/** Mounts REST routes and knows them all, so that none is left out of the document. */
export class RestRoutes {
  readonly #app: Hono<HttpEnv>;
  readonly #routes: RestRoute[] = [];

  constructor(app: Hono<HttpEnv>) {
    this.#app = app;
  }

  /** In the order in which they were added. */
  get all(): readonly RestRoute[] {
    return this.#routes;
  }

  add(route: RestRoute, ...handlers: (Handler<HttpEnv> | MiddlewareHandler<HttpEnv>)[]): void {
    this.#app.on(route.method, [route.path], ...handlers);
    this.#routes.push(route);
  }

  /** Other methods than GET and HEAD, of what can only be read, are 405. Comes after all have been added. */
  refuseOtherMethods(): void {
    for (const { method, path } of this.#routes) if (method === 'GET') this.#app.all(path, methodNotAllowed);
  }
}
