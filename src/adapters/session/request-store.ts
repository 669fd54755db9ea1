import type { SessionData, Store } from 'hono-sessions';
import type { SessionBackend, SessionContent } from './session-backend.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * The store that hono-sessions sees during one request. It keeps nothing for visitors, hashes ids, and remembers that
 * the backend failed, which hono-sessions would take for 'not logged in'.
 */
export class RequestStore implements Store {
  readonly #backend: SessionBackend;
  /** Told how long the backend took. */
  readonly #onRead: (seconds: number) => void;
  /** Of the session that the request came with. */
  idHash: string | undefined;
  failure: unknown;
  /** Asked after a session began: whether it still may. A rejection takes it back and is the request's answer. */
  confirm: (() => Promise<void>) | undefined;

  constructor(backend: SessionBackend, onRead: (seconds: number) => void = () => {}) {
    this.#backend = backend;
    this.#onRead = onRead;
  }

  async getSessionById(sessionId?: string): Promise<SessionData | undefined> {
    if (!sessionId || !UUID.test(sessionId)) return undefined;
    const started = performance.now();
    try {
      const idHash = hashOf(sessionId);
      const content = await this.#backend.read(idHash);
      if (content) this.idHash = idHash;
      return content && sessionData(content);
    } catch (error) {
      this.failure = error;
      throw error;
    } finally {
      this.#onRead((performance.now() - started) / 1000);
    }
  }

  /** Called for every visitor with nothing in it, and with content when the id is rotated at login. */
  async createSession(sessionId: string, data: SessionData): Promise<void> {
    const content = contentOf(data);
    if (!content) return;
    const idHash = hashOf(sessionId);
    await this.#backend.create(idHash, content);
    try {
      await this.confirm?.();
      if (this.idHash) await this.#backend.remove(this.idHash);
    } catch (error) {
      await this.#backend.remove(idHash);
      throw error;
    }
  }

  /** A session's content never changes under its id, so a request that ends after a logout revives nothing. */
  async persistSessionData(): Promise<void> {}

  async deleteSession(): Promise<void> {
    // Where another begins, this one stays until that is kept: a login that fails must not log anybody out.
    if (this.idHash && !this.confirm) await this.#backend.remove(this.idHash);
  }
}

function sessionData(content: SessionContent): SessionData {
  return {
    _data: { content: { value: content, flash: false } },
    _expire: null,
    _delete: false,
    _accessed: null,
  };
}

function contentOf(data: SessionData): SessionContent | undefined {
  return data._data.content?.value as SessionContent | undefined;
}

function hashOf(sessionId: string): string {
  return new Bun.CryptoHasher('sha256').update(sessionId).digest('hex');
}
