import { defineMessages } from '../../../i18n/messages.ts';

/** Of what the audit trail tells of materials. */
export const fieldNames = defineMessages({
  en: {
    originFilename: 'Name',
    folder: 'Folder',
    tags: 'Tags',
    visibility: 'Visibility',
    focalPoint: 'Focal point',
    mimeType: 'Type',
    size: 'Size',
    sha256: 'SHA-256',
    width: 'Width',
    height: 'Height',
    durationMs: 'Duration',
  },
  zh: {
    originFilename: '名称',
    folder: '文件夹',
    tags: '标签',
    visibility: '可见性',
    focalPoint: '焦点',
    mimeType: '类型',
    size: '大小',
    sha256: 'SHA-256',
    width: '宽度',
    height: '高度',
    durationMs: '时长',
  },
});
