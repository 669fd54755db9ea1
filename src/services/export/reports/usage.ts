import { and, type SQL, sql } from 'drizzle-orm';
import { malls, materials } from '../../../adapters/db/schema.ts';
import { equals, inScope } from '../conditions.ts';
import type { Report, ReportColumn, ReportQuery } from '../report.ts';

const mall: readonly ReportColumn[] = [
  { key: 'mallId', header: { en: 'Mall id', zh: '商城编号' }, type: 'integer', width: 10 },
  { key: 'mallName', header: { en: 'Mall', zh: '商城' }, type: 'text', width: 24 },
];
const kind: ReportColumn = { key: 'kind', header: { en: 'Kind', zh: '类型' }, type: 'text', width: 9 };
const sums: readonly ReportColumn[] = [
  { key: 'materials', header: { en: 'Materials', zh: '素材数' }, type: 'integer', width: 12 },
  { key: 'inTrash', header: { en: 'Of these in the trash', zh: '其中回收站' }, type: 'integer', width: 12 },
  { key: 'bytes', header: { en: 'Bytes of all materials', zh: '素材总字节数' }, type: 'bytes', width: 20 },
  {
    key: 'storedBytes',
    header: { en: 'Bytes stored (equal files once)', zh: '实际占用字节数（相同文件计一次）' },
    type: 'bytes',
    width: 24,
  },
];

export const report: Report = {
  title: { en: 'Usage', zh: '用量' },
  description: {
    en: 'Materials and their bytes by mall, kind and month of creation, with those in the trash. Stored bytes count equal files of a mall once, in the month of the first.',
    zh: '按商城、类型和创建月份统计素材数与字节数，含回收站。实际占用对同一商城内相同文件只计一次，计入最早的月份',
  },
  action: 'read',
  columns: [
    ...mall,
    kind,
    { key: 'month', header: { en: 'Month', zh: '月份' }, type: 'text', width: 10 },
    ...sums,
  ],
  filters: {
    kind: { label: { en: 'Kind', zh: '类型' }, type: 'CHOICE', choices: ['IMAGE', 'VIDEO', 'AUDIO'] },
  },
  select: (query) => sql`
    select mall_id as "mallId", ${malls.name} as "mallName", kind as "kind", month as "month", ${totals}
    from ${counted(query)} left join ${malls} on ${malls.id} = mall_id
    group by mall_id, ${malls.name}, kind, month
    order by mall_id, kind, month`,
  count: (query) =>
    sql`select count(*) from (select from ${counted(query)} group by mall_id, kind, month) as rows`,
  extraSheets: [
    {
      title: { en: 'Totals', zh: '合计' },
      columns: [...mall, kind, ...sums],
      select: (query) => sql`
        select mall_id as "mallId", ${malls.name} as "mallName", kind as "kind", ${totals}
        from ${counted(query)} left join ${malls} on ${malls.id} = mall_id
        group by grouping sets ((mall_id, ${malls.name}, kind), (mall_id, ${malls.name}), ())
        order by grouping(mall_id), mall_id, grouping(kind), kind`,
    },
  ],
};

const totals = sql`
  count(*) as "materials", count(deleted_at) as "inTrash", coalesce(sum(size), 0) as "bytes",
  coalesce(sum(size) filter (where is_first), 0) as "storedBytes"`;

/** Each material with its month, and whether it is the first one of its bytes. */
function counted(query: ReportQuery): SQL {
  return sql`(
    select ${materials.mallId}, ${materials.kind}, ${materials.size}, ${materials.deletedAt},
      to_char(${materials.createdAt} at time zone ${query.timeZone}, 'YYYY-MM') as month,
      row_number() over (partition by ${materials.blobId} order by ${materials.createdAt}, ${materials.id}) = 1 as is_first
    from ${materials}
    where ${and(inScope(query, materials.mallId, materials.createdAt), equals(query, materials.kind, 'kind'))}
  ) as counted`;
}
