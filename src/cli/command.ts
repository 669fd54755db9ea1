import type { Command } from 'commander';
import type { Database } from '../adapters/db/open.ts';
import type { AuditSource } from '../services/audit/record-events.ts';
import type { Services } from '../services/context.ts';
import type { ExportCtx } from '../services/export/write-report.ts';
import type { IngestCtx } from '../services/material/ingest/staged-file.ts';
import type { SweepOptions, SweepServices } from '../services/sweep/sweep.ts';
import type { Finding } from './doctor.ts';

/** What the verbs of accounts take. */
export type AccountServices = Pick<
  Services,
  'db' | 'sessions' | 'events' | 'log' | 'passwords' | 'passwordLegacy'
> &
  Pick<AuditSource, 'via'>;

export interface Sweeping extends Pick<SweepOptions, 'trashDays' | 'auditDays'> {
  readonly services: SweepServices;
}

export type Exporting = ExportCtx & Pick<Services, 'timeZone'>;
export interface Importing {
  readonly services: IngestCtx;
  /** Of times that have none. */
  readonly timeZone: string;
}

/** What commands work with. What is opened here is closed when the command has ended, however it ends. */
export interface Cli {
  /** The migrated database: the server's where one runs. */
  database(): Promise<Database>;
  /** The database, and sessions where the server keeps them. */
  accounts(): Promise<AccountServices>;
  /** The database, the files, and the spool where no server has it. */
  sweeping(): Promise<Sweeping>;
  /** The database, the files, and what examines new ones. */
  importing(): Promise<Importing>;
  /** Looks at all that the server needs, without changing anything. */
  examine(): AsyncIterable<Finding>;
  /** The database, and what reports need besides. */
  exporting(): Promise<Exporting>;
  /** Starts the server, which goes on running. */
  serve(): Promise<void>;
  /** The first line of standard input. */
  readLine(): Promise<string>;
  /** A line for people on standard output. */
  print(line: string): void;
  /** A line on standard error that is no result: a notice, a problem of one row. */
  note(line: string): void;
  /** A progress bar on standard error; nothing where that is no terminal. */
  progress(label: string): Progress;
}

export interface Progress {
  show(done: number, total: number): void;
  clear(): void;
}

/** Adds one command to its parent: the program, or a group such as `user`. */
export type AddCommand = (parent: Command, cli: Cli) => void;

/** Thrown when all that is to be said is one line. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
}

/** Prints the result: one JSON value, or text. */
export function report(cli: Cli, json: boolean | undefined, value: unknown, lines: readonly string[]): void {
  if (json) cli.print(JSON.stringify(value));
  else for (const line of lines) cli.print(line);
}

/** The end of a command's help. */
export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  bun run stockroom ${line}`).join('\n')}\n`;
}

export const JSON_OPTION = ['--json', 'print the result as one JSON value'] as const;
