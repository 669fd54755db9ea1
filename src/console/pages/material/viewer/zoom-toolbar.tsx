import { Group, Text } from '@mantine/core';
import { Maximize, ZoomIn, ZoomOut } from 'lucide-react';
import { useFormats, useMessages } from '../../../i18n/language.tsx';
import { defineMessages } from '../../../i18n/messages.ts';
import { ToolButton } from '../tool-button.tsx';
import type { Zoom } from './use-zoom.ts';

const messages = defineMessages({
  en: { in: 'Enlarge', out: 'Shrink', whole: 'Show all of it', percent: 'Of its own size' },
  zh: { in: '放大', out: '缩小', whole: '显示全图', percent: '相对原始尺寸' },
});

/** `percent` is 1 where each pixel of the picture is one of the page. */
export function ZoomToolbar({
  zoom,
  percent,
}: {
  readonly zoom: Zoom;
  readonly percent: number | undefined;
}) {
  const t = useMessages(messages);
  const formats = useFormats();
  const isWhole = zoom.view.scale === 1;
  return (
    <Group gap={4} wrap="nowrap">
      <ToolButton icon={ZoomOut} label={t.out} onClick={zoom.zoomOut} isOff={isWhole} />
      <Text component="output" size="sm" w={52} ta="center" aria-label={t.percent}>
        {percent === undefined ? '' : formats.percent(percent)}
      </Text>
      <ToolButton icon={ZoomIn} label={t.in} onClick={zoom.zoomIn} isOff={zoom.isLargest} />
      <ToolButton icon={Maximize} label={t.whole} onClick={zoom.showWhole} isOff={isWhole} />
    </Group>
  );
}
