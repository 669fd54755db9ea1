import { Button } from '@mantine/core';
import { Languages } from 'lucide-react';
import { useLanguage } from '../i18n/language.tsx';

/** To the other of the two languages, by its own name. */
export function LanguageSwitch() {
  const { language, setLanguage } = useLanguage();
  const other = language === 'zh' ? 'en' : 'zh';
  return (
    <Button
      variant="subtle"
      color="gray"
      size="compact-md"
      leftSection={<Languages size={18} aria-hidden />}
      lang={other === 'zh' ? 'zh-CN' : 'en'}
      onClick={() => setLanguage(other)}
    >
      {other === 'zh' ? '中文' : 'English'}
    </Button>
  );
}
