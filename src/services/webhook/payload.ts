import { bounded } from '../audit/bounded.ts';
import type { AuditEvent, AuditSource } from '../audit/record-events.ts';
import type { Services } from '../context.ts';
import { fileUrl } from '../material/file-url.ts';
import type { MaterialRecord } from '../material/record.ts';

/** A mall as receivers see it. */
export interface ToldMall {
  readonly id: number;
  readonly name: string;
}

/** As it is kept: what the configuration decides is added when it is sent. */
type Payload = Readonly<Record<string, unknown>>;

/** What a webhook is told of an event: the state at this time. */
export function payloadOf(event: AuditEvent, { actor }: AuditSource, mall: ToldMall, at: Date): Payload {
  const { action, material, changes, data, subjectId, subjectName } = event;
  return {
    type: action,
    timestamp: at.toISOString(),
    data: {
      mall,
      ...(material && { material: describeMaterial(material) }),
      ...(changes && { changes: bounded(changes) }),
      ...(action === 'export.finished' && { export: { ...data, id: subjectId, filename: subjectName } }),
      ...(action === 'quota.near' && { quota: data }),
      actor: actor ? { id: actor.userId, username: actor.username } : null,
    },
  };
}

/** The payload whole, as it is sent and shown. */
export function completePayload(services: Pick<Services, 'urls'>, payload: Payload): Payload {
  const { type, timestamp, data } = payload;
  const { mall, material, ...more } = data as Payload;
  const file = material as { readonly basePath: string; readonly sha256: string } | undefined;
  return {
    type,
    timestamp,
    data: { mall, ...(file && { material: { ...file, url: fileUrl(services, file) } }), ...more },
  };
}

/** sha256 of the file that a message of this event has; undefined: it has none. */
export function fileOfPayload({ type, data }: Payload): { sha256: string; filename: string } | undefined {
  if (type !== 'material.created' && type !== 'material.replaced') return undefined;
  const { material } = data as { readonly material?: Partial<MaterialRecord> };
  const { sha256, originFilename } = material ?? {};
  return sha256 === undefined ? undefined : { sha256, filename: originFilename ?? '' };
}

/** Under the names of the type `Material` in GraphQL. */
function describeMaterial(material: MaterialRecord): Payload {
  const { mallId: _, focalX, focalY, uploadedBy, ...shown } = material;
  return {
    ...shown,
    focalPoint: focalX === null || focalY === null ? null : { x: focalX, y: focalY },
    uploadedBy: uploadedBy === null ? null : { id: uploadedBy },
  };
}
