import { useCallback, useEffect, useMemo, useState } from 'react';
import { useLocation, useSearch } from 'wouter';
import type { ReportsQuery } from '../../generated/graphql.ts';
import { useLanguage } from '../../i18n/language.tsx';
import { type Mall, mallRights, useSession } from '../../session.tsx';
import { readWish, type Wish, writeWish } from './wish.ts';

export type Report = ReportsQuery['reports'][number];

/** Browsers bound how often an address may change. */
const MIRROR_MS = 300;

interface WishState {
  readonly wish: Wish;
  /** What the wish is for. */
  readonly report: Report | undefined;
  /** Those that the report can be of. */
  readonly malls: readonly Mall[];
  change(part: Partial<Wish>): void;
}

/** The wish that the page's address holds and that changes it, as far as the reports and the user's rights allow. */
export function useWish(reports: readonly Report[]): WishState {
  const { language } = useLanguage();
  const { malls: own } = useSession();
  const search = useSearch();
  const [, navigate] = useLocation();
  const [raw, setRaw] = useState(() =>
    readWish(new URLSearchParams(search), language === 'zh' ? 'ZH' : 'EN'),
  );
  const report = reports.find(({ name }) => name === raw.report) ?? reports[0];
  const malls = useMemo(
    () => (report?.forManagers ? own.filter((mall) => mallRights(mall).mayManage) : own),
    [own, report],
  );
  const wish = useMemo(() => fit(raw, report, malls), [raw, report, malls]);
  useEffect(() => {
    if (!report) return;
    const timer = setTimeout(() => navigate(`/reports?${writeWish(wish)}`, { replace: true }), MIRROR_MS);
    return () => clearTimeout(timer);
  }, [wish, report, navigate]);
  const change = useCallback((part: Partial<Wish>) => setRaw((before) => ({ ...before, ...part })), []);
  return { wish, report, malls, change };
}

/** Without what the report does not know; it comes back with a report that does. */
function fit(wish: Wish, report: Report | undefined, malls: readonly Mall[]): Wish {
  const filters = Object.entries(wish.filters).filter(([name, value]) =>
    report?.filters.some(
      (filter) => filter.name === name && value !== '' && (filter.choices?.includes(value) ?? true),
    ),
  );
  return {
    ...wish,
    report: report?.name ?? wish.report,
    mallId: malls.some(({ id }) => id === wish.mallId) ? wish.mallId : null,
    filters: Object.fromEntries(filters),
    thumbnails: wish.thumbnails && wish.format === 'XLSX' && Boolean(report?.hasThumbnails),
  };
}
