import { Overlay, Paper, Portal, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { CloudUpload } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useMessages } from '../i18n/language.tsx';
import { defineMessages } from '../i18n/messages.ts';
import { addPicked } from './add-picked.ts';
import { droppedFiles, pastedFiles } from './dropped-files.ts';
import { useUploads, useUploadTarget } from './uploads.tsx';

const messages = defineMessages({
  en: {
    drop: (place: string) => `Drop to upload to ${place}`,
    hint: 'Files and whole folders',
    unreadable: 'Something that was dropped could not be read.',
  },
  zh: {
    drop: (place) => `松开即可上传到 ${place}`,
    hint: '支持文件和整个文件夹',
    unreadable: '拖入的部分内容无法读取。',
  },
});

/** Takes files and folders that are dropped anywhere in the window, and pictures that are pasted. */
export function UploadArea() {
  const t = useMessages(messages);
  const uploads = useUploads();
  const target = useUploadTarget();
  const [isOver, setOver] = useState(false);

  useEffect(() => {
    const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;
    const over = (event: DragEvent) => {
      if (event.defaultPrevented || !hasFiles(event)) return;
      // Also where nothing takes them: the browser would leave the page and show the file.
      event.preventDefault();
      if (event.dataTransfer) event.dataTransfer.dropEffect = target ? 'copy' : 'none';
      setOver(Boolean(target));
    };
    const leave = (event: DragEvent) => {
      if (event.relatedTarget === null) setOver(false);
    };
    const drop = async (event: DragEvent) => {
      setOver(false);
      if (event.defaultPrevented || !hasFiles(event)) return;
      event.preventDefault();
      if (!target || !event.dataTransfer) return;
      const { user } = uploads;
      try {
        for await (const picked of droppedFiles(event.dataTransfer)) {
          // Reading a folder takes a while, after which somebody else may be here.
          if (uploads.user !== user) return;
          addPicked(uploads, target, picked);
        }
      } catch {
        notifications.show({ color: 'red', message: t.unreadable });
      }
    };
    const dropped = (event: DragEvent) => void drop(event);
    const paste = (event: ClipboardEvent) => {
      const isText =
        event.target instanceof Element && event.target.closest('input, textarea, [contenteditable]');
      if (!target || isText || !event.clipboardData?.files.length) return;
      event.preventDefault();
      addPicked(uploads, target, pastedFiles(event.clipboardData));
    };
    window.addEventListener('dragover', over);
    window.addEventListener('dragleave', leave);
    window.addEventListener('drop', dropped);
    window.addEventListener('paste', paste);
    return () => {
      window.removeEventListener('dragover', over);
      window.removeEventListener('dragleave', leave);
      window.removeEventListener('drop', dropped);
      window.removeEventListener('paste', paste);
    };
  }, [uploads, target, t]);

  if (!isOver || !target) return null;
  const place = [target.mall.name, target.folder].filter(Boolean).join(' / ');
  return (
    <Portal>
      <Overlay fixed center backgroundOpacity={0.4} blur={2} zIndex={500} style={{ pointerEvents: 'none' }}>
        <Paper p="xl" withBorder shadow="xl" mx="md">
          <Stack align="center" gap="xs">
            <CloudUpload size={56} strokeWidth={1.25} aria-hidden />
            <Text fw={600} ta="center" className="stockroom-name">
              {t.drop(place)}
            </Text>
            <Text size="sm" c="dimmed">
              {t.hint}
            </Text>
          </Stack>
        </Paper>
      </Overlay>
    </Portal>
  );
}
