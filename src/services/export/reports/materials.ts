import { and, type SQL, sql } from 'drizzle-orm';
import { blobs, imageFetches, malls, materials, users } from '../../../adapters/db/schema.ts';
import { type MaterialFilter, materialCondition } from '../../material/filter.ts';
import { encodedPath, equals, inScope } from '../conditions.ts';
import type { Report, ReportColumn, ReportQuery } from '../report.ts';

const KINDS = ['IMAGE', 'VIDEO', 'AUDIO'];
const SOURCES = ['UPLOAD', 'TEMPLATE', 'REMOTE', 'AVATAR'];
/** Digits of the sha256 in URLs, as in `fileUrl`. */
const VERSION_LENGTH = 16;

const columns: readonly ReportColumn[] = [
  { key: 'id', header: { en: 'Id', zh: '编号' }, type: 'text', width: 38 },
  { key: 'mallId', header: { en: 'Mall id', zh: '商城编号' }, type: 'integer', width: 10 },
  { key: 'mallName', header: { en: 'Mall', zh: '商城' }, type: 'text', width: 18 },
  { key: 'folder', header: { en: 'Folder', zh: '文件夹' }, type: 'text', width: 18 },
  { key: 'name', header: { en: 'Name', zh: '文件名' }, type: 'text', width: 32 },
  { key: 'kind', header: { en: 'Kind', zh: '类型' }, type: 'text', width: 9 },
  { key: 'mimeType', header: { en: 'Media type', zh: '媒体类型' }, type: 'text', width: 14 },
  { key: 'size', header: { en: 'Bytes', zh: '字节数' }, type: 'bytes', width: 14 },
  { key: 'width', header: { en: 'Width (px)', zh: '宽（像素）' }, type: 'integer', width: 11 },
  { key: 'height', header: { en: 'Height (px)', zh: '高（像素）' }, type: 'integer', width: 11 },
  { key: 'duration', header: { en: 'Duration (s)', zh: '时长（秒）' }, type: 'decimal', width: 12 },
  { key: 'codec', header: { en: 'Codec', zh: '编码' }, type: 'text', width: 10 },
  { key: 'tags', header: { en: 'Tags', zh: '标签' }, type: 'text', width: 20 },
  { key: 'visibility', header: { en: 'Visibility', zh: '可见性' }, type: 'text', width: 10 },
  { key: 'source', header: { en: 'Source', zh: '来源' }, type: 'text', width: 10 },
  { key: 'uploadedBy', header: { en: 'Uploaded by', zh: '上传者' }, type: 'text', width: 16 },
  { key: 'createdAt', header: { en: 'Created', zh: '创建时间' }, type: 'instant', width: 20 },
  { key: 'updatedAt', header: { en: 'Changed', zh: '修改时间' }, type: 'instant', width: 20 },
  { key: 'damaged', header: { en: 'Damaged', zh: '已损坏' }, type: 'boolean', width: 9 },
  { key: 'url', header: { en: 'URL', zh: '链接' }, type: 'text', width: 50 },
  { key: 'path', header: { en: 'Path', zh: '路径' }, type: 'text', width: 50 },
  { key: 'sha256', header: { en: 'SHA-256', zh: 'SHA-256' }, type: 'text', width: 66 },
  { key: 'fetchedFrom', header: { en: 'Fetched from', zh: '原始地址' }, type: 'text', width: 40 },
];

const totals: readonly ReportColumn[] = [
  { key: 'mallName', header: { en: 'Mall', zh: '商城' }, type: 'text', width: 24 },
  { key: 'kind', header: { en: 'Kind', zh: '类型' }, type: 'text', width: 9 },
  { key: 'materials', header: { en: 'Materials', zh: '素材数' }, type: 'integer', width: 12 },
  { key: 'bytes', header: { en: 'Bytes', zh: '字节数' }, type: 'bytes', width: 18 },
];

export const report: Report = {
  title: { en: 'Materials', zh: '素材' },
  description: {
    en: 'Every material that was made in the period, with all that is known of it.',
    zh: '所选时间内创建的全部素材及其信息',
  },
  action: 'read',
  columns,
  hasPictures: true,
  filters: {
    kind: { label: { en: 'Kind', zh: '类型' }, type: 'CHOICE', choices: KINDS },
    folder: { label: { en: 'Folder', zh: '文件夹' }, type: 'TEXT' },
    tag: { label: { en: 'Tag', zh: '标签' }, type: 'TEXT' },
    name: { label: { en: 'Part of the name', zh: '文件名包含' }, type: 'TEXT' },
    visibility: {
      label: { en: 'Visibility', zh: '可见性' },
      type: 'CHOICE',
      choices: ['PUBLIC', 'PRIVATE'],
    },
    source: { label: { en: 'Source', zh: '来源' }, type: 'CHOICE', choices: SOURCES },
    uploadedBy: { label: { en: "Uploader's id", zh: '上传者编号' }, type: 'INTEGER' },
    trashed: { label: { en: 'What is in the trash', zh: '仅回收站' }, type: 'BOOLEAN' },
  },
  // Blobs are looked up row by row, so that the first rows do not wait for all to be joined and sorted.
  select: (query) => sql`
    select ${materials.id} as "id", ${materials.mallId} as "mallId", ${malls.name} as "mallName",
      ${materials.folder} as "folder", ${materials.originFilename} as "name", ${materials.kind} as "kind",
      blob.mime_type as "mimeType", ${materials.size} as "size", ${materials.width} as "width",
      ${materials.height} as "height", blob.duration_ms / 1000.0 as "duration", blob.codec as "codec",
      array_to_string(${materials.tags}, ', ') as "tags", ${materials.visibility} as "visibility",
      ${materials.source} as "source", ${users.username} as "uploadedBy", ${materials.createdAt} as "createdAt",
      ${materials.updatedAt} as "updatedAt", blob.damaged as "damaged",
      ${query.filesUrl} || (${encodedPath(materials.basePath)}) || '?v='
        || left(blob.sha256, ${sql.raw(String(VERSION_LENGTH))}) as "url",
      ${materials.basePath} as "path", blob.sha256 as "sha256",
      case when ${materials.source} in ('REMOTE', 'AVATAR') then (
        select ${imageFetches.url} from ${imageFetches} where ${imageFetches.materialId} = ${materials.id}
        order by ${imageFetches.startedAt} desc limit 1
      ) end as "fetchedFrom"
    from ${materials}
    cross join lateral (select * from ${blobs} where ${blobs.id} = ${materials.blobId} limit 1) as blob
    left join ${malls} on ${malls.id} = ${materials.mallId}
    left join ${users} on ${users.id} = ${materials.uploadedBy}
    where ${condition(query)}
    order by ${materials.createdAt}, ${materials.id}`,
  count: (query) => sql`select count(*) from ${materials} where ${condition(query)}`,
  extraSheets: [
    {
      title: { en: 'Totals', zh: '合计' },
      columns: totals,
      select: (query) => sql`
        select ${malls.name} as "mallName", ${materials.kind} as "kind",
          count(*) as "materials", coalesce(sum(${materials.size}), 0) as "bytes"
        from ${materials} left join ${malls} on ${malls.id} = ${materials.mallId}
        where ${condition(query)}
        group by grouping sets ((${materials.mallId}, ${malls.name}, ${materials.kind}), ())
        order by grouping(${materials.kind}), ${materials.mallId}, ${materials.kind}`,
    },
  ],
};

function condition(query: ReportQuery): SQL | undefined {
  return and(
    inScope(query, materials.mallId, materials.createdAt),
    materialCondition(query.db, query.viewer, query.mallId, query.filters as MaterialFilter),
    equals(query, materials.visibility, 'visibility'),
    equals(query, materials.source, 'source'),
  );
}
