import SchemaBuilder from '@pothos/core';
import RelayPlugin from '@pothos/plugin-relay';
import type { ServerContext } from './context.ts';
import type { PendingUpload } from './multipart/upload-queue.ts';

/** What the schema's own scalars are in TypeScript. */
interface SchemaTypes {
  Context: ServerContext;
  DefaultFieldNullability: false;
  DefaultEdgesNullability: false;
  DefaultNodeNullability: false;
  /** As `toConnection` makes them. */
  Connection: { page: { count(): Promise<number> } };
  Scalars: {
    ID: { Input: string; Output: string };
    DateTime: { Input: Date; Output: Date };
    ByteCount: { Input: number; Output: number };
    JSON: { Input: unknown; Output: unknown };
    Upload: { Input: PendingUpload; Output: never };
  };
}

export const builder = new SchemaBuilder<SchemaTypes>({
  plugins: [RelayPlugin],
  defaultFieldNullability: false,
  relay: {
    nodeQueryOptions: false,
    nodesQueryOptions: false,
    edgesFieldOptions: { nullable: false, description: 'The items of this page, in order.' },
    nodeFieldOptions: { nullable: false, description: 'The item.' },
    cursorFieldOptions: { description: 'For `after` or `before`; good for this order only.' },
    pageInfoFieldOptions: { description: 'Where this page lies in the list.' },
    firstArgOptions: { description: 'Items of a page forward, 0 to 100; by default 20.' },
    afterArgOptions: { description: 'A cursor: the page begins behind it.' },
    lastArgOptions: { description: 'Items of a page backward, 0 to 100.' },
    beforeArgOptions: { description: 'A cursor: the page ends before it.' },
    pageInfoTypeOptions: { description: 'Where a page lies in its list (GraphQL Cursor Connections).' },
  },
});
