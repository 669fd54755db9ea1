import { useSearchParams } from 'wouter';

const NAMES = ['mall', 'action', 'actor', 'subject', 'from', 'to'] as const;

/** As they are in the address; empty: not narrowed. */
export type AuditFilters = Readonly<Record<(typeof NAMES)[number], string>>;

/** The filters of the address, and a way to change some of them. */
export function useAuditFilters(): readonly [AuditFilters, (change: Partial<AuditFilters>) => void] {
  const [search, setSearch] = useSearchParams();
  const filters = Object.fromEntries(NAMES.map((name) => [name, search.get(name) ?? ''])) as AuditFilters;
  return [filters, (change) => setSearch(searchOf({ ...filters, ...change }), { replace: true })];
}

/** The part of an address that has the filters. */
export function searchOf(filters: Partial<AuditFilters>): URLSearchParams {
  return new URLSearchParams(Object.entries(filters).filter(([, value]) => value !== ''));
}

/** For the query. Days are those of the reader's time zone; what makes no sense narrows nothing. */
export function variablesOf({ mall, action, actor, subject, from, to }: AuditFilters) {
  return {
    mallId: numberOf(mall),
    action: action || null,
    actorId: numberOf(actor),
    subjectId: subject || null,
    from: instantOf(`${from}T00:00:00`),
    to: instantOf(`${to}T23:59:59.999`),
  };
}

function numberOf(text: string): number | null {
  return /^\d{1,9}$/.test(text) ? Number(text) : null;
}

function instantOf(text: string): string | null {
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? null : at.toISOString();
}
