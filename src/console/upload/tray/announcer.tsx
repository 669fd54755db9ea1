import { useEffect, useRef, useState } from 'react';
import { useFormats, useMessages } from '../../i18n/language.tsx';
import type { UploadSummary } from '../queue/upload-summary.ts';
import { useUploadSummary } from '../uploads.tsx';
import { messages } from './messages.ts';
import classes from './upload-tray.module.css';

/** Tells screen readers of the beginning, of failures and of the end, and of nothing between. */
export function Announcer() {
  const summary = useUploadSummary();
  const t = useMessages(messages);
  const formats = useFormats();
  const [text, setText] = useState('');
  const before = useRef<UploadSummary>(undefined);
  useEffect(() => {
    const { isBusy, isPaused, trouble, total, done, failed } = summary;
    const was = before.current;
    before.current = summary;
    const failures = failed > 0 ? t.failedSoFar(failed, formats.number(failed)) : undefined;
    if (was?.isBusy !== isBusy) {
      const sentence = isBusy
        ? t.started(total - done - failed, formats.number(total - done - failed))
        : t.allDone(done, formats.number(done));
      setText([sentence, failures].filter(Boolean).join('. '));
    } else if (isPaused && !was.isPaused) setText(t.paused);
    else if (trouble && !was.trouble) setText(t[trouble]);
    else if (failures && failed > was.failed) setText(failures);
  }, [summary, t, formats]);
  return (
    <div role="status" className={classes.hidden}>
      {text}
    </div>
  );
}
