import { useQuery } from '@apollo/client/react';
import { Alert, Button, Divider, Stack } from '@mantine/core';
import { Lock, QrCode } from 'lucide-react';
import { useState } from 'react';
import { MaterialSizesDocument } from '../../../generated/graphql.ts';
import { useMessages } from '../../../i18n/language.tsx';
import { defineMessages } from '../../../i18n/messages.ts';
import type { Detail } from '../detail.ts';
import { candidatesOf } from '../viewer/candidates.ts';
import { ExpiringLink } from './expiring-link.tsx';
import { Snippet } from './snippet.tsx';
import { htmlSnippet, markdownSnippet } from './snippets.ts';

const QR_SIZE = 200;

const messages = defineMessages({
  en: {
    private: 'Only members of the mall can open these addresses. For others, make an expiring link.',
    address: 'Address',
    html: 'HTML',
    srcset: 'HTML in the width that fits (srcset)',
    markdown: 'Markdown',
    id: 'GraphQL id',
    qr: 'Show as QR code',
    qrAlt: 'QR code of the address',
  },
  zh: {
    private: '只有商城成员可以打开这些地址。如需分享给其他人，请创建限时链接。',
    address: '地址',
    html: 'HTML',
    srcset: '自适应宽度的 HTML（srcset）',
    markdown: 'Markdown',
    id: 'GraphQL 编号',
    qr: '显示二维码',
    qrAlt: '地址的二维码',
  },
});

/** What is needed to show the material elsewhere. */
export function SharePanel({ material }: { readonly material: Detail }) {
  const t = useMessages(messages);
  const { id, kind, url, visibility } = material;
  const isPicture = kind === 'IMAGE';
  const { data } = useQuery(MaterialSizesDocument, { variables: { id }, skip: !isPicture });
  const [hasCode, setCode] = useState(false);
  const candidates = data?.material ? candidatesOf(material, data.material) : [];
  return (
    <Stack gap="sm">
      {visibility === 'PRIVATE' && (
        <Alert color="gray" variant="outline" icon={<Lock aria-hidden />}>
          {t.private}
        </Alert>
      )}
      <Snippet title={t.address} value={url} />
      {hasCode ? (
        <img
          src={`/qr.svg?text=${encodeURIComponent(url)}`}
          alt={t.qrAlt}
          width={QR_SIZE}
          height={QR_SIZE}
          style={{ background: '#fff', borderRadius: 4 }}
        />
      ) : (
        <Button
          variant="default"
          size="compact-sm"
          leftSection={<QrCode size={16} aria-hidden />}
          onClick={() => setCode(true)}
          style={{ alignSelf: 'flex-start' }}
        >
          {t.qr}
        </Button>
      )}
      <Snippet title={isPicture ? t.srcset : t.html} value={htmlSnippet(material, candidates)} />
      <Snippet title={t.markdown} value={markdownSnippet(material)} />
      <Snippet title={t.id} value={id} />
      <Divider />
      <ExpiringLink id={id} />
    </Stack>
  );
}
