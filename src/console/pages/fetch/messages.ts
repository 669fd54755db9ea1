import { defineMessages } from '../../i18n/messages.ts';

export const messages = defineMessages({
  en: {
    title: 'Fetch by address',
    intro: 'Pictures from elsewhere are fetched and kept in this mall as they are.',
    addresses: 'Addresses of pictures',
    addressesHint: 'One a line. Quotes and commas around them do no harm.',
    folder: 'Folder',
    folderHint: (byDefault: string) => `Left empty: ${byDefault}`,
    start: (count: number, shown: string) =>
      count === 0 ? 'Fetch' : count === 1 ? 'Fetch 1 picture' : `Fetch ${shown} pictures`,
    stop: 'Stop',
    repeated: (count: number) =>
      count === 1
        ? '1 address is there twice and is fetched once.'
        : `${count} repeated addresses are fetched once.`,
    empty: (count: number) =>
      count === 1 ? '1 empty line is left out.' : `${count} empty lines are left out.`,
    invalid: (line: number) => `Line ${line} is no http or https address and is left out:`,
    moreInvalid: (count: number) => `${count} more lines are no addresses and are left out.`,
    none: 'What becomes of each address is shown here.',
    outcomes: 'Outcomes',
    progress: 'Progress',
    summary: (done: string, all: string, kept: string, failed: string) =>
      `${done} of ${all} done: ${kept} kept, ${failed} failed`,
    onlyFailed: 'Failed ones only',
    retry: (count: string) => `Try again (${count})`,
    paused: (seconds: number) =>
      `No more pictures are taken just now. It goes on by itself in ${seconds} seconds.`,
    waiting: 'Waiting',
    sent: 'Being fetched…',
    kept: 'Kept',
    failed: 'Failed',
    notFetched: 'Not fetched',
    leaving:
      'Addresses that were not sent yet are not fetched, and what became of the others is not shown again.',
  },
  zh: {
    title: '按地址抓取',
    intro: '从外部地址抓取图片，原样保存到此商城。',
    addresses: '图片地址',
    addressesHint: '每行一个，地址两侧的引号和逗号会自动忽略。',
    folder: '文件夹',
    folderHint: (byDefault) => `留空则为 ${byDefault}`,
    start: (count, shown) => (count === 0 ? '抓取' : `抓取 ${shown} 张图片`),
    stop: '停止',
    repeated: (count) => `${count} 个重复地址只抓取一次。`,
    empty: (count) => `已忽略 ${count} 个空行。`,
    invalid: (line) => `第 ${line} 行不是 http 或 https 地址，已忽略：`,
    moreInvalid: (count) => `另有 ${count} 行不是有效地址，已忽略。`,
    none: '每个地址的抓取结果会显示在这里。',
    outcomes: '抓取结果',
    progress: '进度',
    summary: (done, all, kept, failed) => `已完成 ${done} / ${all}：成功 ${kept}，失败 ${failed}`,
    onlyFailed: '仅显示失败',
    retry: (count) => `重试（${count}）`,
    paused: (seconds) => `抓取过于频繁，将在 ${seconds} 秒后自动继续。`,
    waiting: '等待中',
    sent: '正在抓取…',
    kept: '已保存',
    failed: '失败',
    notFetched: '未抓取',
    leaving: '尚未发送的地址将不会抓取，已有结果也不会再次显示。',
  },
});
