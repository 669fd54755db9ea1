import { ActionIcon, Anchor, Box, Group, Progress, Text } from '@mantine/core';
import { CircleAlert, CircleCheck, Clock, type LucideIcon, RotateCw, Upload, X } from 'lucide-react';
import { memo } from 'react';
import { Link } from 'wouter';
import { useErrorText } from '../../api/use-error-text.ts';
import { useFormats, useMessages } from '../../i18n/language.tsx';
import type { FailureReason, Transfer, TransferState } from '../queue/transfer.ts';
import { useUploads } from '../uploads.tsx';
import { messages } from './messages.ts';

const ICONS: Readonly<Record<TransferState, LucideIcon>> = {
  waiting: Clock,
  sending: Upload,
  done: CircleCheck,
  failed: CircleAlert,
};
const COLORS: Readonly<Partial<Record<TransferState, string>>> = {
  done: 'var(--mantine-color-green-text)',
  failed: 'var(--mantine-color-error)',
};

interface RowProps extends Pick<Transfer, 'state' | 'sent' | 'unwanted'> {
  readonly transfer: Transfer;
  /** The row goes, and the button that was used with it. */
  readonly onGone: () => void;
}

/** A file on its way. Drawn anew only when it has gone on. */
export const UploadRow = memo(({ transfer, state, sent, unwanted, onGone }: RowProps) => {
  const t = useMessages(messages);
  const uploads = useUploads();
  const { name, size, materialId, destination, reason } = transfer;
  const Icon = ICONS[state];
  const text = useStateText(transfer);
  const cancel = () => {
    uploads.cancel([transfer]);
    onGone();
  };
  return (
    <Group wrap="nowrap" gap="sm" px="md" py={8} mih={56}>
      <Box c={COLORS[state] ?? 'dimmed'} flex="none" lh={0}>
        <Icon size={18} aria-hidden />
      </Box>
      <Box flex={1} miw={0}>
        {materialId === undefined ? (
          <Text size="sm" truncate dir="auto" title={name} className="stockroom-name">
            {name}
          </Text>
        ) : (
          <Anchor
            component={Link}
            href={`/library/${destination.mallId}/materials/${materialId}`}
            size="sm"
            truncate
            display="block"
            dir="auto"
            title={name}
            className="stockroom-name"
          >
            {name}
          </Anchor>
        )}
        <Text size="xs" c={state === 'failed' ? 'var(--mantine-color-error)' : 'dimmed'}>
          {text}
        </Text>
        {state === 'sending' && !unwanted && (
          <Progress
            size={3}
            mt={4}
            transitionDuration={0}
            value={size > 0 ? (100 * sent) / size : 0}
            aria-label={t.progressOf(name)}
          />
        )}
      </Box>
      {reason && reason.kind !== 'tooLarge' && (
        <RowButton label={t.retry(name)} icon={RotateCw} onClick={() => uploads.retry([transfer])} />
      )}
      {state === 'failed' && <RowButton label={t.remove(name)} icon={X} onClick={cancel} />}
      {(state === 'sending' || state === 'waiting') && !unwanted && (
        <RowButton label={t.cancel(name)} icon={X} onClick={cancel} />
      )}
    </Group>
  );
});

function RowButton({
  label,
  icon: Icon,
  onClick,
}: {
  readonly label: string;
  readonly icon: LucideIcon;
  readonly onClick: () => void;
}) {
  return (
    <ActionIcon variant="subtle" color="gray" aria-label={label} title={label} onClick={onClick}>
      <Icon size={16} aria-hidden />
    </ActionIcon>
  );
}

function useStateText({ state, size, sent, unwanted, reason }: Transfer): string {
  const t = useMessages(messages);
  const formats = useFormats();
  const reasonText = useReasonText();
  if (reason) return reasonText(reason);
  if (unwanted) return t.cancelling;
  if (state === 'waiting') return `${formats.bytes(size)} · ${t.waiting}`;
  if (state === 'done') return `${formats.bytes(size)} · ${t.uploaded}`;
  return sent < size ? t.sent(formats.bytes(sent), formats.bytes(size)) : t.examined;
}

function useReasonText(): (reason: FailureReason) => string {
  const t = useMessages(messages);
  const formats = useFormats();
  const errorText = useErrorText();
  return (reason) => {
    switch (reason.kind) {
      case 'told':
        return reason.text;
      case 'error':
        return errorText(reason.error);
      case 'unreadable':
        return t.unreadable;
      case 'tooLarge':
        return t.tooLarge(formats.bytes(reason.maxBytes));
    }
  };
}
