import { join } from 'node:path';

export const SOCKET_PORT = 5432;
export const SUPERUSER = 'stockroom';
export const DATABASE = 'stockroom';

/** Sets by itself what initdb would otherwise take from the machine, so that every data directory is alike. */
export function initdbArguments(directory: string): string[] {
  return [
    `--pgdata=${directory}`,
    `--username=${SUPERUSER}`,
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--text-search-config=simple',
    // Who may open the socket is decided by the mode of its directory.
    '--auth-local=trust',
    '--auth-host=reject',
  ];
}

/** Given at every start and not kept in the directory, so that a new release brings its own. */
const settings = {
  listen_addresses: '',
  unix_socket_permissions: '0700',
  port: SOCKET_PORT,
  max_connections: 60,

  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  // Nobody streams from it, so the log is as short as crash recovery allows.
  wal_level: 'minimal',
  max_wal_senders: 0,
  min_wal_size: '32MB',
  max_wal_size: '256MB',

  shared_buffers: '32MB',
  huge_pages: 'off',
  jit: 'off',
  // Saves the three worker processes that read ahead by default.
  io_method: 'sync',
  max_logical_replication_workers: 0,
  max_worker_processes: 4,

  timezone: 'UTC',
  log_timezone: 'UTC',
  log_min_messages: 'warning',
  log_checkpoints: 'off',
  // Statements and DETAIL lines hold what users entered.
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  logging_collector: 'off',
} as const;

/** `directory` is absolute and without links; the next start recognises the process by it. */
export function serverArguments(directory: string, socketDirectory: string): string[] {
  return [
    '-D',
    directory,
    '-c',
    `unix_socket_directories=${socketDirectory}`,
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
}

/** Nothing of this process's environment but what is needed: no secrets, no PGDATA, no language. */
export function serverEnvironment(libraryDirectory: string): Record<string, string> {
  return {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    LD_LIBRARY_PATH: libraryDirectory,
    DYLD_LIBRARY_PATH: libraryDirectory,
    LC_ALL: 'C',
    TZ: 'UTC',
  };
}

export function socketPath(socketDirectory: string): string {
  return join(socketDirectory, `.s.PGSQL.${SOCKET_PORT}`);
}
