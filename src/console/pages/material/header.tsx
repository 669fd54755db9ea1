import { Badge, Button, Group } from '@mantine/core';
import { ArrowLeft, ChevronLeft, ChevronRight, Download } from 'lucide-react';
import type { MouseEvent } from 'react';
import { Link } from 'wouter';
import { PageTitle } from '../../components/page-title.tsx';
import { useMessages } from '../../i18n/language.tsx';
import { defineMessages } from '../../i18n/messages.ts';
import { ownFileUrl } from '../../server.ts';
import type { Mall } from '../../session.tsx';
import type { Detail } from './detail.ts';
import classes from './header.module.css';
import { ReplaceFile } from './replace-file.tsx';
import { ToolButton } from './tool-button.tsx';
import { TrashButton } from './trash-button.tsx';
import { useWayBack } from './use-way-back.ts';

const messages = defineMessages({
  en: {
    library: 'Library',
    previous: 'Previous',
    next: 'Next',
    download: 'Download',
    private: 'Members only',
    damaged: 'Damaged',
    trashed: 'In the trash',
    unnamed: 'Without a name',
  },
  zh: {
    library: '素材库',
    previous: '上一个',
    next: '下一个',
    download: '下载',
    private: '仅成员',
    damaged: '已损坏',
    trashed: '回收站中',
    unnamed: '未命名',
  },
});

/** The way back, the name, and what can be done with the whole material. */
export function Header({
  mall,
  material,
  mayEdit,
}: {
  readonly mall: Mall;
  readonly material: Detail;
  readonly mayEdit: boolean;
}) {
  const t = useMessages(messages);
  const way = useWayBack(mall.id, material.id);
  const { originFilename, url, visibility, damaged, deletedAt } = material;
  return (
    <header className={classes.header}>
      <Group justify="space-between" mb="xs">
        <Button
          component={Link}
          href={way.list}
          onClick={(event: MouseEvent) => {
            if (event.ctrlKey || event.metaKey || event.shiftKey) return;
            event.preventDefault();
            way.back();
          }}
          variant="subtle"
          color="gray"
          size="compact-md"
          leftSection={<ArrowLeft size={18} aria-hidden />}
        >
          {t.library}
        </Button>
        {(way.previous ?? way.next) && (
          <Group gap={4}>
            <ToolButton
              icon={ChevronLeft}
              label={t.previous}
              isOff={way.previous === undefined}
              onClick={() => way.previous && way.visit(way.previous)}
            />
            <ToolButton
              icon={ChevronRight}
              label={t.next}
              isOff={way.next === undefined}
              onClick={() => way.next && way.visit(way.next)}
            />
          </Group>
        )}
      </Group>
      <PageTitle title={originFilename || t.unnamed}>
        {deletedAt && (
          <Badge color="red" variant="outline">
            {t.trashed}
          </Badge>
        )}
        {damaged && (
          <Badge color="red" variant="outline">
            {t.damaged}
          </Badge>
        )}
        {visibility === 'PRIVATE' && <Badge variant="default">{t.private}</Badge>}
        {!deletedAt && (
          <Button
            component="a"
            href={`${ownFileUrl(url)}&download`}
            download
            variant="default"
            leftSection={<Download size={18} aria-hidden />}
          >
            {t.download}
          </Button>
        )}
        {mayEdit && !deletedAt && (
          <>
            <ReplaceFile material={material} />
            <TrashButton id={material.id} />
          </>
        )}
      </PageTitle>
    </header>
  );
}
