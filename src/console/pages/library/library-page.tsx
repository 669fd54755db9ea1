import { useMessages } from '../../i18n/language.tsx';
import type { MallPageProps } from '../../routes.tsx';
import { mallRights } from '../../session.tsx';
import { UploadButton } from '../../upload/upload-button.tsx';
import { MaterialBrowser } from './browser/material-browser.tsx';
import { messages } from './browser/messages.ts';

export default function LibraryPage({ mall }: MallPageProps) {
  const t = useMessages(messages);
  const { mayEdit } = mallRights(mall);
  return (
    <MaterialBrowser
      mall={mall}
      trashed={false}
      title={t.title(mall.name)}
      aside={(folder) => mayEdit && <UploadButton mall={mall} folder={folder} />}
    />
  );
}
