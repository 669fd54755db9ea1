import type { LockedMaterial } from '../material/change-materials.ts';
import type { MaterialAction } from '../material/changes.ts';
import type { MaterialRecord } from '../material/record.ts';
import { changesOf } from './changes.ts';
import type { AuditAction, AuditEvent } from './record-events.ts';

type Described = Pick<
  MaterialRecord,
  'originFilename' | 'folder' | 'tags' | 'visibility' | 'focalX' | 'focalY'
>;

const ACTIONS = {
  CREATED: 'material.created',
  UPDATED: 'material.updated',
  TRASHED: 'material.deleted',
  RESTORED: 'material.restored',
  PURGED: 'material.purged',
} as const satisfies Record<Exclude<MaterialAction, 'REFRESH'>, AuditAction>;

/**
 * What a change of materials leaves in the audit trail: nothing for one that is described as it was before.
 * @param records as they are now; purged ones as they were.
 */
export function materialEvents(
  action: Exclude<MaterialAction, 'REFRESH'>,
  changed: readonly LockedMaterial[],
  records: ReadonlyMap<string, MaterialRecord>,
): AuditEvent[] {
  return changed.flatMap((before) => {
    const { id, mallId, originFilename } = before;
    const after = records.get(id);
    const event = {
      action: ACTIONS[action],
      mallId,
      subjectId: id,
      subjectName: originFilename,
      ...(after && { material: after }),
    };
    if (action !== 'UPDATED') return [event];
    const changes = after && changesOf(described(before), described(after));
    return changes ? [{ ...event, subjectName: after.originFilename, changes }] : [];
  });
}

function described({ originFilename, folder, tags, visibility, focalX, focalY }: Described) {
  const focalPoint = focalX === null ? null : { x: focalX, y: focalY };
  return { originFilename, folder, tags, visibility, focalPoint };
}
