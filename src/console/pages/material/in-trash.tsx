import { useMutation } from '@apollo/client/react';
import { Alert, Button, Group, Text } from '@mantine/core';
import { modals } from '@mantine/modals';
import { notifications } from '@mantine/notifications';
import { Trash2 } from 'lucide-react';
import { useLocation } from 'wouter';
import { useErrorText } from '../../api/use-error-text.ts';
import { PurgeMaterialsDocument, RestoreMaterialsDocument } from '../../generated/graphql.ts';
import { useFormats, useMessages } from '../../i18n/language.tsx';
import { defineMessages } from '../../i18n/messages.ts';
import type { Mall } from '../../session.tsx';
import type { Detail } from './detail.ts';
import { useRefetchMaterial } from './use-refetch-material.ts';

const messages = defineMessages({
  en: {
    title: 'In the trash',
    since: (when: string) => `Since ${when}. Nobody gets the file until it is restored.`,
    restore: 'Restore',
    purge: 'Delete for ever',
    sure: 'Delete for ever?',
    noWayBack: 'Nothing brings the file back after that:',
    cancel: 'Cancel',
    gone: 'Deleted for ever',
  },
  zh: {
    title: '已在回收站中',
    since: (when) => `移入时间：${when}。恢复之前，任何人都无法获取该文件。`,
    restore: '恢复',
    purge: '彻底删除',
    sure: '确定彻底删除？',
    noWayBack: '删除后无法找回该文件：',
    cancel: '取消',
    gone: '已彻底删除',
  },
});

/** What can be done with a material in the trash, whose file is not to be had. */
export function InTrash({ mall, material }: { readonly mall: Mall; readonly material: Detail }) {
  const t = useMessages(messages);
  const formats = useFormats();
  const errorText = useErrorText();
  const [, navigate] = useLocation();
  const { id, originFilename, deletedAt } = material;
  const [sendRestore, restoring] = useMutation(RestoreMaterialsDocument);
  const [sendPurge, purging] = useMutation(PurgeMaterialsDocument);
  const refetch = useRefetchMaterial();
  const say = (message: string) => notifications.show({ message, color: 'red' });
  const restore = async () => {
    try {
      const { data } = await sendRestore({ variables: { ids: [id] } });
      const refusal = data?.restoreMaterials[0]?.message;
      if (refusal) say(refusal);
      await refetch();
      // This button is gone.
      document.querySelector('h1')?.focus();
    } catch (error) {
      say(errorText(error));
    }
  };
  const purge = async () => {
    try {
      const { data } = await sendPurge({ variables: { ids: [id] } });
      const refusal = data?.purgeMaterials[0]?.message;
      if (refusal) {
        say(refusal);
      } else {
        notifications.show({ message: t.gone });
        navigate(`/library/${mall.id}/trash`, { replace: true });
      }
    } catch (error) {
      say(errorText(error));
    }
  };
  const askPurge = () =>
    modals.openConfirmModal({
      title: t.sure,
      withCloseButton: false,
      children: (
        <Text size="sm">
          {t.noWayBack}{' '}
          <strong className="stockroom-name" dir="auto">
            {originFilename}
          </strong>
        </Text>
      ),
      labels: { confirm: t.purge, cancel: t.cancel },
      confirmProps: { color: 'red' },
      onConfirm: () => void purge(),
    });
  return (
    <Alert color="red" variant="outline" icon={<Trash2 aria-hidden />} title={t.title}>
      <Text size="sm" mb="sm">
        {t.since(formats.dateTime(deletedAt ?? new Date()))}
      </Text>
      <Group gap="xs">
        <Button loading={restoring.loading} onClick={() => void restore()} autoFocus>
          {t.restore}
        </Button>
        <Button variant="default" loading={purging.loading} onClick={askPurge}>
          {t.purge}
        </Button>
      </Group>
    </Alert>
  );
}
