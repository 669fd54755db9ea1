import { defineMessages } from '../../../i18n/messages.ts';

/** What the audit trail can tell of a material. */
export const actionNames = defineMessages({
  en: {
    'material.created': 'Came in',
    'material.updated': 'Changed',
    'material.replaced': 'Got another file',
    'material.deleted': 'Moved to the trash',
    'material.restored': 'Restored from the trash',
    'material.purged': 'Removed for ever',
    'link.created': 'An expiring link was made',
    'avatar.changed': 'Became an avatar',
  },
  zh: {
    'material.created': '入库',
    'material.updated': '修改信息',
    'material.replaced': '替换文件',
    'material.deleted': '移入回收站',
    'material.restored': '从回收站恢复',
    'material.purged': '永久删除',
    'link.created': '创建限时链接',
    'avatar.changed': '设为头像',
  },
});
