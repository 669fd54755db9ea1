import type { MallUsageQuery } from '../../generated/graphql.ts';
import { useFormats, useMessages } from '../../i18n/language.tsx';
import { mallMessages } from './messages.ts';
import classes from './usage-chart.module.css';

const SIZE = 220;
const RADIUS = 94;
const ROUND = 2 * Math.PI * RADIUS;

type Usage = NonNullable<MallUsageQuery['mall']>['usage'];

/** A ring of what is used by kind; the rest of it is free. The table beside it says the same. */
export function UsageChart({ usage: { bytes, quotaBytes, byKind } }: { readonly usage: Usage }) {
  const t = useMessages(mallMessages).usage;
  const formats = useFormats();
  // What was kept before the quota was lowered may be more than it.
  const whole = Math.max(quotaBytes ?? 0, bytes);
  const parts = byKind.filter((one) => one.bytes > 0);
  const before = (index: number) => parts.slice(0, index).reduce((sum, one) => sum + one.bytes, 0);
  return (
    <svg className={classes.chart} viewBox={`0 0 ${SIZE} ${SIZE}`} role="img" aria-label={t.chart}>
      <g transform={`rotate(-90 ${SIZE / 2} ${SIZE / 2})`}>
        <circle className={classes.rest} cx={SIZE / 2} cy={SIZE / 2} r={RADIUS} />
        {parts.map((one, index) => (
          <circle
            key={one.kind}
            data-kind={one.kind}
            cx={SIZE / 2}
            cy={SIZE / 2}
            r={RADIUS}
            strokeDasharray={`${(one.bytes / whole) * ROUND} ${ROUND}`}
            strokeDashoffset={-(before(index) / whole) * ROUND}
          />
        ))}
      </g>
      <text x="50%" y="50%" fontSize="30" fontWeight="700">
        {quotaBytes === null
          ? formats.bytes(bytes)
          : formats.percent(quotaBytes === 0 ? 1 : bytes / quotaBytes)}
      </text>
      {quotaBytes !== null && (
        <text x="50%" y="50%" dy="26" fontSize="14">
          {formats.bytes(bytes)} / {formats.bytes(quotaBytes)}
        </text>
      )}
    </svg>
  );
}
