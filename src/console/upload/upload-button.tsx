import { Button, Menu } from '@mantine/core';
import { ChevronDown, File as FileIcon, Folder, Upload } from 'lucide-react';
import { useCallback, useRef } from 'react';
import { useMessages } from '../i18n/language.tsx';
import { defineMessages } from '../i18n/messages.ts';
import type { Mall } from '../session.tsx';
import { addPicked } from './add-picked.ts';
import { pickedFiles } from './dropped-files.ts';
import { useDropsGoTo, useUploads } from './uploads.tsx';

const messages = defineMessages({
  en: {
    upload: 'Upload',
    files: 'Files…',
    folder: 'A folder…',
    hint: 'You can also drop files anywhere, or paste a picture',
  },
  zh: {
    upload: '上传',
    files: '文件…',
    folder: '文件夹…',
    hint: '也可以把文件拖到页面任意位置，或直接粘贴图片',
  },
});

/** Picks files or a folder for a folder of a mall, where from now on drops and pastes go as well. */
export function UploadButton({ mall, folder }: { readonly mall: Mall; readonly folder: string }) {
  const t = useMessages(messages);
  const uploads = useUploads();
  const files = useRef<HTMLInputElement>(null);
  const directory = useRef<HTMLInputElement | null>(null);
  const asDirectory = useCallback((input: HTMLInputElement | null) => {
    directory.current = input;
    if (input) input.webkitdirectory = true;
  }, []);
  useDropsGoTo(mall, folder);

  const take = (input: HTMLInputElement) => {
    if (input.files) addPicked(uploads, { mall, folder }, pickedFiles(input.files));
    // So that the same can be picked again, and its bytes are not held.
    input.value = '';
  };
  return (
    <>
      <Menu position="bottom-end" width={260} withInitialFocusPlaceholder={false}>
        <Menu.Target>
          <Button
            leftSection={<Upload size={18} aria-hidden />}
            rightSection={<ChevronDown size={16} aria-hidden />}
          >
            {t.upload}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<FileIcon size={18} aria-hidden />} onClick={() => files.current?.click()}>
            {t.files}
          </Menu.Item>
          <Menu.Item
            leftSection={<Folder size={18} aria-hidden />}
            onClick={() => directory.current?.click()}
          >
            {t.folder}
          </Menu.Item>
          <Menu.Label>{t.hint}</Menu.Label>
        </Menu.Dropdown>
      </Menu>
      <input
        ref={files}
        type="file"
        multiple
        hidden
        data-upload="files"
        onChange={({ currentTarget }) => take(currentTarget)}
      />
      <input
        ref={asDirectory}
        type="file"
        multiple
        hidden
        data-upload="folder"
        onChange={({ currentTarget }) => take(currentTarget)}
      />
    </>
  );
}
