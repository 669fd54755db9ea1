import { defineMessages } from '../i18n/messages.ts';

/** What members of a mall are, and may do. */
export const roleWords = defineMessages({
  en: {
    roles: { OWNER: 'Owner', EDITOR: 'Editor', VIEWER: 'Viewer' },
    rights: {
      OWNER: 'does everything here: members, webhooks and settings too',
      EDITOR: 'uploads and changes materials',
      VIEWER: 'sees and downloads materials',
    },
  },
  zh: {
    roles: { OWNER: '所有者', EDITOR: '编辑者', VIEWER: '查看者' },
    rights: {
      OWNER: '可执行全部操作，包括成员、Webhook 和设置',
      EDITOR: '可上传和修改素材',
      VIEWER: '可查看和下载素材',
    },
  },
});

export const MALL_ROLES = ['VIEWER', 'EDITOR', 'OWNER'] as const;
