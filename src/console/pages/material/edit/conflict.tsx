import { Alert, Button, Group, Table, Text } from '@mantine/core';
import { GitCompareArrows } from 'lucide-react';
import { useAuditValue } from '../../../components/audit-value.tsx';
import { auditWords } from '../../../components/audit-words.ts';
import { useMessages } from '../../../i18n/language.tsx';
import { defineMessages } from '../../../i18n/messages.ts';
import { changedFields, DESCRIPTION_FIELDS, type Description } from './description.ts';
import type { DescriptionForm } from './use-description.ts';

const messages = defineMessages({
  en: {
    title: 'Somebody has changed this material meanwhile',
    what: 'Nothing of yours has been saved yet.',
    field: 'Field',
    theirs: 'Now',
    mine: 'Yours',
    keepMine: 'Save mine over it',
    takeTheirs: 'Keep what is there now',
  },
  zh: {
    title: '其他人刚刚修改了此素材',
    what: '您的更改尚未保存。',
    field: '字段',
    theirs: '当前',
    mine: '您的',
    keepMine: '用我的更改覆盖',
    takeTheirs: '保留当前内容',
  },
});

/** Shows what somebody else has made of the material beside what was to be saved, and asks which it shall be. */
export function Conflict({
  form,
  theirs,
  onKeepMine,
}: {
  readonly form: DescriptionForm;
  readonly theirs: Description;
  readonly onKeepMine: () => void;
}) {
  const t = useMessages(messages);
  const words = useMessages(auditWords);
  const show = useAuditValue();
  const concerned = new Set([...changedFields(form.base, theirs), ...changedFields(form.base, form.mine)]);
  const mine = changedFields(form.base, form.mine);
  return (
    <Alert variant="default" icon={<GitCompareArrows aria-hidden />} title={t.title} role="alert">
      <Text size="sm">{t.what}</Text>
      <Table layout="fixed" my="xs">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t.field}</Table.Th>
            <Table.Th>{t.theirs}</Table.Th>
            <Table.Th>{t.mine}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {DESCRIPTION_FIELDS.filter((field) => concerned.has(field)).map((field) => (
            <Table.Tr key={field}>
              <Table.Th scope="row">{words.fields[field]}</Table.Th>
              <Table.Td>
                <bdi className="stockroom-name">{show(field, theirs[field])}</bdi>
              </Table.Td>
              <Table.Td>
                {mine.includes(field) && (
                  <bdi className="stockroom-name">{show(field, form.mine[field])}</bdi>
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <Group gap="xs">
        <Button size="compact-sm" loading={form.isSaving} onClick={onKeepMine}>
          {t.keepMine}
        </Button>
        <Button size="compact-sm" variant="default" onClick={form.reset}>
          {t.takeTheirs}
        </Button>
      </Group>
    </Alert>
  );
}
