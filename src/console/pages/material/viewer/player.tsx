import { Alert } from '@mantine/core';
import { useState } from 'react';
import { useMessages } from '../../../i18n/language.tsx';
import { defineMessages } from '../../../i18n/messages.ts';
import { ownFileUrl } from '../../../server.ts';
import type { Detail } from '../detail.ts';
import classes from './picture-viewer.module.css';

const messages = defineMessages({
  en: { unplayed: 'This browser cannot play the file. Download it to play it elsewhere.' },
  zh: { unplayed: '此浏览器无法播放该文件，请下载后用其他程序播放。' },
});

/** A video or a sound, in the browser's own player. */
export function Player({ material }: { readonly material: Detail }) {
  const t = useMessages(messages);
  const [isUnplayed, setUnplayed] = useState(false);
  const { kind, originFilename, posterUrl, url, width, height } = material;
  const common = {
    src: ownFileUrl(url),
    controls: true,
    preload: 'metadata',
    'aria-label': originFilename,
    onError: () => setUnplayed(true),
  } as const;
  return (
    <>
      {kind === 'AUDIO' ? (
        <audio {...common} className={classes.sound} />
      ) : (
        <video
          {...common}
          className={classes.player}
          poster={ownFileUrl(posterUrl)}
          width={width ?? undefined}
          height={height ?? undefined}
          playsInline
        />
      )}
      {isUnplayed && (
        <Alert color="yellow" mt="xs">
          {t.unplayed}
        </Alert>
      )}
    </>
  );
}
