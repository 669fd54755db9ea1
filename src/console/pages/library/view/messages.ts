import { defineMessages } from '../../../i18n/messages.ts';

export const messages = defineMessages({
  en: {
    materials: 'Materials',
    kinds: { IMAGE: 'Picture', VIDEO: 'Video', AUDIO: 'Sound' },
    private: 'Private',
    public: 'Public',
    select: (name: string) => `Select ${name}`,
    columns: {
      name: 'Name',
      kind: 'Kind',
      size: 'Size',
      facts: 'Dimensions',
      folder: 'Folder',
      tags: 'Tags',
      uploaded: 'Uploaded',
    },
    by: (who: string) => `by ${who}`,
    picture: 'Preview',
    selection: 'Selection',
  },
  zh: {
    materials: '素材',
    kinds: { IMAGE: '图片', VIDEO: '视频', AUDIO: '音频' },
    private: '私有',
    public: '公开',
    select: (name) => `选择 ${name}`,
    columns: {
      name: '名称',
      kind: '类型',
      size: '大小',
      facts: '尺寸',
      folder: '文件夹',
      tags: '标签',
      uploaded: '上传时间',
    },
    by: (who) => `由 ${who} 上传`,
    picture: '预览',
    selection: '选择',
  },
});
