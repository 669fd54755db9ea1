import { useMutation, useQuery } from '@apollo/client/react';
import { Badge, Button, Group, Skeleton, Stack, Text } from '@mantine/core';
import { useConfirm } from '../../components/confirm.tsx';
import { Failed } from '../../components/failed.tsx';
import { Section } from '../../components/section.tsx';
import { ApiTokensDocument, type ApiTokensQuery, RevokeApiTokenDocument } from '../../generated/graphql.ts';
import { useFormats, useMessages } from '../../i18n/language.tsx';
import { NewTokenForm } from './new-token-form.tsx';
import { tokenMessages } from './token-messages.ts';

type Token = ApiTokensQuery['apiTokens'][number];

/** Keys for scripts that act for the user. */
export function TokensSection() {
  const t = useMessages(tokenMessages);
  const { data, error, refetch } = useQuery(ApiTokensDocument, { fetchPolicy: 'network-only' });
  const [revoke] = useMutation(RevokeApiTokenDocument);
  const confirm = useConfirm();
  const ask = ({ id, name }: Token) =>
    confirm({
      title: t.revokeOf(name),
      consequence: t.revokeWhat,
      action: t.revoke,
      run: async () => {
        await revoke({ variables: { id } });
        await refetch();
      },
    });
  return (
    <Section title={t.title} description={t.description}>
      {error && <Failed error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Skeleton h={60} />}
      {data?.apiTokens.length === 0 && (
        <Text size="sm" c="dimmed" mb="sm">
          {t.none}
        </Text>
      )}
      <Stack component="ul" gap="sm" p={0} m={0} mb="md">
        {data?.apiTokens.map((token) => (
          <Group key={token.id} component="li" justify="space-between" wrap="nowrap">
            <TokenText token={token} />
            <Button
              variant="default"
              size="xs"
              aria-label={t.revokeOf(token.name)}
              onClick={() => ask(token)}
            >
              {t.revoke}
            </Button>
          </Group>
        ))}
      </Stack>
      <NewTokenForm onMade={() => void refetch()} />
    </Section>
  );
}

function TokenText({ token: { name, scopes, mall, expiresAt, lastUsedAt } }: { readonly token: Token }) {
  const t = useMessages(tokenMessages);
  const formats = useFormats();
  const facts = [
    mall ? mall.name : t.allMalls,
    expiresAt ? t.expires(formats.date(expiresAt)) : t.never,
    lastUsedAt ? t.used(formats.ago(lastUsedAt)) : t.unused,
  ];
  return (
    <div>
      <Group gap="xs">
        <Text fw={500} className="stockroom-name">
          {name}
        </Text>
        {scopes.map((scope) => (
          <Badge key={scope} variant="default">
            {t.scopes[scope]}
          </Badge>
        ))}
      </Group>
      <Text size="sm" c="dimmed" className="stockroom-name">
        {facts.join(' · ')}
      </Text>
    </div>
  );
}
