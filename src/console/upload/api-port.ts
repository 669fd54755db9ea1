import type { ApolloClient } from '@apollo/client';
import type { SendOptions } from '../api/send.ts';
import {
  DeleteMaterialsDocument,
  PurgeMaterialsDocument,
  UploadMaterialsDocument,
} from '../generated/graphql.ts';
import type { UploadPort } from './queue/upload-port.ts';

/** Refusals of one file that are no fault of the file. */
const MAY_PASS = ['STORAGE_FULL', 'SERVICE_UNAVAILABLE'];
/** What `deleteMaterials` and its like take at once. */
const IDS_AT_ONCE = 100;

/** The queue's way to the server. Nothing of it is kept in the cache: lists hear of new materials by themselves. */
export function createApiPort(client: ApolloClient): UploadPort {
  return {
    async send(batch, { signal, onProgress }) {
      const [first] = batch;
      if (!first) return [];
      const { mallId, folder } = first.destination;
      const fetchOptions: SendOptions = { signal, onUploadProgress: onProgress };
      const { data } = await client.mutate({
        mutation: UploadMaterialsDocument,
        variables: {
          mallId,
          folder,
          files: batch.flatMap(({ file }) => file ?? []),
          uploadIds: batch.map(({ id }) => id),
        },
        fetchPolicy: 'no-cache',
        context: { fetchOptions },
      });
      return (data?.uploadMaterials ?? []).map((result) =>
        result.__typename === 'Material'
          ? { materialId: result.id }
          : { refused: result.message, mayPass: MAY_PASS.includes(result.code) },
      );
    },
    async remove(materialIds) {
      for (let start = 0; start < materialIds.length; start += IDS_AT_ONCE) {
        const variables = { ids: materialIds.slice(start, start + IDS_AT_ONCE) };
        await client.mutate({ mutation: DeleteMaterialsDocument, variables, fetchPolicy: 'no-cache' });
        await client.mutate({ mutation: PurgeMaterialsDocument, variables, fetchPolicy: 'no-cache' });
      }
    },
  };
}
