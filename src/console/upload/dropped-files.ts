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
 * @throws at the end, when something could not be read.
 */
export function droppedFiles(transfer: DataTransfer): AsyncGenerator<PickedFile[], void, void> {
  const entries = [...transfer.items].flatMap((item) =>
    item.kind === 'file' ? (item.webkitGetAsEntry() ?? item.getAsFile() ?? []) : [],
  );
  return filesOf(entries);
}

async function* filesOf(
  entries: readonly (FileSystemEntry | File)[],
): AsyncGenerator<PickedFile[], void, void> {
  const faults: unknown[] = [];
  const noted = (error: unknown) => {
    faults.push(error);
    return [];
  };
  const loose = await Promise.all(
    entries.map(async (entry) => {
      if (entry instanceof File) return { file: entry, folder: '' };
      if (!isFile(entry)) return [];
      return await fileOf(entry).then((file) => ({ file, folder: '' }), noted);
    }),
  );
  yield loose.flat();
  const directories = entries.flatMap((entry) =>
    entry instanceof File || !isDirectory(entry) ? [] : [{ entry, folder: entry.name }],
  );
  for (let next = directories.shift(); next; next = directories.shift()) {
    const { entry, folder } = next;
    const reader = entry.createReader();
    // It gives some at a time, and none at the end.
    for (;;) {
      const found: readonly FileSystemEntry[] = await new Promise<FileSystemEntry[]>((resolve, reject) =>
        reader.readEntries(resolve, reject),
      ).catch(noted);
      if (found.length === 0) break;
      const files = found.filter(isFile).filter(({ name }) => isMeant(name));
      const picked = await Promise.all(
        files.map((file) => fileOf(file).then((one) => ({ file: one, folder }), noted)),
      );
      yield picked.flat();
      for (const deeper of found.filter(isDirectory)) {
        directories.push({ entry: deeper, folder: `${folder}/${deeper.name}` });
      }
    }
  }
  if (faults.length > 0) throw new AggregateError(faults, 'something could not be read');
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

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}

function isDirectory(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}
