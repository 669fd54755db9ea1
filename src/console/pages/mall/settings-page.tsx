import { Center, Tabs } from '@mantine/core';
import { ChartPie, SlidersHorizontal, Users, Webhook } from 'lucide-react';
import { useSearchParams } from 'wouter';
import { PageTitle } from '../../components/page-title.tsx';
import { useMessages } from '../../i18n/language.tsx';
import type { MallPageProps } from '../../routes.tsx';
import { GeneralTab } from './general-tab.tsx';
import { MembersTab } from './members-tab.tsx';
import { mallMessages } from './messages.ts';
import { UsageTab } from './usage-tab.tsx';
import { WebhooksTab } from './webhooks/webhooks-tab.tsx';

const TABS = {
  general: { icon: SlidersHorizontal, content: GeneralTab },
  usage: { icon: ChartPie, content: UsageTab },
  members: { icon: Users, content: MembersTab },
  webhooks: { icon: Webhook, content: WebhooksTab },
} as const;

type TabName = keyof typeof TABS;

/** Of a mall, for its owners and administrators. Which part is shown is in the address. */
export default function SettingsPage({ mall }: MallPageProps) {
  const t = useMessages(mallMessages);
  const [search, setSearch] = useSearchParams();
  const asked = search.get('tab') ?? '';
  const shown: TabName = isTabName(asked) ? asked : 'general';
  const Content = TABS[shown].content;
  return (
    <>
      <PageTitle title={t.title(mall.name)} />
      <Tabs value={shown} onChange={(tab) => setSearch(tab ? { tab } : {})} keepMounted={false}>
        <Tabs.List mb="lg">
          {Object.entries(TABS).map(([name, { icon: Icon }]) => (
            <Tabs.Tab
              key={name}
              value={name}
              px={{ base: 8, xs: 'md' }}
              leftSection={
                <Center visibleFrom="xs">
                  <Icon size={16} aria-hidden />
                </Center>
              }
            >
              {t.tabs[name as TabName]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value={shown}>
          <Content mall={mall} />
        </Tabs.Panel>
      </Tabs>
    </>
  );
}

function isTabName(name: string): name is TabName {
  return Object.hasOwn(TABS, name);
}
