import { operations } from 'stockroom:operations';
import { Anchor, Box, Code, Group, List, ScrollArea, Select, Stack, Tabs, Text } from '@mantine/core';
import { useMemo } from 'react';
import { useSearchParams } from 'wouter';
import { CopyButton } from '../../components/copy-button.tsx';
import { PageTitle } from '../../components/page-title.tsx';
import { Section } from '../../components/section.tsx';
import { useMessages } from '../../i18n/language.tsx';
import { defineMessages } from '../../i18n/messages.ts';
import { useCurrentMall } from '../../layout/use-current-mall.ts';
import { server } from '../../server.ts';
import { clients } from './clients.ts';
import { readExample } from './snippets.ts';

const messages = defineMessages({
  en: {
    title: 'For developers',
    intro: 'This console uses nothing but the public interface. Take an operation from it, ready to run:',
    operation: 'Operation',
    none: 'No such operation',
    copy: 'Copy the snippet',
    snippets: 'Snippets',
    groups: { query: 'Queries', mutation: 'Mutations', subscription: 'Subscriptions' },
    further: 'Further',
    graphiql: 'GraphiQL: try queries with your session, and read the schema',
    schema: 'schema.graphql: the schema as text',
    reference: 'Reference of the REST routes',
    token:
      'curl takes an API token, which you can make under Account. The others use the session of the browser; a front end on another origin needs its origin in CORS_ORIGINS.',
  },
  zh: {
    title: '开发者',
    intro: '本控制台只使用公开接口。选择一个操作，即可得到可直接运行的代码：',
    operation: '操作',
    none: '没有匹配的操作',
    copy: '复制代码',
    snippets: '代码示例',
    groups: { query: '查询', mutation: '变更', subscription: '订阅' },
    further: '更多',
    graphiql: 'GraphiQL：用当前会话试用查询并阅读 schema',
    schema: 'schema.graphql：文本形式的 schema',
    reference: 'REST 路由参考',
    token:
      'curl 示例使用 API 令牌（可在“账户”页创建），其他示例使用浏览器会话；其他源的前端需将其源加入 CORS_ORIGINS。',
  },
});

const FIRST = 'upload-materials.graphql';

/** Ready snippets for the reader's own host and mall. */
export default function DevelopersPage() {
  const t = useMessages(messages);
  const mall = useCurrentMall();
  const [search, setSearch] = useSearchParams();
  const reader = { origin: location.origin, mallId: mall?.id ?? 1 };
  const asked = search.get('operation') ?? '';
  const file = Object.hasOwn(operations, asked) ? asked : FIRST;
  const chosenClient = search.get('client') ?? '';
  const client = Object.hasOwn(clients, chosenClient) ? chosenClient : 'curl';
  const choose = (name: string, value: string) =>
    setSearch((before) => ({ ...Object.fromEntries(before), [name]: value }), { replace: true });
  const example = readExample(operations[file] ?? '', reader);
  const groups = useMemo(() => groupOperations(), []);

  return (
    <>
      <PageTitle title={t.title} />
      <Stack maw={900} gap="lg">
        <Text>{t.intro}</Text>
        <Select
          label={t.operation}
          data={groups.map(({ kind, items }) => ({ group: t.groups[kind], items }))}
          value={file}
          onChange={(value) => value && choose('operation', value)}
          allowDeselect={false}
          searchable
          nothingFoundMessage={t.none}
          maw={420}
        />
        <Section title={example.name}>
          <Text size="sm" mb="md" style={{ whiteSpace: 'pre-wrap' }} lang="en">
            {example.notes.join('\n')}
          </Text>
          <Tabs value={client} onChange={(value) => value && choose('client', value)} keepMounted={false}>
            <ScrollArea type="auto" offsetScrollbars="x">
              <Tabs.List aria-label={t.snippets} style={{ flexWrap: 'nowrap' }}>
                {Object.keys(clients).map((name) => (
                  <Tabs.Tab key={name} value={name}>
                    {name}
                  </Tabs.Tab>
                ))}
              </Tabs.List>
            </ScrollArea>
            {Object.entries(clients).map(([name, write]) => (
              <Tabs.Panel key={name} value={name} pt="sm">
                <Snippet text={write(example, reader)} label={t.copy} />
              </Tabs.Panel>
            ))}
          </Tabs>
        </Section>
        <Text size="sm" c="dimmed">
          {t.token}
        </Text>
        <Section title={t.further}>
          <List>
            {server.graphiql && (
              <List.Item>
                <Anchor href="/graphql">{t.graphiql}</Anchor>
              </List.Item>
            )}
            <List.Item>
              <Anchor href="/schema.graphql">{t.schema}</Anchor>
            </List.Item>
            <List.Item>
              <Anchor href="/reference">{t.reference}</Anchor>
            </List.Item>
          </List>
        </Section>
      </Stack>
    </>
  );
}

function Snippet({ text, label }: { readonly text: string; readonly label: string }) {
  return (
    <Box pos="relative">
      <Group pos="absolute" top={6} right={6}>
        <CopyButton value={text} label={label} />
      </Group>
      <Code block tabIndex={0} pr={44} lang="en">
        {text}
      </Code>
    </Box>
  );
}

const KINDS = ['query', 'mutation', 'subscription'] as const;

/** What there is to choose from, by the word that each document begins with. */
function groupOperations() {
  return KINDS.map((kind) => ({
    kind,
    items: Object.entries(operations).flatMap(([value, text]) => {
      const [, begins, label = value] = /^(query|mutation|subscription) (\w+)/m.exec(text) ?? [];
      return begins === kind ? [{ value, label }] : [];
    }),
  }));
}
