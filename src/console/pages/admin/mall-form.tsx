import { useMutation } from '@apollo/client/react';
import { Button, Group, Stack, TextInput } from '@mantine/core';
import { type SyntheticEvent, useState } from 'react';
import { errorCode } from '../../api/client.ts';
import { useErrorText } from '../../api/use-error-text.ts';
import { Failed } from '../../components/failed.tsx';
import { QuotaInput } from '../../components/quota-input.tsx';
import {
  CreateMallDocument,
  MallsUsageDocument,
  type MallsUsageQuery,
  UpdateMallDocument,
} from '../../generated/graphql.ts';
import { useMessages } from '../../i18n/language.tsx';
import { useSession } from '../../session.tsx';
import { adminMessages } from './messages.ts';

/** Makes a mall, or changes the name and quota of one. */
export function MallForm({
  mall,
  onDone,
}: {
  readonly mall: MallsUsageQuery['malls'][number] | undefined;
  readonly onDone: () => void;
}) {
  const t = useMessages(adminMessages);
  const { refresh } = useSession();
  const errorText = useErrorText();
  const [create, creation] = useMutation(CreateMallDocument, {
    refetchQueries: [MallsUsageDocument],
    awaitRefetchQueries: true,
  });
  const [update, change] = useMutation(UpdateMallDocument);
  const [name, setName] = useState(mall?.name ?? '');
  const present = mall?.usage.quotaBytes ?? null;
  const [quota, setQuota] = useState<number | null | undefined>(present);
  const error = creation.error ?? change.error;
  const isAboutName = errorCode(error) === 'PARAMS_INVALID';

  const submit = async (event: SyntheticEvent) => {
    event.preventDefault();
    if (quota === undefined) return;
    const work = mall
      ? update({ variables: { id: mall.id, name, ...(quota !== present && { quotaBytes: quota }) } })
      : create({ variables: { name, quotaBytes: quota } });
    const done = await work.then(
      () => true,
      () => false,
    );
    if (!done) return;
    await refresh();
    onDone();
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack>
        <TextInput
          label={t.malls.name}
          value={name}
          onChange={({ currentTarget }) => setName(currentTarget.value)}
          error={isAboutName && errorText(error)}
          maxLength={100}
          required
          data-autofocus
        />
        <QuotaInput value={present} onChange={setQuota} />
        {error && !isAboutName && <Failed error={error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onDone}>
            {t.cancel}
          </Button>
          <Button type="submit" loading={creation.loading || change.loading}>
            {mall ? t.save : t.malls.made}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
