import type { MaterialQuery } from '../../generated/graphql.ts';

/** A material as this page shows it. */
export type Detail = NonNullable<MaterialQuery['material']>;
