import { useMutation } from '@apollo/client/react';
import { useState } from 'react';
import { errorCode } from '../../../api/client.ts';
import { UpdateMaterialDocument } from '../../../generated/graphql.ts';
import type { Detail } from '../detail.ts';
import { useRefetchMaterial } from '../use-refetch-material.ts';
import { changedFields, type Description, descriptionOf, reapplied, updateInput } from './description.ts';

interface Form {
  /** The state that the changes began with. */
  readonly base: Description;
  readonly updatedAt: string;
  readonly mine: Description;
}

export interface DescriptionForm {
  readonly mine: Description;
  /** As `mine` began, to tell what is other. */
  readonly base: Description;
  readonly isChanged: boolean;
  /** Somebody else has changed the material: what it is now. */
  readonly theirs: Description | undefined;
  readonly isSaving: boolean;
  readonly error: unknown;
  change(part: Partial<Description>): void;
  /** @returns whether it was saved. */
  save(): Promise<boolean>;
  /** Saves the changed fields over what somebody else has made of the material. */
  saveOverTheirs(): Promise<boolean>;
  /** Gives up the changes. */
  reset(): void;
}

/** The description of a material as it is being changed. */
export function useDescription(material: Detail): DescriptionForm {
  const now = descriptionOf(material);
  const fresh = { base: now, updatedAt: material.updatedAt, mine: now };
  const [form, setForm] = useState<Form>(fresh);
  const [isConflict, setConflict] = useState(false);
  const [update, { loading, error, reset: forgetError }] = useMutation(UpdateMaterialDocument);
  const refetch = useRefetchMaterial();
  const isChanged = changedFields(form.base, form.mine).length > 0;
  if (!isChanged && form.updatedAt !== material.updatedAt) setForm(fresh);

  const send = async ({ base, updatedAt, mine }: Form): Promise<boolean> => {
    try {
      const input = updateInput(base, mine, updatedAt);
      const { data } = await update({ variables: { id: material.id, input } });
      const saved = data && { ...mine, ...data.updateMaterial };
      if (saved) {
        const { originFilename, folder, tags, visibility } = saved;
        const description = { originFilename, folder, tags, visibility };
        setForm({ base: description, updatedAt: saved.updatedAt, mine: description });
      }
      setConflict(false);
      await refetch();
      return true;
    } catch (reason) {
      if (errorCode(reason) !== 'MATERIAL_CHANGED') return false;
      await refetch();
      setConflict(true);
      return false;
    }
  };
  return {
    mine: form.mine,
    base: form.base,
    isChanged,
    theirs: isConflict ? now : undefined,
    isSaving: loading,
    error: isConflict ? undefined : error,
    change: (part) => setForm((before) => ({ ...before, mine: { ...before.mine, ...part } })),
    save: () => send(form),
    saveOverTheirs() {
      const over = {
        base: now,
        updatedAt: material.updatedAt,
        mine: reapplied(form.base, form.mine, now),
      };
      setForm(over);
      return send(over);
    },
    reset() {
      setConflict(false);
      forgetError();
      setForm(fresh);
    },
  };
}
