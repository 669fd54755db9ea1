/** What an archive takes when materials are named one by one. */
export const MAX_ZIP = 300;

/** Has the browser save an archive of materials. @returns false where the server has not got all of them any more. */
export async function downloadZip(mallId: number, ids: readonly string[]): Promise<boolean> {
  const url = `/malls/${mallId}/materials.zip?${ids.map((id) => `id=${id}`).join('&')}`;
  // A download that fails says nothing to the page.
  const { ok } = await fetch(url, { method: 'HEAD' }).catch(() => ({ ok: false }));
  if (!ok) return false;
  const link = document.createElement('a');
  link.href = url;
  link.download = '';
  link.click();
  return true;
}

/** @returns whether the browser has allowed it. */
export async function copyText(text: string): Promise<boolean> {
  // Pages that came over plain http have no clipboard.
  if (!('clipboard' in navigator)) return copyBySelection(text);
  return await navigator.clipboard.writeText(text).then(
    () => true,
    () => copyBySelection(text),
  );
}

function copyBySelection(text: string): boolean {
  const before = document.activeElement;
  const area = document.createElement('textarea');
  area.value = text;
  area.style.position = 'fixed';
  area.style.opacity = '0';
  document.body.append(area);
  area.select();
  const copied = document.execCommand('copy');
  area.remove();
  if (before instanceof HTMLElement) before.focus({ preventScroll: true });
  return copied;
}
