import { useMutation } from '@apollo/client/react';
import { Button, Group, NativeSelect, TextInput } from '@mantine/core';
import { UserPlus } from 'lucide-react';
import { type SyntheticEvent, useState } from 'react';
import { errorCode } from '../../api/client.ts';
import { useErrorText } from '../../api/use-error-text.ts';
import { MALL_ROLES, roleWords } from '../../components/role-words.ts';
import { MallMembersDocument, type MallRole, SetMallMemberDocument } from '../../generated/graphql.ts';
import { useMessages } from '../../i18n/language.tsx';
import { mallMessages } from './messages.ts';

/** Makes a user a member by name. */
export function AddMemberForm({ mallId }: { readonly mallId: number }) {
  const t = useMessages(mallMessages).members;
  const words = useMessages(roleWords);
  const errorText = useErrorText();
  const [username, setUsername] = useState('');
  const [role, setRole] = useState<MallRole>('VIEWER');
  const [add, { loading, error }] = useMutation(SetMallMemberDocument, {
    refetchQueries: [MallMembersDocument],
    awaitRefetchQueries: true,
  });
  const submit = async (event: SyntheticEvent) => {
    event.preventDefault();
    const { data } = await add({ variables: { mallId, username, role } }).catch(() => ({ data: undefined }));
    if (data) setUsername('');
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Group align="flex-start" gap="sm">
        <TextInput
          label={t.name}
          description={t.addWhat}
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          value={username}
          onChange={({ currentTarget }) => setUsername(currentTarget.value)}
          error={error && (errorCode(error) === 'NOT_FOUND' ? t.nobody : errorText(error))}
          autoComplete="off"
          maxLength={100}
          required
          miw={240}
        />
        <NativeSelect
          label={t.role}
          data={MALL_ROLES.map((each) => ({ value: each, label: words.roles[each] }))}
          value={role}
          onChange={({ currentTarget }) => setRole(currentTarget.value as MallRole)}
        />
        <Button
          type="submit"
          loading={loading}
          leftSection={<UserPlus size={16} aria-hidden />}
          mt={{ base: 0, xs: 25 }}
        >
          {t.add}
        </Button>
      </Group>
    </form>
  );
}
