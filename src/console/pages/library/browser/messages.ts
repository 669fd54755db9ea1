import { defineMessages } from '../../../i18n/messages.ts';

export const messages = defineMessages({
  en: {
    title: (mall: string) => `Library of ${mall}`,
    trashTitle: (mall: string) => `Trash of ${mall}`,
    trashNote:
      'Files in the trash cannot be opened or downloaded. The trash empties itself: what has been in it long enough (usually 30 days) is deleted for ever.',
    count: (text: string, count: number) => (count === 1 ? 'One material' : `${text} materials`),
    fresh: (count: number) => (count === 1 ? 'One new material' : `${count} new materials`),
    nothingTitle: 'Nothing matches',
    nothing: 'No material fits all of the filters.',
    clear: 'Clear filters',
    emptyTitle: 'No materials yet',
    empty: 'Drop pictures, videos or sounds here, or choose them with Upload.',
    emptyViewer: 'Nobody has uploaded anything to this mall yet.',
    emptyTrashTitle: 'The trash is empty',
    emptyTrash: 'What is deleted comes here first, and can be restored.',
    keys: 'Arrow keys move, Space selects, Shift extends, Enter opens, Escape clears the selection.',
  },
  zh: {
    title: (mall) => `${mall} 的素材库`,
    trashTitle: (mall) => `${mall} 的回收站`,
    trashNote: '回收站中的文件无法访问。回收站会自动清空：存放足够久（通常 30 天）的素材将被彻底删除。',
    count: (text) => `${text} 个素材`,
    fresh: (count) => `${count} 个新素材`,
    nothingTitle: '没有匹配的素材',
    nothing: '没有素材符合全部筛选条件。',
    clear: '清除筛选',
    emptyTitle: '还没有素材',
    empty: '将图片、视频或音频拖放到此处，或点击“上传”选择文件。',
    emptyViewer: '此商城中还没有人上传素材。',
    emptyTrashTitle: '回收站是空的',
    emptyTrash: '删除的素材会先放到这里，并且可以恢复。',
    keys: '方向键移动，空格键选择，Shift 键扩展选择，回车键打开，Esc 键取消选择。',
  },
});
