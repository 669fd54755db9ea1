import { NavLink, ScrollArea } from '@mantine/core';
import {
  Building2,
  CodeXml,
  FileSpreadsheet,
  Globe,
  History,
  Images,
  type LucideIcon,
  Settings,
  Terminal,
  Trash2,
  Users,
} from 'lucide-react';
import { Link, useLocation } from 'wouter';
import { useMessages } from '../i18n/language.tsx';
import { defineMessages } from '../i18n/messages.ts';
import { server } from '../server.ts';
import { mallRights, useSession } from '../session.tsx';
import { useCurrentMall } from './use-current-mall.ts';

const messages = defineMessages({
  en: {
    library: 'Library',
    trash: 'Trash',
    fetch: 'Fetch by address',
    settings: 'Mall settings',
    activity: 'Activity',
    reports: 'Reports',
    malls: 'Malls',
    users: 'Users',
    audit: 'Audit trail',
    developers: 'For developers',
  },
  zh: {
    library: '素材库',
    trash: '回收站',
    fetch: '按地址抓取',
    settings: '商城设置',
    activity: '操作记录',
    reports: '报表',
    malls: '商城管理',
    users: '用户管理',
    audit: '审计日志',
    developers: '开发者',
  },
});

/** Links to the pages that the user may see. */
export function Navigation() {
  const t = useMessages(messages);
  const { isAdmin } = useSession();
  const mall = useCurrentMall();
  const { mayEdit, mayManage } = mallRights(mall);
  const library = mall && `/library/${mall.id}`;
  return (
    <ScrollArea>
      {library && (
        <>
          <PageLink href={library} icon={Images} label={t.library} exact />
          {mayEdit && <PageLink href={`${library}/trash`} icon={Trash2} label={t.trash} />}
          {mayEdit && <PageLink href={`${library}/fetch`} icon={Globe} label={t.fetch} />}
          {mayManage && <PageLink href={`${library}/settings`} icon={Settings} label={t.settings} />}
          {mayManage && <PageLink href={`${library}/activity`} icon={History} label={t.activity} />}
        </>
      )}
      <PageLink href="/reports" icon={FileSpreadsheet} label={t.reports} />
      {isAdmin && <PageLink href="/admin/malls" icon={Building2} label={t.malls} />}
      {isAdmin && <PageLink href="/admin/users" icon={Users} label={t.users} />}
      {isAdmin && <PageLink href="/admin/audit" icon={History} label={t.audit} />}
      <PageLink href="/developers" icon={CodeXml} label={t.developers} />
      {server.graphiql && (
        <NavLink
          component="a"
          href="/graphql"
          label="GraphiQL"
          leftSection={<Terminal size={18} aria-hidden />}
        />
      )}
    </ScrollArea>
  );
}

function PageLink({
  href,
  icon: Icon,
  label,
  exact = false,
}: {
  readonly href: string;
  readonly icon: LucideIcon;
  readonly label: string;
  /** Whether pages below are others. */
  readonly exact?: boolean;
}) {
  const [path] = useLocation();
  const active =
    path === href || (exact ? path.startsWith(`${href}/materials/`) : path.startsWith(`${href}/`));
  return (
    <NavLink
      component={Link}
      href={href}
      label={label}
      active={active}
      aria-current={active ? 'page' : undefined}
      leftSection={<Icon size={18} aria-hidden />}
    />
  );
}
