import { useMessages } from '../../i18n/language.tsx';
import type { MallPageProps } from '../../routes.tsx';
import { MaterialBrowser } from './browser/material-browser.tsx';
import { messages } from './browser/messages.ts';

export default function LibraryPage({ mall }: MallPageProps) {
  const t = useMessages(messages);
  return <MaterialBrowser mall={mall} trashed={false} title={t.title(mall.name)} />;
}
