import { useMutation } from '@apollo/client/react';
import { Button, Group, Radio, Stack, Text, TextInput } from '@mantine/core';
import { type SyntheticEvent, useState } from 'react';
import { errorCode } from '../../api/client.ts';
import { useErrorText } from '../../api/use-error-text.ts';
import { Failed } from '../../components/failed.tsx';
import {
  CreateUserDocument,
  UpdateUserDocument,
  type UserRole,
  UsersDocument,
  type UsersQuery,
} from '../../generated/graphql.ts';
import { useMessages } from '../../i18n/language.tsx';
import { useSession } from '../../session.tsx';
import { adminMessages } from './messages.ts';

const ROLES = ['MEMBER', 'ADMIN'] as const;
const ABOUT_NAME = new Set<string | undefined>(['PARAMS_INVALID', 'USERNAME_TAKEN']);

/** Makes a user, or changes the name and role of one; `onMade` is told the password that was made. */
export function UserForm({
  user,
  onMade,
  onDone,
}: {
  readonly user: UsersQuery['users']['edges'][number]['node'] | undefined;
  readonly onMade: (username: string, password: string) => void;
  readonly onDone: () => void;
}) {
  const texts = useMessages(adminMessages);
  const t = texts.users;
  const { me } = useSession();
  const errorText = useErrorText();
  const [create, creation] = useMutation(CreateUserDocument, {
    refetchQueries: [UsersDocument],
    awaitRefetchQueries: true,
  });
  const [update, change] = useMutation(UpdateUserDocument);
  const [username, setUsername] = useState(user?.username ?? '');
  const [role, setRole] = useState<UserRole>(user?.role ?? 'MEMBER');
  const error = creation.error ?? change.error;
  const isAboutName = ABOUT_NAME.has(errorCode(error));
  const isSelf = user?.id === me.id;

  const submit = async (event: SyntheticEvent) => {
    event.preventDefault();
    if (user) {
      const { data } = await update({ variables: { id: user.id, username, role } }).catch(() => ({
        data: undefined,
      }));
      if (data) onDone();
      return;
    }
    const { data } = await create({ variables: { username, role } }).catch(() => ({ data: undefined }));
    if (data) onMade(data.createUser.user.username, data.createUser.generatedPassword ?? '');
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack>
        <TextInput
          label={t.name}
          value={username}
          onChange={({ currentTarget }) => setUsername(currentTarget.value)}
          error={isAboutName && errorText(error)}
          maxLength={100}
          autoComplete="off"
          required
          data-autofocus
        />
        {!isSelf && (
          <Radio.Group label={t.role} value={role} onChange={(value) => setRole(value as UserRole)}>
            <Stack gap="xs" mt="xs">
              {ROLES.map((each) => (
                <Radio key={each} value={each} label={t.roles[each]} description={t.rights[each]} />
              ))}
            </Stack>
          </Radio.Group>
        )}
        {user && (
          <Text size="sm" c="dimmed">
            {isSelf ? t.endsYours : t.endsSessions}
          </Text>
        )}
        {error && !isAboutName && <Failed error={error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onDone}>
            {texts.cancel}
          </Button>
          <Button type="submit" loading={creation.loading || change.loading}>
            {user ? texts.save : t.made}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
