import {
  type CSSVariablesResolver,
  createTheme,
  Drawer,
  type MantineThemeOverride,
  Modal,
  PasswordInput,
} from '@mantine/core';
import { defineMessages, type Language } from './i18n/messages.ts';

const messages = defineMessages({
  en: { close: 'Close', showPassword: 'Show or hide the password' },
  zh: { close: '关闭', showPassword: '显示或隐藏密码' },
});

/**
 * Colours that reach the contrast of WCAG 2.2, level AA, where the library's own do not, and words for
 * its buttons that have none.
 */
export function createConsoleTheme(language: Language): MantineThemeOverride {
  const t = messages[language];
  return createTheme({
    primaryColor: 'indigo',
    primaryShade: { light: 8, dark: 8 },
    autoContrast: true,
    cursorType: 'pointer',
    defaultRadius: 'md',
    respectReducedMotion: true,
    fontFamily:
      'system-ui, -apple-system, "Segoe UI", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif',
    components: {
      CloseButton: { defaultProps: { 'aria-label': t.close } },
      Modal: Modal.extend({ defaultProps: { closeButtonProps: { 'aria-label': t.close } } }),
      Drawer: Drawer.extend({ defaultProps: { closeButtonProps: { 'aria-label': t.close } } }),
      PasswordInput: PasswordInput.extend({
        defaultProps: { visibilityToggleButtonProps: { 'aria-label': t.showPassword } },
      }),
    },
  });
}

export const cssVariables: CSSVariablesResolver = ({ colors }) => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': colors.gray[7],
    '--mantine-color-placeholder': colors.gray[7],
    '--mantine-color-error': colors.red[9],
  },
  dark: {
    '--mantine-color-dimmed': colors.dark[1],
    '--mantine-color-placeholder': colors.dark[1],
    '--mantine-color-error': colors.red[4],
  },
});
