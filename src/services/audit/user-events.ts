import type { UserRecord } from '../account/get-me.ts';
import { changesOf } from './changes.ts';
import type { AuditAction, AuditEvent, AuditSource } from './record-events.ts';

/** What a change of a user leaves in the audit trail. */
export function userEvents(source: AuditSource, before: UserRecord, after: UserRecord): AuditEvent[] {
  const changes = changesOf(described(before), described(after));
  const event = (action: AuditAction, more: Partial<AuditEvent> = {}): AuditEvent => ({
    ...userSubject(action, after),
    ...more,
  });
  const isOwn = source.actor?.userId === after.id;
  return [
    ...(changes ? [event('user.updated', { changes })] : []),
    ...((before.disabledAt === null) === (after.disabledAt === null)
      ? []
      : [event(after.disabledAt === null ? 'user.enabled' : 'user.disabled')]),
    ...(before.passwordHash === after.passwordHash
      ? []
      : [event(isOwn ? 'user.password-changed' : 'user.password-reset')]),
  ];
}

/** An event about a user, in no mall. */
export function userSubject(
  action: AuditAction,
  { id, username }: Pick<UserRecord, 'id' | 'username'>,
): AuditEvent {
  return { action, mallId: null, subjectId: id, subjectName: username };
}

function described({ username, role }: UserRecord) {
  return { username, role };
}
