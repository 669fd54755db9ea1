import type { MallRole } from '../../adapters/db/schema.ts';
import type { UserRecord } from '../account/get-me.ts';
import type { AuditEvent } from './record-events.ts';

interface MemberChange {
  readonly mallId: number;
  readonly user: Pick<UserRecord, 'id' | 'username'>;
  /** null: they were, or are, no member. */
  readonly before: MallRole | null;
  readonly after: MallRole | null;
}

/** What another role of a user in a mall leaves in the audit trail. */
export function memberEvent({ mallId, user, before, after }: MemberChange): AuditEvent {
  return {
    action: after === null ? 'member.removed' : 'member.set',
    mallId,
    subjectId: user.id,
    subjectName: user.username,
    changes: { role: { before, after } },
  };
}
