import { useApolloClient } from '@apollo/client/react';
import { Button, Group, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useCallback, useMemo, useState } from 'react';
import { useErrorText } from '../../../api/use-error-text.ts';
import {
  DeleteMaterialsDocument,
  PurgeMaterialsDocument,
  RestoreMaterialsDocument,
  UpdateMaterialsDocument,
  type UpdateMaterialsMutationVariables,
} from '../../../generated/graphql.ts';
import { useMessages } from '../../../i18n/language.tsx';
import type { LibraryMaterial } from '../data/library-material.ts';
import type { MaterialList } from '../data/material-list.ts';
import { inChunks, type Outcome } from './in-chunks.ts';
import { messages } from './messages.ts';

const UNDO_FOR_MS = 12_000;

/** What was left as it is, and why. */
export interface Refusal {
  readonly id: string;
  readonly name: string;
  readonly reason: string;
}

/** Each change says whether all of it was asked of the server; what it refused is among the refusals. */
export interface Bulk {
  readonly isBusy: boolean;
  readonly refusals: readonly Refusal[];
  forgetRefusals(): void;
  update(
    materials: readonly LibraryMaterial[],
    change: Omit<UpdateMaterialsMutationVariables, 'ids'>,
  ): Promise<boolean>;
  trash(materials: readonly LibraryMaterial[]): Promise<boolean>;
  restore(materials: readonly LibraryMaterial[]): Promise<boolean>;
  purge(materials: readonly LibraryMaterial[]): Promise<boolean>;
}

/** Changes many materials at once and says what became of it; the list follows at once. */
export function useBulk(list: MaterialList): Bulk {
  const client = useApolloClient();
  const t = useMessages(messages);
  const errorText = useErrorText();
  const [isBusy, setBusy] = useState(false);
  const [refusals, setRefusals] = useState<readonly Refusal[]>([]);

  const run = useCallback(
    async <T extends Outcome>(
      materials: readonly LibraryMaterial[],
      send: (ids: string[]) => Promise<readonly T[] | undefined>,
      succeed: (done: readonly T[]) => void,
    ) => {
      setBusy(true);
      try {
        const ids = materials.map(({ id }) => id);
        const { outcomes, error } = await inChunks(ids, async (chunk) => (await send(chunk)) ?? []);
        const names = new Map(materials.map(({ id, originFilename }) => [id, originFilename]));
        const done = outcomes.filter(({ code }) => code === null);
        if (done.length > 0) succeed(done);
        setRefusals(
          outcomes.flatMap(({ id, code, message }) =>
            code === null ? [] : [{ id, name: names.get(id) ?? id, reason: message ?? code }],
          ),
        );
        if (error === undefined) return true;
        notifications.show({ color: 'red', message: errorText(error) });
        return false;
      } finally {
        setBusy(false);
      }
    },
    [errorText],
  );

  const update = useCallback<Bulk['update']>(
    (materials, change) =>
      run(
        materials,
        async (ids) => {
          const variables = { ...change, ids };
          const { data } = await client.mutate({ mutation: UpdateMaterialsDocument, variables });
          return data?.updateMaterials;
        },
        (done) => {
          list.patch(
            done.flatMap(({ material }) => {
              if (!material) return [];
              const { id, folder, tags, visibility } = material;
              return [{ id, folder, tags, visibility }];
            }),
          );
          const say = change.folder === undefined ? t.done.changed : t.done.moved;
          notifications.show({ message: say(done.length) });
        },
      ),
    [client, list, run, t],
  );

  const restore = useCallback<Bulk['restore']>(
    (materials) =>
      run(
        materials,
        async (ids) => {
          const { data } = await client.mutate({ mutation: RestoreMaterialsDocument, variables: { ids } });
          return data?.restoreMaterials;
        },
        (done) => {
          const restored = new Set(done.map(({ id }) => id));
          list.put(
            materials.filter(({ id }) => restored.has(id)).map((one) => ({ ...one, deletedAt: null })),
          );
          notifications.show({ message: t.done.restored(done.length) });
        },
      ),
    [client, list, run, t],
  );

  const trash = useCallback<Bulk['trash']>(
    (materials) =>
      run(
        materials,
        async (ids) => {
          const { data } = await client.mutate({ mutation: DeleteMaterialsDocument, variables: { ids } });
          return data?.deleteMaterials;
        },
        (done) => {
          const gone = new Set(done.map(({ id }) => id));
          list.remove([...gone]);
          const undo = () => {
            notifications.hide(notification);
            void restore(materials.filter(({ id }) => gone.has(id)));
          };
          const notification = notifications.show({
            autoClose: UNDO_FOR_MS,
            message: (
              <Group justify="space-between" wrap="nowrap">
                <Text size="sm">{t.done.trashed(done.length)}</Text>
                <Button size="compact-sm" variant="default" onClick={undo}>
                  {t.undo}
                </Button>
              </Group>
            ),
          });
        },
      ),
    [client, list, run, restore, t],
  );

  const purge = useCallback<Bulk['purge']>(
    (materials) =>
      run(
        materials,
        async (ids) => {
          const { data } = await client.mutate({ mutation: PurgeMaterialsDocument, variables: { ids } });
          return data?.purgeMaterials;
        },
        (done) => {
          list.remove(done.map(({ id }) => id));
          notifications.show({ message: t.done.purged(done.length) });
        },
      ),
    [client, list, run, t],
  );

  return useMemo(
    () => ({ isBusy, refusals, forgetRefusals: () => setRefusals([]), update, trash, restore, purge }),
    [isBusy, refusals, update, trash, restore, purge],
  );
}
