import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react';
import { createFormats, type Formats } from './formats.ts';
import type { Catalogue, Language } from './messages.ts';

const STORED_UNDER = 'stockroom.language';

interface LanguageState {
  readonly language: Language;
  readonly formats: Formats;
  setLanguage(language: Language): void;
}

const LanguageContext = createContext<LanguageState | undefined>(undefined);

/** Chosen before, else the first of the browser's languages that there is. */
function initialLanguage(): Language {
  const stored = localStorage.getItem(STORED_UNDER);
  if (stored === 'en' || stored === 'zh') return stored;
  const known = navigator.languages.map((tag) => tag.slice(0, 2)).find((tag) => tag === 'en' || tag === 'zh');
  return known === 'zh' ? 'zh' : 'en';
}

/** The language of requests, also those outside of React. */
export function currentLanguage(): Language {
  return document.documentElement.lang.startsWith('zh') ? 'zh' : 'en';
}

export function LanguageProvider({ children }: { readonly children: ReactNode }) {
  const [language, setLanguage] = useState(initialLanguage);
  const tag = language === 'zh' ? 'zh-CN' : 'en';
  // Before the first request of what is inside.
  document.documentElement.lang = tag;
  useEffect(() => localStorage.setItem(STORED_UNDER, language), [language]);
  const state = useMemo(() => ({ language, setLanguage, formats: createFormats(tag) }), [language, tag]);
  return <LanguageContext value={state}>{children}</LanguageContext>;
}

export function useLanguage(): LanguageState {
  const state = useContext(LanguageContext);
  if (!state) throw new Error('there is no LanguageProvider');
  return state;
}

/** The texts of a catalogue in the user's language. */
export function useMessages<T>(catalogue: Catalogue<T>): Catalogue<T>[Language] {
  return catalogue[useLanguage().language];
}

/** How numbers and times are written in the user's language. */
export function useFormats(): Formats {
  return useLanguage().formats;
}
