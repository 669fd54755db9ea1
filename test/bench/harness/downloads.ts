import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../../support/ports.ts';
import { answered, end, type RunningServer } from './processes.ts';

export interface GetOrder {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly connections: number;
  /** No new request after that; 0: one for each connection. */
  readonly seconds: number;
  /** Each connection reads so fast, and stops when the time is over. */
  readonly bytesPerSecond?: number;
}

export interface GetLoad {
  readonly answers: number;
  /** With heads. */
  readonly bytes: number;
  readonly seconds: number;
  /** ms */
  readonly p99: number;
}

/** Sends GETs from a process of its own. @throws when an answer is not 200 or 304, or does not come. */
export async function getLoad(order: GetOrder): Promise<GetLoad> {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, 'get-load.ts'), JSON.stringify(order)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const output = await new Response(child.stdout).text();
  if ((await child.exited) !== 0) throw new Error('the load broke off');
  return JSON.parse(output) as GetLoad;
}

/** Directory of sbin is in the path of root only. */
export function findNginx(): string | null {
  return Bun.which('nginx', { PATH: `${process.env.PATH}:/usr/sbin:/sbin` });
}

/** nginx with one process over the files of a directory, without a log. */
export async function startNginx(program: string, root: string, directory: string): Promise<RunningServer> {
  const port = await freePort();
  const config = join(directory, 'nginx.conf');
  await mkdir(directory, { recursive: true });
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${join(directory, name)};`,
  );
  await writeFile(
    config,
    `${process.getuid?.() === 0 ? 'user root;' : ''} worker_processes 1; daemon off;
    pid ${join(directory, 'pid')}; error_log stderr crit;
    events { worker_connections 1024; }
    http {
      ${temporary.join(' ')}
      access_log off; sendfile on; tcp_nopush on;
      keepalive_timeout 60; keepalive_requests 1000000000;
      types {} default_type application/octet-stream;
      server { listen 127.0.0.1:${port}; root ${root}; }
    }`,
  );
  const child = Bun.spawn([program, '-e', 'stderr', '-c', config], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const url = `http://127.0.0.1:${port}`;
  const stop = () => end(child);
  await answered(child, () => fetch(url));
  return { url, pid: child.pid, stop, [Symbol.asyncDispose]: stop };
}
