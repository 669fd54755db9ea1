import { type AuditSource, recordEvents } from '../audit/record-events.ts';
import { userSubject } from '../audit/user-events.ts';
import type { Services } from '../context.ts';
import type { UserRecord } from './get-me.ts';

interface Failure {
  readonly user: Pick<UserRecord, 'id' | 'username'> | undefined;
  readonly source: Required<Pick<AuditSource, 'address' | 'requestId'>>;
}

/** ms */
const DELAY = 1000;

/**
 * Logins that failed, on their way to the audit trail: of accounts that exist, which the limit of tries keeps few. They
 * are written some time after the answer, which so takes as long for a name that nobody has.
 */
export class LoginFailures {
  readonly #services: Pick<Services, 'db' | 'log'>;
  #waiting: Failure[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(services: Pick<Services, 'db' | 'log'>) {
    this.#services = services;
  }

  add(failure: Failure): void {
    this.#waiting.push(failure);
    this.#timer ??= setTimeout(() => this.#write(), DELAY);
  }

  /** Writes what waits. */
  async close(): Promise<void> {
    this.#write();
    await this.#writing;
  }

  #write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const failures = this.#waiting.splice(0);
    this.#writing = this.#writing.then(() => this.#record(failures));
  }

  async #record(failures: readonly Failure[]): Promise<void> {
    const { db, log } = this.#services;
    try {
      for (const { user, source } of failures) {
        if (user) await recordEvents(db, source, [userSubject('user.login-failed', user)]);
      }
    } catch (error) {
      log.warn({ err: error }, 'logins that failed are missing in the audit trail');
    }
  }
}
