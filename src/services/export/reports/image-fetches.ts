import { and, type SQL, sql } from 'drizzle-orm';
import { imageFetches, malls, materials, users } from '../../../adapters/db/schema.ts';
import { equals, inScope } from '../conditions.ts';
import type { Report, ReportQuery } from '../report.ts';

export const report: Report = {
  title: { en: 'Fetched pictures', zh: '图片抓取' },
  description: {
    en: 'Pictures that were fetched from elsewhere: by whom, from where, and what became of them.',
    zh: '从外部抓取图片的记录：谁、从哪里、结果如何',
  },
  action: 'read',
  columns: [
    { key: 'startedAt', header: { en: 'Begun', zh: '开始时间' }, type: 'instant', width: 20 },
    { key: 'finishedAt', header: { en: 'Ended', zh: '结束时间' }, type: 'instant', width: 20 },
    { key: 'userId', header: { en: 'User id', zh: '用户编号' }, type: 'integer', width: 10 },
    { key: 'username', header: { en: 'User', zh: '用户' }, type: 'text', width: 16 },
    { key: 'mallId', header: { en: 'Mall id', zh: '商城编号' }, type: 'integer', width: 10 },
    { key: 'mallName', header: { en: 'Mall', zh: '商城' }, type: 'text', width: 18 },
    { key: 'purpose', header: { en: 'Purpose', zh: '用途' }, type: 'text', width: 10 },
    { key: 'url', header: { en: 'Address', zh: '地址' }, type: 'text', width: 50 },
    { key: 'state', header: { en: 'Outcome', zh: '结果' }, type: 'text', width: 10 },
    { key: 'errorCode', header: { en: 'Error', zh: '错误' }, type: 'text', width: 24 },
    { key: 'bytes', header: { en: 'Bytes', zh: '字节数' }, type: 'bytes', width: 14 },
    { key: 'materialId', header: { en: 'Material', zh: '素材编号' }, type: 'text', width: 38 },
    { key: 'path', header: { en: 'Path', zh: '路径' }, type: 'text', width: 50 },
    { key: 'id', header: { en: 'Id', zh: '编号' }, type: 'text', width: 38 },
  ],
  filters: {
    state: {
      label: { en: 'Outcome', zh: '结果' },
      type: 'CHOICE',
      choices: ['RUNNING', 'SAVED', 'FAILED'],
    },
    purpose: { label: { en: 'Purpose', zh: '用途' }, type: 'CHOICE', choices: ['AVATAR', 'MATERIAL'] },
    userId: { label: { en: "User's id", zh: '用户编号' }, type: 'INTEGER' },
  },
  select: (query) => sql`
    select ${imageFetches.startedAt} as "startedAt", ${imageFetches.finishedAt} as "finishedAt",
      ${imageFetches.userId} as "userId", ${users.username} as "username", ${imageFetches.mallId} as "mallId",
      ${malls.name} as "mallName", ${imageFetches.purpose} as "purpose", ${imageFetches.url} as "url",
      ${imageFetches.state} as "state", ${imageFetches.errorCode} as "errorCode", ${imageFetches.bytes} as "bytes",
      ${imageFetches.materialId} as "materialId", ${materials.basePath} as "path", ${imageFetches.id} as "id"
    from ${imageFetches}
    left join ${users} on ${users.id} = ${imageFetches.userId}
    left join ${malls} on ${malls.id} = ${imageFetches.mallId}
    left join ${materials} on ${materials.id} = ${imageFetches.materialId}
    where ${condition(query)}
    order by ${imageFetches.startedAt}, ${imageFetches.id}`,
  count: (query) => sql`select count(*) from ${imageFetches} where ${condition(query)}`,
};

function condition(query: ReportQuery): SQL | undefined {
  return and(
    inScope(query, imageFetches.mallId, imageFetches.startedAt),
    equals(query, imageFetches.state, 'state'),
    equals(query, imageFetches.purpose, 'purpose'),
    equals(query, imageFetches.userId, 'userId'),
  );
}
