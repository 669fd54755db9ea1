import { useQuery } from '@apollo/client/react';
import { useDebouncedValue } from '@mantine/hooks';
import { ReportCountDocument } from '../../generated/graphql.ts';
import { periodProblem } from './periods.ts';
import { rowVariables, type Wish } from './wish.ts';

/** While somebody types nobody counts, ms. */
const PATIENCE_MS = 350;

interface RowCount {
  /** Of an earlier wish while `isCounting`; undefined: not known. */
  readonly rows: number | undefined;
  readonly isCounting: boolean;
  readonly error: Error | undefined;
}

/** How many rows the report would have now. Wishes that cannot be are not sent. */
export function useRowCount(wish: Wish): RowCount {
  const isWhole = periodProblem(wish) === undefined;
  const wanted = JSON.stringify(rowVariables(wish));
  const [asked] = useDebouncedValue(wanted, PATIENCE_MS);
  const { data, previousData, loading, error } = useQuery(ReportCountDocument, {
    variables: JSON.parse(asked),
    skip: !isWhole || asked !== wanted,
    fetchPolicy: 'network-only',
  });
  if (!isWhole) return { rows: undefined, isCounting: false, error: undefined };
  const isCounting = loading || asked !== wanted;
  return {
    rows: (data ?? previousData)?.reportCount,
    isCounting,
    error: isCounting ? undefined : error,
  };
}
