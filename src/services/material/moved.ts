import { sql } from 'drizzle-orm';
import { materials } from '../../adapters/db/schema.ts';

/** The next `updatedAt`: now, yet never the one before, which tells whether a material changed (`ifUpdatedAt`). */
export const moved = sql`greatest(date_trunc('milliseconds', now()), ${materials.updatedAt} + interval '1 millisecond')`;
