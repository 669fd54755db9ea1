import '@mantine/core/styles.css';
import '@mantine/dates/styles.css';
import '@mantine/notifications/styles.css';
import './console.css';
import { createRoot } from 'react-dom/client';
import { Router } from 'wouter';
import { App } from './app.tsx';
import { guardedNavigation } from './components/leave-guard.ts';
import { styleNonce } from './server.ts';

// Where the package `get-nonce` looks, by which dialogs that stop the page's scrolling add a style.
Object.assign(globalThis, { __webpack_nonce__: styleNonce() });
const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <Router aroundNav={guardedNavigation}>
      <App />
    </Router>,
  );
}
