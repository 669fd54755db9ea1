import { ensureFileThreads } from './file-threads.ts';

// Libraries check less and run faster; they look when they are imported, below.
process.env.NODE_ENV ??= 'production';
ensureFileThreads(process.env);

const { start } = await import('./start.ts');
await start(process.env);
