import { checkDownload, saveFile } from '../../../api/problem.ts';

/** What an archive takes when materials are named one by one. */
export const MAX_ZIP = 300;

/** Has the browser save an archive of materials. @throws as `checkDownload` does. */
export async function downloadZip(mallId: number, ids: readonly string[]): Promise<void> {
  const path = `/malls/${mallId}/materials.zip?${ids.map((id) => `id=${id}`).join('&')}`;
  // A download that fails says nothing to the page.
  await checkDownload(path);
  saveFile(path);
}
