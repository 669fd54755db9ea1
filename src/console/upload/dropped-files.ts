/** A file, and the folder in which it was below what was picked or dropped; '' where it was picked itself. */
export interface PickedFile {
  readonly file: File;
  readonly folder: string;
}

/** Files that systems put into folders for themselves. */
const NOT_MEANT = new Set(['.ds_store', 'thumbs.db', 'desktop.ini']);

/**
 * The files of a drop, those in folders as well, as they are found. Must be called while the event is handled, after
 * which the browser no longer tells.
 */
export function droppedFiles(transfer: DataTransfer): AsyncGenerator<PickedFile[], void, void> {
  const entries = [...transfer.items].flatMap((item) =>
    item.kind === 'file' ? (item.webkitGetAsEntry() ?? item.getAsFile() ?? []) : [],
  );
  return filesBelow(entries);
}

async function* filesBelow(
  entries: readonly (FileSystemEntry | File)[],
): AsyncGenerator<PickedFile[], void, void> {
  const loose: PickedFile[] = [];
  for (const entry of entries) {
    if (entry instanceof File) loose.push({ file: entry, folder: '' });
    else if (entry.isFile) loose.push({ file: await fileOf(entry as FileSystemFileEntry), folder: '' });
  }
  if (loose.length > 0) yield loose;
  for (const entry of entries) {
    if (!(entry instanceof File) && entry.isDirectory) {
      yield* inDirectory(entry as FileSystemDirectoryEntry, entry.name);
    }
  }
}

async function* inDirectory(
  directory: FileSystemDirectoryEntry,
  folder: string,
): AsyncGenerator<PickedFile[], void, void> {
  const reader = directory.createReader();
  const deeper: FileSystemDirectoryEntry[] = [];
  // It gives some at a time, and none at the end.
  for (;;) {
    const entries = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (entries.length === 0) break;
    const found: PickedFile[] = [];
    for (const entry of entries) {
      if (entry.isDirectory) deeper.push(entry as FileSystemDirectoryEntry);
      else if (isMeant(entry.name)) found.push({ file: await fileOf(entry as FileSystemFileEntry), folder });
    }
    if (found.length > 0) yield found;
  }
  for (const next of deeper) yield* inDirectory(next, `${folder}/${next.name}`);
}

/** The files of an input; of one that picks folders, with the folders that they were in. */
export function pickedFiles(files: FileList): PickedFile[] {
  return [...files].flatMap((file) => {
    const folder = file.webkitRelativePath.split('/').slice(0, -1).join('/');
    return folder === '' || isMeant(file.name) ? [{ file, folder }] : [];
  });
}

/** The files of a paste. Pictures come without a name of their own; they get one that says when. */
export function pastedFiles(transfer: DataTransfer, now: Date = new Date()): PickedFile[] {
  const time = now.toLocaleString('sv-SE').replace(/[: ]/g, '-');
  return [...transfer.files].map((file) => ({
    file: /^image\.\w+$/.test(file.name)
      ? new File([file], file.name.replace('image', `image-${time}`), { type: file.type })
      : file,
    folder: '',
  }));
}

function isMeant(name: string): boolean {
  return !NOT_MEANT.has(name.toLowerCase());
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}
