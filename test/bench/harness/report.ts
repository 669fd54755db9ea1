import { readFileSync } from 'node:fs';
import { arch, cpus, release, totalmem, type } from 'node:os';
import { isMet, type Line, type Measured, type Summary } from './benchmark.ts';

/** What a figure depends on besides the program. */
export function machine() {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryBytes: totalmem(),
    system: `${distribution()}${type()} ${release()} ${arch()}`,
    bun: Bun.version,
    commit: commit(),
  };
}

export function printMachine({
  cpu,
  cores,
  memoryBytes,
  system,
  bun,
  commit,
}: ReturnType<typeof machine>): void {
  console.log(
    `${cpu}, ${cores} cores, ${(memoryBytes / 2 ** 30).toFixed(1)} GiB, ${system}, Bun ${bun}, ${commit}\n`,
  );
}

const WIDTHS = [52, 30, 10, 7, 34, 34] as const;

export function printHeader(): void {
  printRow(['work', 'value (min–max)', 'bar', '', 'ours (min–max)', 'baseline (min–max)']);
  printRow(WIDTHS.map((width) => '-'.repeat(width)));
}

export function printLine(line: Line): void {
  printRow([
    line.work,
    `${measured({ summary: line.value, unit: line.unit })}`,
    bar(line),
    line.bar ? (isMet(line) ? 'met' : 'missed') : '',
    line.ours ? measured(line.ours) : '',
    line.baseline ? measured(line.baseline) : '',
  ]);
  if (line.note) console.log(`    ${line.note}`);
}

function printRow(cells: readonly string[]): void {
  console.log(
    cells
      .map((cell, column) => cell.padEnd(WIDTHS[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

function bar({ bar, unit }: Line): string {
  if (!bar) return '';
  return 'atMost' in bar ? `≤ ${bar.atMost} ${unit}` : `≥ ${bar.atLeast} ${unit}`;
}

function measured({ summary, unit }: Measured): string {
  return `${number(summary.median)} ${unit} (${range(summary)})`;
}

function range({ min, max }: Summary): string {
  return `${number(min)}–${number(max)}`;
}

function number(value: number): string {
  return value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2);
}

function distribution(): string {
  try {
    const name = /^PRETTY_NAME="?([^"\n]+)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1];
    return name ? `${name}, ` : '';
  } catch {
    return '';
  }
}

function commit(): string {
  const git = Bun.spawnSync(['git', 'describe', '--always', '--dirty'], {
    cwd: import.meta.dir,
    stderr: 'ignore',
  });
  return git.success ? `commit ${git.stdout.toString().trim()}` : 'unknown commit';
}
