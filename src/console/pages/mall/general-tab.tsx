import { useMutation, useQuery } from '@apollo/client/react';
import { Button, Group, Radio, Skeleton, Stack, Text, TextInput } from '@mantine/core';
import { type SyntheticEvent, useState } from 'react';
import { errorCode } from '../../api/client.ts';
import { useErrorText } from '../../api/use-error-text.ts';
import { Failed } from '../../components/failed.tsx';
import { QuotaInput } from '../../components/quota-input.tsx';
import { MallUsageDocument, UpdateMallDocument, type Visibility } from '../../generated/graphql.ts';
import { useMessages } from '../../i18n/language.tsx';
import type { MallPageProps } from '../../routes.tsx';
import { useSession } from '../../session.tsx';
import { mallMessages } from './messages.ts';

const VISIBILITIES = ['PUBLIC', 'PRIVATE'] as const;

/** Name and defaults, which owners change, and the quota, which administrators change. */
export function GeneralTab({ mall }: MallPageProps) {
  const { isAdmin } = useSession();
  const { data, error, refetch } = useQuery(MallUsageDocument, {
    variables: { id: mall.id },
    skip: !isAdmin,
  });
  if (!isAdmin) return <GeneralForm mall={mall} quotaBytes={undefined} />;
  const usage = data?.mall?.usage;
  if (usage) return <GeneralForm mall={mall} quotaBytes={usage.quotaBytes} />;
  return error ? <Failed error={error} onRetry={() => void refetch()} /> : <Skeleton h={300} />;
}

function GeneralForm({
  mall,
  quotaBytes: present,
}: MallPageProps & {
  /** undefined: not for the user to change. */
  readonly quotaBytes: number | null | undefined;
}) {
  const texts = useMessages(mallMessages);
  const t = texts.general;
  const { refresh } = useSession();
  const errorText = useErrorText();
  const [update, { loading, error, data: saved, reset }] = useMutation(UpdateMallDocument);
  const [name, setName] = useState(mall.name);
  const [visibility, setVisibility] = useState<Visibility>(mall.defaultVisibility);
  const [quota, setQuota] = useState<number | null | undefined>(present);
  const isAboutName = errorCode(error) === 'PARAMS_INVALID';

  const submit = async (event: SyntheticEvent) => {
    event.preventDefault();
    if (present !== undefined && quota === undefined) return;
    const { data } = await update({
      variables: {
        id: mall.id,
        name,
        defaultVisibility: visibility,
        ...(quota !== undefined && quota !== present && { quotaBytes: quota }),
      },
    }).catch(() => ({ data: undefined }));
    if (data) await refresh();
  };
  return (
    <form onSubmit={(event) => void submit(event)} onChange={() => saved && reset()}>
      <Stack maw={520} gap="lg">
        <TextInput
          label={t.name}
          value={name}
          onChange={({ currentTarget }) => setName(currentTarget.value)}
          error={isAboutName && errorText(error)}
          maxLength={100}
          required
        />
        <Radio.Group
          label={t.visibility}
          description={t.stays}
          value={visibility}
          onChange={(value) => setVisibility(value as Visibility)}
        >
          <Stack gap="xs" mt="xs">
            {VISIBILITIES.map((each) => (
              <Radio key={each} value={each} label={t.visibilities[each]} description={t.meanings[each]} />
            ))}
          </Stack>
        </Radio.Group>
        {present !== undefined && <QuotaInput value={present} onChange={setQuota} />}
        {error && !isAboutName && <Failed error={error} />}
        <Group>
          <Button type="submit" loading={loading}>
            {texts.save}
          </Button>
          <Text role="status" size="sm">
            {saved && !loading ? texts.saved : ''}
          </Text>
        </Group>
      </Stack>
    </form>
  );
}
