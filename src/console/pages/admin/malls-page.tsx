import { useMutation, useQuery } from '@apollo/client/react';
import { Anchor, Button, Menu, Skeleton, Table } from '@mantine/core';
import { Building2, Pencil, Plus, Settings, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { Link } from 'wouter';
import { useConfirm } from '../../components/confirm.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { EmptyState } from '../../components/empty-state.tsx';
import { Failed } from '../../components/failed.tsx';
import { PageTitle } from '../../components/page-title.tsx';
import { RowMenu } from '../../components/row-menu.tsx';
import { ActionsCell, Cell, StackedTable } from '../../components/stacked-table.tsx';
import { UsageBar } from '../../components/usage-bar.tsx';
import { DeleteMallDocument, MallsUsageDocument, type MallsUsageQuery } from '../../generated/graphql.ts';
import { useFormats, useMessages } from '../../i18n/language.tsx';
import { useSession } from '../../session.tsx';
import { MallForm } from './mall-form.tsx';
import { adminMessages } from './messages.ts';

type Mall = MallsUsageQuery['malls'][number];

export default function MallsPage() {
  const t = useMessages(adminMessages).malls;
  const { data, error, refetch } = useQuery(MallsUsageDocument, { fetchPolicy: 'cache-and-network' });
  const [edited, setEdited] = useState<Mall | 'new'>();
  const malls = data?.malls;
  const make = (
    <Button leftSection={<Plus size={16} aria-hidden />} onClick={() => setEdited('new')}>
      {t.make}
    </Button>
  );
  return (
    <>
      <PageTitle title={t.title}>{malls && malls.length > 0 && make}</PageTitle>
      {error && !malls && <Failed error={error} onRetry={() => void refetch()} />}
      {!malls && !error && <Skeleton h={200} />}
      {malls?.length === 0 && (
        <EmptyState icon={Building2} title={t.none} action={make}>
          {t.noneWhy}
        </EmptyState>
      )}
      {malls && malls.length > 0 && (
        <StackedTable label={t.list} columns={[t.name, t.usage, t.materials, t.since]} hasActions>
          {malls.map((mall) => (
            <MallRow key={mall.id} mall={mall} onEdit={() => setEdited(mall)} />
          ))}
        </StackedTable>
      )}
      <Dialog
        opened={edited !== undefined}
        title={edited === undefined || edited === 'new' ? t.make : t.editTitle(edited.name)}
        onClose={() => setEdited(undefined)}
      >
        <MallForm mall={edited === 'new' ? undefined : edited} onDone={() => setEdited(undefined)} />
      </Dialog>
    </>
  );
}

function MallRow({ mall, onEdit }: { readonly mall: Mall; readonly onEdit: () => void }) {
  const t = useMessages(adminMessages);
  const formats = useFormats();
  const confirm = useConfirm();
  const { refresh } = useSession();
  const [remove] = useMutation(DeleteMallDocument);
  const askToRemove = () =>
    confirm({
      title: t.malls.removeTitle(mall.name),
      consequence: t.malls.removeConsequence,
      action: t.malls.remove,
      run: async () => {
        await remove({
          variables: { id: mall.id },
          refetchQueries: [MallsUsageDocument],
          awaitRefetchQueries: true,
        });
        await refresh();
      },
    });
  return (
    <Table.Tr>
      <Cell>
        <Anchor component={Link} href={`/library/${mall.id}`} className="stockroom-name" underline="always">
          {mall.name}
        </Anchor>
      </Cell>
      <Cell label={t.malls.usage}>
        <UsageBar bytes={mall.usage.bytes} quotaBytes={mall.usage.quotaBytes} />
      </Cell>
      <Cell label={t.malls.materials}>{formats.number(mall.usage.materials)}</Cell>
      <Cell label={t.malls.since}>
        <span style={{ whiteSpace: 'nowrap' }}>{formats.date(mall.createdAt)}</span>
      </Cell>
      <ActionsCell>
        <RowMenu label={t.actionsFor(mall.name)}>
          <Menu.Item leftSection={<Pencil size={16} aria-hidden />} onClick={onEdit}>
            {t.malls.edit}
          </Menu.Item>
          <Menu.Item
            component={Link}
            href={`/library/${mall.id}/settings`}
            leftSection={<Settings size={16} aria-hidden />}
          >
            {t.malls.settings}
          </Menu.Item>
          <Menu.Item color="red" leftSection={<Trash2 size={16} aria-hidden />} onClick={askToRemove}>
            {t.malls.remove}
          </Menu.Item>
        </RowMenu>
      </ActionsCell>
    </Table.Tr>
  );
}
