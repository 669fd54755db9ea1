import { useSubscription } from '@apollo/client/react';
import { useEffect, useRef } from 'react';
import { MaterialsChangedDocument } from '../../generated/graphql.ts';
import { useRefetchMaterial } from './use-refetch-material.ts';

/** Before a connection that the server has ended is opened again, ms. */
const PAUSE_MS = 2000;

/** Keeps the page as the material is, whoever changes it. */
export function useLiveMaterial(mallId: number, id: string): void {
  const refetch = useRefetchMaterial();
  const isOpen = useRef(false);
  const reopening = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(reopening.current), []);
  const { restart } = useSubscription(MaterialsChangedDocument, {
    variables: { mallId },
    fetchPolicy: 'no-cache',
    onComplete() {
      reopening.current = setTimeout(() => restart(), PAUSE_MS);
    },
    onData({ data: { data } }) {
      const change = data?.materialsChanged;
      if (!change) return;
      // The first one only says that changes are told from now on.
      const isNews = change.action === 'REFRESH' ? isOpen.current : change.ids.includes(id);
      isOpen.current = true;
      if (isNews) void refetch();
    },
  });
}
