import { Button, Group, Stack, Text } from '@mantine/core';
import { modals } from '@mantine/modals';
import { useCallback, useState } from 'react';
import { errorCode } from '../api/client.ts';
import { useMessages } from '../i18n/language.tsx';
import { defineMessages } from '../i18n/messages.ts';
import { Failed } from './failed.tsx';
import { FocusBack } from './focus-back.tsx';

const messages = defineMessages({
  en: { cancel: 'Cancel', close: 'Close' },
  zh: { cancel: '取消', close: '关闭' },
});

interface Question {
  readonly title: string;
  /** What will be lost, or will happen to whom. */
  readonly consequence: string;
  /** What the button says, such as "Delete mall". */
  readonly action: string;
  readonly run: () => Promise<unknown>;
}

/** Asks before something that cannot simply be taken back; stays open and says why where it fails. */
export function useConfirm(): (question: Question) => void {
  const t = useMessages(messages);
  return useCallback(
    ({ title, ...question }) => {
      const modalId = modals.open({
        title: (
          <Text component="span" fw={600} className="stockroom-name">
            {title}
          </Text>
        ),
        returnFocus: false,
        closeButtonProps: { 'aria-label': t.close },
        children: <Confirmation {...question} onClose={() => modals.close(modalId)} />,
      });
    },
    [t],
  );
}

function Confirmation({
  consequence,
  action,
  run,
  onClose,
}: Omit<Question, 'title'> & { readonly onClose: () => void }) {
  const t = useMessages(messages);
  const [isRunning, setRunning] = useState(false);
  const [error, setError] = useState<unknown>();
  const confirm = async () => {
    setRunning(true);
    setError(undefined);
    try {
      await run();
      onClose();
    } catch (problem) {
      // The login form has come instead of the page, perhaps by what was done.
      if (errorCode(problem) === 'LOGIN_REQUIRED') return onClose();
      setError(problem);
      setRunning(false);
    }
  };
  return (
    <Stack>
      <FocusBack />
      <Text className="stockroom-name">{consequence}</Text>
      {error !== undefined && <Failed error={error} />}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose} data-autofocus>
          {t.cancel}
        </Button>
        <Button color="red" loading={isRunning} onClick={() => void confirm()}>
          {action}
        </Button>
      </Group>
    </Stack>
  );
}
