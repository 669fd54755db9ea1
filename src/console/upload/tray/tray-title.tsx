import { Text } from '@mantine/core';
import { useFormats, useMessages } from '../../i18n/language.tsx';
import { useUploadSummary } from '../uploads.tsx';
import { messages } from './messages.ts';

/** How many files are there, of how many. */
export function TrayTitle() {
  const t = useMessages(messages);
  const formats = useFormats();
  const total = useUploadSummary((summary) => summary.total);
  const done = useUploadSummary((summary) => summary.done);
  const failed = useUploadSummary((summary) => summary.failed);
  const isBusy = useUploadSummary((summary) => summary.isBusy);
  return (
    <Text fw={600} size="sm">
      {isBusy
        ? t.running(formats.number(done), formats.number(total))
        : t.allDone(done, formats.number(done))}
      {failed > 0 && (
        <Text span inherit c="var(--mantine-color-error)">
          {' · '}
          {t.someFailed(formats.number(failed))}
        </Text>
      )}
    </Text>
  );
}
