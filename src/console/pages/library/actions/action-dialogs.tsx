import { lazy, Suspense } from 'react';
import type { LibraryMaterial } from '../data/library-material.ts';
import type { LibrarySession } from '../data/library-session.ts';
import { libraryFacts } from '../query/facts.ts';
import { RefusalsDialog } from './refusals-dialog.tsx';
import type { DialogName } from './use-actions.tsx';
import type { Bulk } from './use-bulk.tsx';

const TagsDialog = lazy(() => import('./tags-dialog.tsx'));
const MoveDialog = lazy(() => import('./move-dialog.tsx'));
const PurgeDialog = lazy(() => import('./purge-dialog.tsx'));

interface ActionDialogsProps {
  readonly dialog: DialogName | undefined;
  readonly session: LibrarySession;
  readonly materials: readonly LibraryMaterial[];
  readonly bulk: Bulk;
  readonly onClose: () => void;
}

/** What some actions ask before they are done, and what went wrong after them. */
export function ActionDialogs({ dialog, session, materials, bulk, onClose }: ActionDialogsProps) {
  // It stays for another try where the server was not reached.
  const during = (work: Promise<boolean>) => {
    void work.then((isThrough) => isThrough && onClose());
  };
  const folders = new Set(materials.map(({ folder }) => folder));
  const [folder = ''] = folders.size === 1 ? folders : [];
  return (
    <Suspense>
      {dialog === 'tags' && (
        <TagsDialog
          materials={materials}
          known={libraryFacts(session).tags}
          onClose={onClose}
          onApply={(change) => during(bulk.update(materials, change))}
        />
      )}
      {dialog === 'move' && (
        <MoveDialog
          count={materials.length}
          folder={folder}
          mallId={session.mallId}
          onClose={onClose}
          onMove={(to) => during(bulk.update(materials, { folder: to }))}
        />
      )}
      {dialog === 'purge' && (
        <PurgeDialog
          count={materials.length}
          onClose={onClose}
          onPurge={() => during(bulk.purge(materials))}
        />
      )}
      <RefusalsDialog bulk={bulk} />
    </Suspense>
  );
}
