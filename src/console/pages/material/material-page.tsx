import { useQuery } from '@apollo/client/react';
import { Alert, Button, Group, SimpleGrid, Skeleton, Stack, Tabs } from '@mantine/core';
import { Crosshair, TriangleAlert } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { Failed } from '../../components/failed.tsx';
import { MaterialDocument } from '../../generated/graphql.ts';
import { useMessages } from '../../i18n/language.tsx';
import { defineMessages } from '../../i18n/messages.ts';
import { NotFoundPage } from '../../layout/not-found-page.tsx';
import type { MallPageProps } from '../../routes.tsx';
import { mallRights } from '../../session.tsx';
import type { Detail } from './detail.ts';
import { EditForm } from './edit/edit-form.tsx';
import { Facts } from './facts.tsx';
import { FocalEditor } from './focal/focal-editor.tsx';
import { Header } from './header.tsx';
import { HistoryList } from './history/history-list.tsx';
import { InTrash } from './in-trash.tsx';
import classes from './material-page.module.css';
import { SharePanel } from './share/share-panel.tsx';
import { useLiveMaterial } from './use-live-material.ts';
import { PictureViewer } from './viewer/picture-viewer.tsx';
import { Player } from './viewer/player.tsx';

const messages = defineMessages({
  en: {
    damaged: 'The picture is damaged: the server cannot decode it.',
    focus: 'Focal point',
    details: 'Details',
    edit: 'Edit',
    share: 'Share',
    history: 'History',
  },
  zh: {
    damaged: '图片已损坏：服务器无法解码。',
    focus: '焦点',
    details: '详情',
    edit: '编辑',
    share: '分享',
    history: '历史',
  },
});

/** Everything about one material of a mall. */
export default function MaterialPage({ mall, id }: MallPageProps & { readonly id: string }) {
  const t = useMessages(messages);
  const { mayEdit } = mallRights(mall);
  const { data, error, refetch } = useQuery(MaterialDocument, {
    variables: { id, trashed: mayEdit },
    fetchPolicy: 'cache-and-network',
  });
  useLiveMaterial(mall.id, id);
  if (!data) return error ? <Failed error={error} onRetry={() => void refetch()} /> : <Skeleton h="60vh" />;
  const { material } = data;
  if (!material || material.mall?.id !== mall.id) return <NotFoundPage />;
  const isTrashed = material.deletedAt !== null;
  return (
    <>
      <Header mall={mall} material={material} mayEdit={mayEdit} />
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg" className={classes.columns}>
        <Stack gap="sm" className={classes.shown}>
          {material.damaged && (
            <Alert color="red" variant="outline" icon={<TriangleAlert aria-hidden />}>
              {t.damaged}
            </Alert>
          )}
          {isTrashed ? (
            <InTrash mall={mall} material={material} />
          ) : (
            <Show key={material.sha256} material={material} mayEdit={mayEdit} />
          )}
        </Stack>
        <Tabs defaultValue="details" keepMounted={false}>
          <Tabs.List mb="sm">
            <Tabs.Tab value="details">{t.details}</Tabs.Tab>
            {mayEdit && !isTrashed && <Tabs.Tab value="edit">{t.edit}</Tabs.Tab>}
            {!isTrashed && <Tabs.Tab value="share">{t.share}</Tabs.Tab>}
            <Tabs.Tab value="history">{t.history}</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="details">
            <Facts material={material} />
          </Tabs.Panel>
          {mayEdit && !isTrashed && (
            // What is typed stays while another tab is looked at.
            <Tabs.Panel value="edit" keepMounted>
              <EditForm material={material} />
            </Tabs.Panel>
          )}
          {!isTrashed && (
            <Tabs.Panel value="share">
              <SharePanel material={material} />
            </Tabs.Panel>
          )}
          <Tabs.Panel value="history">
            <HistoryList id={id} />
          </Tabs.Panel>
        </Tabs>
      </SimpleGrid>
    </>
  );
}

/** The picture, video or sound; or where its focal point is set. */
function Show({ material, mayEdit }: { readonly material: Detail; readonly mayEdit: boolean }) {
  const t = useMessages(messages);
  /** Undefined: not yet. */
  const [isFocusing, setFocusing] = useState<boolean>();
  const { kind, damaged, posterUrl } = material;
  const hasFocus = mayEdit && !damaged && (kind === 'IMAGE' || posterUrl !== null);
  if (isFocusing) return <FocalEditor material={material} onDone={() => setFocusing(false)} />;
  const focus: ReactNode = hasFocus && (
    <Button
      variant="default"
      leftSection={<Crosshair size={18} aria-hidden />}
      onClick={() => setFocusing(true)}
      // The keyboard comes back to where it left.
      autoFocus={isFocusing === false}
    >
      {t.focus}
    </Button>
  );
  return kind === 'IMAGE' ? (
    <PictureViewer material={material}>{focus}</PictureViewer>
  ) : (
    <>
      <Player material={material} />
      <Group justify="flex-end">{focus}</Group>
    </>
  );
}
