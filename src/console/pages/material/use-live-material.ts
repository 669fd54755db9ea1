import { useSubscription } from '@apollo/client/react';
import { useRef } from 'react';
import { MaterialsChangedDocument } from '../../generated/graphql.ts';
import { useRefetchMaterial } from './use-refetch-material.ts';

/** Keeps the page as the material is, whoever changes it. */
export function useLiveMaterial(mallId: number, id: string): void {
  const refetch = useRefetchMaterial();
  const isOpen = useRef(false);
  useSubscription(MaterialsChangedDocument, {
    variables: { mallId },
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
