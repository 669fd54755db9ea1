import { notifications } from '@mantine/notifications';
import { Archive, Eye, EyeOff, FolderInput, Link2, RotateCcw, Tags, Trash2 } from 'lucide-react';
import { useErrorText } from '../../../api/use-error-text.ts';
import { copyText } from '../../../components/copy-text.ts';
import { useMessages } from '../../../i18n/language.tsx';
import type { LibraryMaterial } from '../data/library-material.ts';
import { messages } from './messages.ts';
import type { SelectionAction } from './selection-bar.tsx';
import { downloadZip, MAX_ZIP } from './take-away.ts';
import type { Bulk } from './use-bulk.tsx';

export type DialogName = 'tags' | 'move' | 'purge';

interface ActionOptions {
  readonly mallId: number;
  readonly materials: readonly LibraryMaterial[];
  readonly bulk: Bulk;
  readonly mayEdit: boolean;
  readonly trashed: boolean;
  readonly onDialog: (dialog: DialogName) => void;
  /** What was selected goes elsewhere. */
  readonly onGone: () => void;
}

/** What the user can do with the materials that are selected. */
export function useActions(options: ActionOptions): SelectionAction[] {
  const { mallId, materials, bulk, mayEdit, trashed, onDialog, onGone } = options;
  const t = useMessages(messages);
  const errorText = useErrorText();

  const zip = async () => {
    if (materials.length > MAX_ZIP) {
      notifications.show({ color: 'red', message: t.zipTooMany(MAX_ZIP) });
      return;
    }
    const ids = materials.map(({ id }) => id);
    await downloadZip(mallId, ids).catch((error: unknown) => {
      notifications.show({ color: 'red', message: errorText(error) });
    });
  };
  const copy = async () => {
    const copied = await copyText(materials.map(({ url }) => url).join('\n'));
    notifications.show(
      copied ? { message: t.done.copied(materials.length) } : { color: 'red', message: t.notCopied },
    );
  };

  if (trashed) {
    return [
      {
        key: 'restore',
        icon: RotateCcw,
        label: t.restore,
        run: () => void bulk.restore(materials).then(onGone),
      },
      { key: 'purge', icon: Trash2, label: t.purge, run: () => onDialog('purge'), isDangerous: true },
    ];
  }
  const publish = { visibility: 'PUBLIC' } as const;
  const hide = { visibility: 'PRIVATE' } as const;
  return [
    { key: 'zip', icon: Archive, label: t.zip, run: () => void zip() },
    { key: 'copy', icon: Link2, label: t.copy, run: () => void copy() },
    ...(mayEdit
      ? [
          { key: 'tags', icon: Tags, label: t.tags, run: () => onDialog('tags') },
          { key: 'move', icon: FolderInput, label: t.move, run: () => onDialog('move') },
          { key: 'publish', icon: Eye, label: t.publish, run: () => void bulk.update(materials, publish) },
          { key: 'hide', icon: EyeOff, label: t.hide, run: () => void bulk.update(materials, hide) },
          {
            key: 'trash',
            icon: Trash2,
            label: t.trash,
            run: () => void bulk.trash(materials).then(onGone),
            isDangerous: true,
          },
        ]
      : []),
  ];
}
