import { and, type SQL, sql } from 'drizzle-orm';
import { auditEvents, malls, users } from '../../../adapters/db/schema.ts';
import { equals, inOwnedMalls, inScope } from '../conditions.ts';
import type { Report, ReportQuery } from '../report.ts';

export const report: Report = {
  title: { en: 'Activity', zh: '操作记录' },
  description: { en: 'Who did what and when.', zh: '谁在何时做了什么' },
  action: 'manage',
  columns: [
    { key: 'at', header: { en: 'Time', zh: '时间' }, type: 'instant', width: 20 },
    { key: 'action', header: { en: 'Action', zh: '操作' }, type: 'text', width: 24 },
    { key: 'actorId', header: { en: 'User id', zh: '用户编号' }, type: 'integer', width: 10 },
    { key: 'actor', header: { en: 'User', zh: '用户' }, type: 'text', width: 16 },
    { key: 'tokenId', header: { en: 'API token', zh: 'API 令牌' }, type: 'text', width: 38 },
    { key: 'mallId', header: { en: 'Mall id', zh: '商城编号' }, type: 'integer', width: 10 },
    { key: 'mallName', header: { en: 'Mall', zh: '商城' }, type: 'text', width: 18 },
    { key: 'subjectId', header: { en: 'Subject', zh: '对象编号' }, type: 'text', width: 38 },
    { key: 'subjectName', header: { en: 'Name', zh: '对象名称' }, type: 'text', width: 32 },
    { key: 'data', header: { en: 'Details', zh: '详情' }, type: 'text', width: 40 },
    { key: 'address', header: { en: 'Address', zh: '来源地址' }, type: 'text', width: 18 },
    { key: 'requestId', header: { en: 'Request', zh: '请求编号' }, type: 'text', width: 38 },
    { key: 'id', header: { en: 'Id', zh: '编号' }, type: 'text', width: 38 },
  ],
  filters: {
    action: { label: { en: 'Action', zh: '操作' }, type: 'TEXT' },
    actorId: { label: { en: "User's id", zh: '用户编号' }, type: 'INTEGER' },
    subjectId: { label: { en: 'Subject', zh: '对象编号' }, type: 'TEXT' },
  },
  select: (query) => sql`
    select ${auditEvents.at} as "at", ${auditEvents.action} as "action", ${auditEvents.actorId} as "actorId",
      ${users.username} as "actor", ${auditEvents.tokenId} as "tokenId", ${auditEvents.mallId} as "mallId",
      ${malls.name} as "mallName", ${auditEvents.subjectId} as "subjectId",
      ${auditEvents.subjectName} as "subjectName", ${auditEvents.data}::text as "data",
      ${auditEvents.address} as "address", ${auditEvents.requestId} as "requestId", ${auditEvents.id} as "id"
    from ${auditEvents}
    left join ${users} on ${users.id} = ${auditEvents.actorId}
    left join ${malls} on ${malls.id} = ${auditEvents.mallId}
    where ${condition(query)}
    order by ${auditEvents.at}, ${auditEvents.id}`,
  count: (query) => sql`select count(*) from ${auditEvents} where ${condition(query)}`,
};

function condition(query: ReportQuery): SQL | undefined {
  return and(
    inScope(query, auditEvents.mallId, auditEvents.at),
    inOwnedMalls(query, auditEvents.mallId),
    equals(query, auditEvents.action, 'action'),
    equals(query, auditEvents.actorId, 'actorId'),
    equals(query, auditEvents.subjectId, 'subjectId'),
  );
}
