import type { UpdateMaterialInput, Visibility } from '../../../generated/graphql.ts';
import type { Detail } from '../detail.ts';

/** What people say of a material. */
export interface Description {
  readonly originFilename: string;
  readonly folder: string;
  readonly tags: readonly string[];
  readonly visibility: Visibility;
}

export type DescriptionField = keyof Description;

export const DESCRIPTION_FIELDS = ['originFilename', 'folder', 'tags', 'visibility'] as const;

export function descriptionOf({ originFilename, folder, tags, visibility }: Detail): Description {
  return { originFilename, folder, tags, visibility };
}

/** Fields that are other in one than in the other. */
export function changedFields(before: Description, after: Description): DescriptionField[] {
  return DESCRIPTION_FIELDS.filter((field) => JSON.stringify(before[field]) !== JSON.stringify(after[field]));
}

/** The fields of `mine` that somebody has changed, over what there is now. */
export function reapplied(base: Description, mine: Description, theirs: Description): Description {
  return { ...theirs, ...pick(mine, changedFields(base, mine)) };
}

/** What is sent: only what is other, so that nobody's change of another field is undone. */
export function updateInput(base: Description, mine: Description, ifUpdatedAt: string): UpdateMaterialInput {
  const { tags, ...rest } = pick(mine, changedFields(base, mine));
  return { ...rest, ...(tags && { tags: [...tags] }), ifUpdatedAt };
}

function pick(from: Description, fields: readonly DescriptionField[]): Partial<Description> {
  return Object.fromEntries(fields.map((field) => [field, from[field]]));
}
