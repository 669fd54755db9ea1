import { useMutation } from '@apollo/client/react';
import { Button, PasswordInput, Stack } from '@mantine/core';
import { type SyntheticEvent, useState } from 'react';
import { Failed } from '../../components/failed.tsx';
import { ChangePasswordDocument } from '../../generated/graphql.ts';
import { useMessages } from '../../i18n/language.tsx';
import { defineMessages } from '../../i18n/messages.ts';

const MIN_LENGTH = 8;

const messages = defineMessages({
  en: {
    current: 'Present password',
    next: 'New password',
    atLeast: `At least ${MIN_LENGTH} characters; several words are good.`,
    again: 'New password, once more',
    differ: 'The two are not the same.',
    submit: 'Change password',
  },
  zh: {
    current: '当前密码',
    next: '新密码',
    atLeast: `至少 ${MIN_LENGTH} 个字符，可使用多个词语组合。`,
    again: '再次输入新密码',
    differ: '两次输入不一致。',
    submit: '修改密码',
  },
});

/** Changes the user's password, which ends their other sessions. */
export function PasswordForm({ onChanged }: { readonly onChanged: () => void }) {
  const t = useMessages(messages);
  const [change, { loading, error }] = useMutation(ChangePasswordDocument);
  const [differ, setDiffer] = useState(false);
  const submit = async (event: SyntheticEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const given = new FormData(form);
    const [currentPassword, newPassword] = [String(given.get('current')), String(given.get('next'))];
    setDiffer(newPassword !== given.get('again'));
    if (newPassword !== given.get('again')) return;
    const { data } = await change({ variables: { currentPassword, newPassword } }).catch(() => ({
      data: null,
    }));
    if (!data) return;
    form.reset();
    onChanged();
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack>
        <PasswordInput name="current" label={t.current} autoComplete="current-password" required />
        <PasswordInput
          name="next"
          label={t.next}
          description={t.atLeast}
          autoComplete="new-password"
          minLength={MIN_LENGTH}
          required
        />
        <PasswordInput
          name="again"
          label={t.again}
          autoComplete="new-password"
          error={differ && t.differ}
          required
        />
        {error && <Failed error={error} />}
        <Button type="submit" loading={loading}>
          {t.submit}
        </Button>
      </Stack>
    </form>
  );
}
