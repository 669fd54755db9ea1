import { useMutation } from '@apollo/client/react';
import { Alert, Button, Checkbox, Code, Group, NativeSelect, TextInput } from '@mantine/core';
import { type SyntheticEvent, useState } from 'react';
import { CopyButton } from '../../components/copy-button.tsx';
import { Failed } from '../../components/failed.tsx';
import { type ApiTokenScope, CreateApiTokenDocument } from '../../generated/graphql.ts';
import { useMessages } from '../../i18n/language.tsx';
import { useSession } from '../../session.tsx';
import { tokenMessages } from './token-messages.ts';

const SCOPES: readonly ApiTokenScope[] = ['READ', 'WRITE', 'MANAGE'];
/** In days. */
const LIFETIMES = [1, 30, 90, 365];
const DAY_MS = 86_400_000;

export function NewTokenForm({ onMade }: { readonly onMade: () => void }) {
  const t = useMessages(tokenMessages);
  const { malls } = useSession();
  const [create, { loading, error, data }] = useMutation(CreateApiTokenDocument, {
    fetchPolicy: 'no-cache',
  });
  const [scopes, setScopes] = useState<string[]>(['READ']);
  const submit = async (event: SyntheticEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const given = new FormData(form);
    const days = Number(given.get('days'));
    const answer = await create({
      variables: {
        name: String(given.get('name')),
        scopes: SCOPES.filter((scope) => scopes.includes(scope)),
        mallId: Number(given.get('mall')) || null,
        expiresAt: days > 0 ? new Date(Date.now() + days * DAY_MS).toISOString() : null,
      },
    }).catch(() => undefined);
    if (!answer?.data) return;
    form.reset();
    onMade();
  };
  const token = data?.createApiToken.token;
  return (
    <>
      {token && (
        <Alert color="green" variant="outline" title={t.made} mb="md" role="status">
          <Group gap="xs" wrap="nowrap">
            <Code className="stockroom-name">{token}</Code>
            <CopyButton value={token} label={t.copy} />
          </Group>
        </Alert>
      )}
      <form onSubmit={(event) => void submit(event)}>
        <Group align="flex-end">
          <TextInput name="name" label={t.name} maxLength={100} required />
          <Checkbox.Group label={t.allows} value={scopes} onChange={setScopes}>
            <Group mih={36} gap="sm">
              {SCOPES.map((scope) => (
                <Checkbox key={scope} value={scope} label={t.scopes[scope]} />
              ))}
            </Group>
          </Checkbox.Group>
          <NativeSelect
            name="mall"
            label={t.mall}
            data={[
              { value: '', label: t.allMalls },
              ...malls.map(({ id, name }) => ({ value: String(id), label: name })),
            ]}
          />
          <NativeSelect
            name="days"
            label={t.lasts}
            defaultValue="90"
            data={[
              ...LIFETIMES.map((days) => ({ value: String(days), label: t.days(days) })),
              { value: '0', label: t.never },
            ]}
          />
          <Button type="submit" loading={loading} disabled={scopes.length === 0}>
            {t.make}
          </Button>
        </Group>
      </form>
      {error && <Failed error={error} />}
    </>
  );
}
