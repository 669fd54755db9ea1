import { ApolloProvider } from '@apollo/client/react';
import { Center, Loader, MantineProvider } from '@mantine/core';
import { ModalsProvider } from '@mantine/modals';
import { lazy, type ReactNode, Suspense, useMemo } from 'react';
import { createApiClient } from './api/client.ts';
import { ErrorBoundary } from './components/error-boundary.tsx';
import { Failed } from './components/failed.tsx';
import { MeDocument } from './generated/graphql.ts';
import { LanguageProvider, useLanguage } from './i18n/language.tsx';
import { BrokenPage } from './layout/broken-page.tsx';
import { Notices } from './layout/notices.tsx';
import { Shell } from './layout/shell.tsx';
import { Routes } from './routes.tsx';
import { styleNonce } from './server.ts';
import { SessionGate } from './session.tsx';
import { createConsoleTheme, cssVariables } from './theme.ts';
import { UploadsProvider } from './upload/uploads.tsx';
import { UploadsOfUser } from './upload/uploads-of-user.tsx';

const LoginPage = lazy(() =>
  import('./pages/login/index.ts').then((pages) => ({ default: pages.LoginPage })),
);
const ChangePasswordPage = lazy(() =>
  import('./pages/login/index.ts').then((pages) => ({ default: pages.ChangePasswordPage })),
);

const client = createApiClient(() => {
  // The address stays for the next login. A late answer may be of the session before: who it is now is asked.
  client.refetchQueries({ include: [MeDocument] }).catch(() => {});
});

const waiting = (
  <Center h="100vh">
    <Loader aria-label="Stockroom" />
  </Center>
);

export function App() {
  return (
    <LanguageProvider>
      <Styled>
        <ErrorBoundary fallback={null}>
          <Notices />
        </ErrorBoundary>
        <ErrorBoundary fallback={<BrokenPage />}>
          <ApolloProvider client={client}>
            <ModalsProvider>
              <UploadsProvider>
                <SessionGate
                  loading={waiting}
                  failed={(error, retry) => (
                    <Center h="100vh">
                      <Failed error={error} onRetry={retry} />
                    </Center>
                  )}
                  visitor={
                    <Suspense fallback={waiting}>
                      <LoginPage />
                    </Suspense>
                  }
                  mustChangePassword={
                    <Suspense fallback={waiting}>
                      <ChangePasswordPage />
                    </Suspense>
                  }
                >
                  <Shell>
                    <Routes />
                  </Shell>
                  <UploadsOfUser />
                </SessionGate>
              </UploadsProvider>
            </ModalsProvider>
          </ApolloProvider>
        </ErrorBoundary>
      </Styled>
    </LanguageProvider>
  );
}

function Styled({ children }: { readonly children: ReactNode }) {
  const { language } = useLanguage();
  const theme = useMemo(() => createConsoleTheme(language), [language]);
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      defaultColorScheme="auto"
      getStyleNonce={styleNonce}
    >
      {children}
    </MantineProvider>
  );
}
