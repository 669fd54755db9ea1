import { useApolloClient } from '@apollo/client/react';
import { useCallback } from 'react';
import {
  MaterialCropsDocument,
  MaterialDocument,
  MaterialHistoryDocument,
  MaterialSizesDocument,
} from '../../generated/graphql.ts';

const SHOWN = [MaterialDocument, MaterialSizesDocument, MaterialCropsDocument, MaterialHistoryDocument];

/** Asks again for what the page shows. Where that fails, the queries themselves tell. */
export function useRefetchMaterial(): () => Promise<void> {
  const client = useApolloClient();
  return useCallback(async () => {
    await client.refetchQueries({ include: SHOWN }).catch(() => {});
  }, [client]);
}
