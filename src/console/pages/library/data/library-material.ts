import type { LibraryPageQuery } from '../../../generated/graphql.ts';

/** What a library shows of a material. */
export type LibraryMaterial = LibraryPageQuery['materials']['edges'][number]['node'];
