import { useMutation } from '@apollo/client/react';
import { Alert, Button, Group, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { Trash2 } from 'lucide-react';
import { useLocation } from 'wouter';
import { useErrorText } from '../../api/use-error-text.ts';
import { useConfirm } from '../../components/confirm.tsx';
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
    noWayBack: (name: string) => `Nothing brings the file back after that: ${name}`,
    gone: 'Deleted for ever',
  },
  zh: {
    title: '已在回收站中',
    since: (when) => `移入时间：${when}。恢复之前，任何人都无法获取该文件。`,
    restore: '恢复',
    purge: '彻底删除',
    sure: '确定彻底删除？',
    noWayBack: (name) => `删除后无法找回该文件：${name}`,
    gone: '已彻底删除',
  },
});

/** What can be done with a material in the trash, whose file is not to be had. */
export function InTrash({ mall, material }: { readonly mall: Mall; readonly material: Detail }) {
  const t = useMessages(messages);
  const formats = useFormats();
  const errorText = useErrorText();
  const confirm = useConfirm();
  const [, navigate] = useLocation();
  const { id, originFilename, deletedAt } = material;
  const [sendRestore, restoring] = useMutation(RestoreMaterialsDocument);
  const [sendPurge] = useMutation(PurgeMaterialsDocument);
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
    const { data } = await sendPurge({ variables: { ids: [id] } });
    const refusal = data?.purgeMaterials[0]?.message;
    if (refusal) {
      say(refusal);
    } else {
      notifications.show({ message: t.gone });
      navigate(`/library/${mall.id}/trash`, { replace: true });
    }
  };
  const askPurge = () =>
    confirm({ title: t.sure, consequence: t.noWayBack(originFilename), action: t.purge, run: purge });
  return (
    <Alert color="red" variant="outline" icon={<Trash2 aria-hidden />} title={t.title}>
      <Text size="sm" mb="sm">
        {t.since(formats.dateTime(deletedAt ?? new Date()))}
      </Text>
      <Group gap="xs">
        <Button loading={restoring.loading} onClick={() => void restore()} autoFocus>
          {t.restore}
        </Button>
        <Button variant="default" onClick={askPurge}>
          {t.purge}
        </Button>
      </Group>
    </Alert>
  );
}
