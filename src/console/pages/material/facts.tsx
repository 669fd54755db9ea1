import { Anchor, Badge, Group, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { CopyButton } from '../../components/copy-button.tsx';
import { useFormats, useMessages } from '../../i18n/language.tsx';
import { defineMessages } from '../../i18n/messages.ts';
import type { Detail } from './detail.ts';
import classes from './facts.module.css';

const messages = defineMessages({
  en: {
    name: 'Name',
    type: 'Type',
    size: 'Size',
    dimensions: 'Dimensions',
    pixels: (width: string, height: string) => `${width} × ${height} px`,
    duration: 'Duration',
    codec: 'Codec',
    frames: 'Frames',
    animated: (frames: string) => `${frames}, animated`,
    visibility: 'Visibility',
    PUBLIC: 'Everybody who has the address',
    PRIVATE: 'Members of the mall',
    folder: 'Folder',
    top: 'The top',
    tags: 'Tags',
    uploadedBy: 'Uploaded by',
    created: 'Came in',
    updated: 'Last changed',
    source: 'Source',
    UPLOAD: 'Upload',
    REMOTE: 'Fetched from an address',
    TEMPLATE: 'Site file',
    AVATAR: 'Avatar',
    fetchedFrom: 'Fetched from',
    fetchedAt: 'Fetched at',
    etag: 'ETag there',
    path: 'Path',
    sha256: 'SHA-256',
    copyHash: 'Copy the SHA-256',
    copyPath: 'Copy the path',
    bytes: (short: string, exact: string) => `${short} (${exact} bytes)`,
  },
  zh: {
    name: '名称',
    type: '类型',
    size: '大小',
    dimensions: '尺寸',
    pixels: (width, height) => `${width} × ${height} 像素`,
    duration: '时长',
    codec: '编码',
    frames: '帧数',
    animated: (frames) => `${frames}（动图）`,
    visibility: '可见性',
    PUBLIC: '任何知道地址的人',
    PRIVATE: '商城成员',
    folder: '文件夹',
    top: '顶层',
    tags: '标签',
    uploadedBy: '上传者',
    created: '入库时间',
    updated: '最后修改',
    source: '来源',
    UPLOAD: '上传',
    REMOTE: '按地址抓取',
    TEMPLATE: '站点文件',
    AVATAR: '头像',
    fetchedFrom: '抓取地址',
    fetchedAt: '抓取时间',
    etag: '源站 ETag',
    path: '路径',
    sha256: 'SHA-256',
    copyHash: '复制 SHA-256',
    copyPath: '复制路径',
    bytes: (short, exact) => `${short}（${exact} 字节）`,
  },
});

/** What probing found, and what else is known of a material. */
export function Facts({ material }: { readonly material: Detail }) {
  const t = useMessages(messages);
  const { number, bytes, duration, dateTime } = useFormats();
  const { width, height, durationMs, codec, frames, folder, tags, provenance } = material;
  const size = bytes(material.size);
  return (
    <dl className={classes.list}>
      <Fact name={t.name}>
        <Name>{material.originFilename}</Name>
      </Fact>
      <Fact name={t.type}>{material.mimeType}</Fact>
      <Fact name={t.size}>{material.size < 1024 ? size : t.bytes(size, number(material.size))}</Fact>
      {width && height && <Fact name={t.dimensions}>{t.pixels(number(width), number(height))}</Fact>}
      {durationMs !== null && <Fact name={t.duration}>{duration(durationMs)}</Fact>}
      {codec && <Fact name={t.codec}>{codec}</Fact>}
      {frames !== null && frames > 1 && <Fact name={t.frames}>{t.animated(number(frames))}</Fact>}
      <Fact name={t.visibility}>{t[material.visibility]}</Fact>
      <Fact name={t.folder}>
        <Name>{folder || t.top}</Name>
      </Fact>
      {tags.length > 0 && (
        <Fact name={t.tags}>
          <Group gap={4}>
            {tags.map((tag) => (
              <Badge key={tag} variant="default" tt="none" className="stockroom-name" h="auto">
                {tag}
              </Badge>
            ))}
          </Group>
        </Fact>
      )}
      {material.uploadedBy && (
        <Fact name={t.uploadedBy}>
          <Name>{material.uploadedBy.username}</Name>
        </Fact>
      )}
      <Fact name={t.created}>{dateTime(material.createdAt)}</Fact>
      <Fact name={t.updated}>{dateTime(material.updatedAt)}</Fact>
      <Fact name={t.source}>{t[material.source]}</Fact>
      {provenance && (
        <>
          <Fact name={t.fetchedFrom}>
            <Source url={provenance.url} />
          </Fact>
          <Fact name={t.fetchedAt}>{dateTime(provenance.fetchedAt)}</Fact>
          {provenance.etag && (
            <Fact name={t.etag}>
              <Name>{provenance.etag}</Name>
            </Fact>
          )}
        </>
      )}
      <Fact name={t.path}>
        <Copied value={material.basePath} label={t.copyPath} />
      </Fact>
      <Fact name={t.sha256}>
        <Copied value={material.sha256} label={t.copyHash} />
      </Fact>
    </dl>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div className={classes.fact}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Name({ children }: { readonly children: string }) {
  return (
    <span className="stockroom-name" dir="auto">
      {children}
    </span>
  );
}

function Copied({ value, label }: { readonly value: string; readonly label: string }) {
  return (
    <Group gap={4} wrap="nowrap" align="flex-start">
      <Text span size="sm" ff="monospace" className="stockroom-name">
        {value}
      </Text>
      <CopyButton value={value} label={label} />
    </Group>
  );
}

/** A link only where the scheme runs nothing. */
function Source({ url }: { readonly url: string }) {
  const isWeb = /^https?:\/\//i.test(url);
  return isWeb ? (
    <Anchor href={url} target="_blank" rel="noopener noreferrer" size="sm" className="stockroom-name">
      {url}
    </Anchor>
  ) : (
    <Name>{url}</Name>
  );
}
