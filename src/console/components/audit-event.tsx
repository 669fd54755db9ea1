import { Group, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useFormats, useMessages } from '../i18n/language.tsx';
import { defineMessages } from '../i18n/messages.ts';
import classes from './audit-event.module.css';
import { AuditChange } from './audit-value.tsx';
import { auditWords, wordFor } from './audit-words.ts';

const messages = defineMessages({
  en: {
    server: 'the server or a command',
    by: 'by ',
    details: 'Details',
    address: 'Address',
    request: 'Request',
    token: 'API token',
    subject: 'Id',
  },
  zh: {
    server: '服务器或命令',
    by: '操作者：',
    details: '详情',
    address: '地址',
    request: '请求',
    token: 'API 令牌',
    subject: '编号',
  },
});

/** What is shown of an event; what was not asked for is left out. */
export interface ShownEvent {
  readonly at: string;
  readonly action: string;
  readonly actor?: { readonly username: string } | null;
  readonly subjectId?: string | null;
  readonly subjectName?: string | null;
  readonly changes: readonly {
    readonly field: string;
    readonly before?: unknown;
    readonly after?: unknown;
  }[];
  readonly data?: unknown;
  readonly address?: string | null;
  readonly requestId?: string | null;
  readonly tokenId?: string | null;
}

/** Something that was done: what, to what, by whom, when, and what is other than before. An item of a list. */
export function AuditEvent({
  event,
  children,
}: {
  readonly event: ShownEvent;
  /** Links to other events, such as those of the same user. */
  readonly children?: ReactNode;
}) {
  const t = useMessages(messages);
  const words = useMessages(auditWords);
  const formats = useFormats();
  const { at, action, actor, subjectName, changes } = event;
  return (
    <li className={classes.event}>
      <Group justify="space-between" gap="xs" align="baseline">
        <Text component="span">
          <b>{wordFor(words.actions, action)}</b>
          {subjectName != null && (
            <>
              {': '}
              <bdi className="stockroom-name">{subjectName}</bdi>
            </>
          )}
        </Text>
        <Text size="sm" c="dimmed" component="time" dateTime={at} title={formats.dateTime(at)}>
          {formats.ago(at)}
        </Text>
      </Group>
      <Text size="sm" c="dimmed">
        {t.by}
        <bdi className="stockroom-name">{actor ? actor.username : t.server}</bdi>
      </Text>
      {changes.length > 0 && (
        <ul className={classes.changes}>
          {changes.map(({ field, before, after }) => (
            <AuditChange key={field} field={field} before={before} after={after} />
          ))}
        </ul>
      )}
      <Details event={event}>{children}</Details>
    </li>
  );
}

function Details({ event, children }: { readonly event: ShownEvent; readonly children: ReactNode }) {
  const t = useMessages(messages);
  const formats = useFormats();
  const { at, data, address, requestId, tokenId, subjectId } = event;
  const facts: readonly (readonly [name: string, value: string | null | undefined])[] = [
    [formats.dateTime(at), event.action],
    [t.subject, subjectId],
    [t.address, address],
    [t.request, requestId],
    [t.token, tokenId],
    ...Object.entries(data ?? {}).map(
      ([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)] as const,
    ),
  ];
  return (
    <details>
      <summary>{t.details}</summary>
      <dl className={classes.facts}>
        {facts.map(
          ([name, value]) =>
            value != null && (
              <div key={name} style={{ display: 'contents' }}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ),
        )}
      </dl>
      {children}
    </details>
  );
}
