import { Button, Group, Input, SegmentedControl, Stack, TagsInput, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import type { SyntheticEvent } from 'react';
import { Failed } from '../../../components/failed.tsx';
import { FolderInput } from '../../../components/folder-input.tsx';
import type { Visibility } from '../../../generated/graphql.ts';
import { useMessages } from '../../../i18n/language.tsx';
import { defineMessages } from '../../../i18n/messages.ts';
import type { Detail } from '../detail.ts';
import { Conflict } from './conflict.tsx';
import { useDescription } from './use-description.ts';

const MAX_TAGS = 50;
const MAX_TAG_LENGTH = 100;

const messages = defineMessages({
  en: {
    name: 'Name',
    folder: 'Folder',
    folderHint: 'Names with slashes between, such as spring/posters. Empty: the top.',
    tags: 'Tags',
    tagsHint: 'Press Enter after each.',
    removeTag: (tag: string) => `Remove ${tag}`,
    visibility: 'Who may open the file',
    PUBLIC: 'Everybody',
    PRIVATE: 'Members',
    publicHint: 'Whoever has the address.',
    privateHint: 'Members of the mall, and whoever has an expiring link.',
    save: 'Save',
    reset: 'Discard changes',
    saved: 'Saved',
  },
  zh: {
    name: '名称',
    folder: '文件夹',
    folderHint: '用斜杠分隔各级名称，例如 spring/posters。留空表示顶层。',
    tags: '标签',
    tagsHint: '每输入一个标签后按回车。',
    removeTag: (tag) => `移除 ${tag}`,
    visibility: '谁可以打开文件',
    PUBLIC: '所有人',
    PRIVATE: '成员',
    publicHint: '任何知道地址的人。',
    privateHint: '商城成员，以及持有限时链接的人。',
    save: '保存',
    reset: '放弃更改',
    saved: '已保存',
  },
});

/** Changes what people say of a material. */
export function EditForm({ material }: { readonly material: Detail }) {
  const t = useMessages(messages);
  const form = useDescription(material);
  const { mine, change } = form;
  const done = (isSaved: boolean) => {
    if (isSaved) notifications.show({ message: t.saved, color: 'green' });
  };
  const submit = async (event: SyntheticEvent) => {
    event.preventDefault();
    done(await form.save());
  };
  return (
    <form onSubmit={(event) => void submit(event)} data-unsaved={form.isChanged || undefined}>
      <Stack gap="sm">
        <TextInput
          label={t.name}
          value={mine.originFilename}
          onChange={(event) => change({ originFilename: event.currentTarget.value })}
          dir="auto"
          required
        />
        <FolderInput
          mallId={material.mall?.id}
          label={t.folder}
          description={t.folderHint}
          openOnFocus={false}
          value={mine.folder}
          onChange={(folder) => change({ folder })}
        />
        <TagsInput
          label={t.tags}
          description={t.tagsHint}
          value={[...mine.tags]}
          onChange={(tags) => change({ tags })}
          maxTags={MAX_TAGS}
          maxLength={MAX_TAG_LENGTH}
          isDuplicate={(tag, tags) => tags.includes(tag)}
        />
        <Input.Wrapper
          label={t.visibility}
          description={mine.visibility === 'PUBLIC' ? t.publicHint : t.privateHint}
          inputWrapperOrder={['label', 'input', 'description']}
          labelElement="div"
        >
          <SegmentedControl
            fullWidth
            aria-label={t.visibility}
            data={[
              { value: 'PUBLIC', label: t.PUBLIC },
              { value: 'PRIVATE', label: t.PRIVATE },
            ]}
            value={mine.visibility}
            onChange={(value) => change({ visibility: value as Visibility })}
            mb={4}
          />
        </Input.Wrapper>
        {form.error !== undefined && <Failed error={form.error} />}
        {form.theirs ? (
          <Conflict
            form={form}
            theirs={form.theirs}
            onKeepMine={() => void form.saveOverTheirs().then(done)}
          />
        ) : (
          <Group gap="xs">
            <Button type="submit" loading={form.isSaving} disabled={!form.isChanged}>
              {t.save}
            </Button>
            {form.isChanged && (
              <Button variant="default" onClick={form.reset} disabled={form.isSaving}>
                {t.reset}
              </Button>
            )}
          </Group>
        )}
      </Stack>
    </form>
  );
}
