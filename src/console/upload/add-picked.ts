import type { PickedFile } from './dropped-files.ts';
import type { UploadQueue } from './queue/upload-queue.ts';
import type { UploadTarget } from './uploads.tsx';

/** Queues files for the target; folders that they were in become folders below it. */
export function addPicked(
  uploads: UploadQueue,
  { mall, folder }: UploadTarget,
  picked: readonly PickedFile[],
): void {
  const byFolder = Map.groupBy(picked, ({ folder: own }) => joined(folder, own));
  for (const [path, files] of byFolder) {
    uploads.add(
      files.map(({ file }) => file),
      { mallId: mall.id, folder: path },
    );
  }
}

/** Some systems write accents apart from their letters; a folder is the same either way. */
function joined(folder: string, own: string): string {
  return [folder, own.normalize('NFC')].filter((part) => part !== '').join('/');
}
