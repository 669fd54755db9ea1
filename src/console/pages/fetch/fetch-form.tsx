import { Alert, Button, Group, List, Stack, Text, Textarea } from '@mantine/core';
import { useDidUpdate } from '@mantine/hooks';
import { Globe, Square } from 'lucide-react';
import { useMemo, useRef, useState } from 'react';
import { FolderInput } from '../../components/folder-input.tsx';
import { useFormats, useMessages } from '../../i18n/language.tsx';
import { messages } from './messages.ts';
import { parseAddresses } from './parse-addresses.ts';

/** Where the server puts them when no folder is named. */
const DEFAULT_FOLDER = 'etp_qr_img';
const INVALID_SHOWN = 5;

/** Takes addresses as people paste them, and says what of them is left out. */
export function FetchForm({
  mallId,
  isRunning,
  onStart,
  onStop,
}: {
  readonly mallId: number;
  readonly isRunning: boolean;
  readonly onStart: (urls: readonly string[], folder: string) => void;
  readonly onStop: () => void;
}) {
  const t = useMessages(messages);
  const formats = useFormats();
  const [text, setText] = useState('');
  const [folder, setFolder] = useState('');
  const starter = useRef<HTMLButtonElement>(null);
  // Whoever has stopped it stays where they were.
  useDidUpdate(() => {
    if (!isRunning && document.activeElement === document.body) starter.current?.focus();
  }, [isRunning]);
  const { urls, repeated, empty, invalid } = useMemo(() => parseAddresses(text), [text]);
  const notes = [
    ...(repeated > 0 ? [t.repeated(repeated)] : []),
    ...(empty > 0 ? [t.empty(empty)] : []),
    ...(invalid.length > INVALID_SHOWN ? [t.moreInvalid(invalid.length - INVALID_SHOWN)] : []),
  ];
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (urls.length > 0) onStart(urls, folder.trim());
      }}
    >
      <Stack>
        <div>
          <Textarea
            label={t.addresses}
            description={t.addressesHint}
            placeholder="https://"
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            readOnly={isRunning}
            autosize
            minRows={5}
            maxRows={14}
            spellCheck={false}
            autoCapitalize="off"
            dir="ltr"
            styles={{ input: { whiteSpace: 'pre', overflowX: 'auto', fontFamily: 'monospace' } }}
          />
          <div role="status">
            {(notes.length > 0 || invalid.length > 0) && (
              <Alert variant="outline" color="gray" mt="sm">
                <List size="sm">
                  {invalid.slice(0, INVALID_SHOWN).map(({ line, text: found }, i) => (
                    // biome-ignore lint/suspicious/noArrayIndexKey: a line may have several cells that are equal.
                    <List.Item key={i}>
                      {t.invalid(line)}{' '}
                      <Text span size="sm" ff="monospace" className="stockroom-name" lineClamp={2}>
                        {found}
                      </Text>
                    </List.Item>
                  ))}
                  {notes.map((note) => (
                    <List.Item key={note}>{note}</List.Item>
                  ))}
                </List>
              </Alert>
            )}
          </div>
        </div>
        <FolderInput
          mallId={mallId}
          label={t.folder}
          description={t.folderHint(DEFAULT_FOLDER)}
          openOnFocus={false}
          value={folder}
          onChange={setFolder}
          readOnly={isRunning}
          maw={400}
        />
        <Group>
          <Button
            type="submit"
            ref={starter}
            leftSection={<Globe size={18} aria-hidden />}
            disabled={urls.length === 0}
            loading={isRunning}
          >
            {t.start(urls.length, formats.number(urls.length))}
          </Button>
          {isRunning && (
            <Button variant="default" leftSection={<Square size={16} aria-hidden />} onClick={onStop}>
              {t.stop}
            </Button>
          )}
        </Group>
      </Stack>
    </form>
  );
}
