import { useMutation } from '@apollo/client/react';
import { Alert, Button, FileButton, Group, Modal, Progress, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { Replace } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { Failed } from '../../components/failed.tsx';
import { useLeaveGuard } from '../../components/leave-guard.ts';
import { type MaterialKind, ReplaceMaterialDocument } from '../../generated/graphql.ts';
import { useFormats, useMessages } from '../../i18n/language.tsx';
import { defineMessages } from '../../i18n/messages.ts';
import type { Detail } from './detail.ts';
import { useRefetchMaterial } from './use-refetch-material.ts';

const ACCEPTED: Record<MaterialKind, string> = { IMAGE: 'image/*', VIDEO: 'video/*', AUDIO: 'audio/*' };

const messages = defineMessages({
  en: {
    replace: 'Replace file',
    uploading: 'Uploading the new file',
    checking: 'Checking the new file',
    cancel: 'Cancel',
    close: 'Close',
    done: 'The file was replaced',
    refused: 'The file was not taken',
    leaving: 'The new file will not be kept. The material stays as it was.',
  },
  zh: {
    replace: '替换文件',
    uploading: '正在上传新文件',
    checking: '正在检查新文件',
    cancel: '取消',
    close: '关闭',
    done: '文件已替换',
    refused: '文件未被接受',
    leaving: '新文件将不会保存，素材保持原样。',
  },
});

/** Gives the material another file of the same kind; address, folder and tags stay. */
export function ReplaceFile({ material }: { readonly material: Detail }) {
  const t = useMessages(messages);
  const formats = useFormats();
  const [file, setFile] = useState<File>();
  /** 0 to 1. */
  const [sent, setSent] = useState(0);
  const [send, { data, error, loading, reset }] = useMutation(ReplaceMaterialDocument);
  const refetch = useRefetchMaterial();
  const running = useRef<AbortController>(undefined);
  const forgetChoice = useRef<() => void>(null);
  const answer = data?.replaceMaterial;
  const rejection = answer?.__typename === 'UploadRejection' ? answer : undefined;

  useLeaveGuard(loading, t.leaving);
  useEffect(() => () => running.current?.abort(), []);

  const close = () => {
    running.current?.abort();
    setFile(undefined);
    forgetChoice.current?.();
    reset();
  };
  const replaceBy = async (chosen: File | null) => {
    if (!chosen) return;
    const controller = new AbortController();
    running.current = controller;
    setFile(chosen);
    setSent(0);
    const onUploadProgress = (done: number, total: number) => setSent(total > 0 ? done / total : 0);
    const result = await send({
      variables: { id: material.id, file: chosen },
      context: { fetchOptions: { onUploadProgress, signal: controller.signal } },
    }).catch(() => undefined);
    if (controller.signal.aborted || result?.data?.replaceMaterial.__typename !== 'Material') return;
    close();
    notifications.show({ message: t.done, color: 'green' });
    await refetch();
  };
  const isOver = Boolean(error ?? rejection);
  return (
    <>
      <FileButton
        onChange={(chosen) => void replaceBy(chosen)}
        accept={ACCEPTED[material.kind]}
        resetRef={forgetChoice}
        inputProps={{ 'aria-label': t.replace, tabIndex: -1 }}
      >
        {(props) => (
          <Button {...props} variant="default" leftSection={<Replace size={18} aria-hidden />}>
            {t.replace}
          </Button>
        )}
      </FileButton>
      <Modal
        opened={file !== undefined}
        onClose={close}
        title={t.replace}
        closeOnClickOutside={false}
        withCloseButton={false}
      >
        <Stack>
          <Text className="stockroom-name" dir="auto">
            {file?.name}
          </Text>
          {!isOver && (
            <>
              <Text size="sm" role="status">
                {sent < 1 ? t.uploading : t.checking} {sent < 1 && formats.percent(sent)}
              </Text>
              <Progress value={sent * 100} aria-label={t.uploading} animated={sent === 1} />
            </>
          )}
          {rejection && (
            <Alert color="red" variant="outline" title={t.refused} role="alert">
              {rejection.message}
            </Alert>
          )}
          {error && <Failed error={error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={close} data-autofocus>
              {isOver ? t.close : t.cancel}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
