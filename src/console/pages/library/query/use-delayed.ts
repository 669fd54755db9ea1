import { useEffect, useRef, useState } from 'react';

const AFTER_MS = 300;

/**
 * A text whose every change costs a request, so that not each key may be one: `onChange` is told when nothing has been
 * typed for a moment, and at once by `tell`.
 */
export function useDelayed(value: string, onChange: (value: string) => void) {
  const [draft, setDraft] = useState(value);
  const told = useRef(value);
  const tell = (text: string) => {
    if (text === told.current) return;
    told.current = text;
    onChange(text);
  };
  const latest = useRef(tell);
  useEffect(() => {
    latest.current = tell;
  });
  useEffect(() => {
    // Changed from elsewhere, such as by the browser's back button.
    if (value === told.current) return;
    told.current = value;
    setDraft(value);
  }, [value]);
  useEffect(() => {
    const timer = setTimeout(() => latest.current(draft), AFTER_MS);
    return () => clearTimeout(timer);
  }, [draft]);
  return { draft, setDraft, tell };
}
