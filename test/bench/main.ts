/**
 * Measures the server against plain programs that do the same work, in the same run.
 * `bun run bench [--quick] [--only <name,...>] [--json <file>]`; it fails only when a benchmark does.
 */
import { parseArgs } from 'node:util';
import { bigFile } from './big-file.ts';
import { coldStart } from './cold-start.ts';
import { consoleLibrary } from './console-library.ts';
import { consoleStart } from './console-start.ts';
import { consoleUpload } from './console-upload.ts';
import { delivery } from './delivery.ts';
import { exportRoute } from './export-route.ts';
import { exports } from './exports.ts';
import { type Benchmark, isMet, type Line } from './harness/benchmark.ts';
import { machine, printHeader, printLine, printMachine } from './harness/report.ts';
import { idleMemory } from './idle-memory.ts';
import { logging } from './logging.ts';
import { manyClients } from './many-clients.ts';
import { materialList } from './material-list.ts';
import { monitoring } from './monitoring.ts';
import { pictures } from './pictures.ts';
import { remotePictures } from './remote-pictures.ts';
import { sessions } from './sessions.ts';
import { variants } from './variants.ts';

const benchmarks: readonly Benchmark[] = [
  bigFile,
  pictures,
  variants,
  remotePictures,
  manyClients,
  materialList,
  sessions,
  delivery,
  logging,
  monitoring,
  exports,
  exportRoute,
  consoleUpload,
  coldStart,
  idleMemory,
  consoleStart,
  consoleLibrary,
];

const { values: flags } = parseArgs({
  options: { quick: { type: 'boolean' }, only: { type: 'string' }, json: { type: 'string' } },
});
const quick = flags.quick ?? false;
const chosen = flags.only === undefined ? benchmarks : flags.only.split(',').map(byName);
const begun = new Date();
const lines: (Line & { benchmark: string; met: boolean })[] = [];
let failed = false;

printMachine(machine());
printHeader();
for (const benchmark of chosen) {
  try {
    for await (const line of benchmark.run({ quick, runs: quick ? 2 : 5 })) {
      printLine(line);
      lines.push({ benchmark: benchmark.name, ...line, met: isMet(line) });
    }
  } catch (error) {
    failed = true;
    console.error(`${benchmark.name} failed:`, error);
  }
}
if (flags.json !== undefined) {
  const report = { begun, ended: new Date(), quick, failed, machine: machine(), lines };
  await Bun.write(flags.json, `${JSON.stringify(report, null, 2)}\n`);
}
process.exit(failed ? 1 : 0);

function byName(name: string): Benchmark {
  const found = benchmarks.find((benchmark) => benchmark.name === name);
  if (found) return found;
  console.error(`--only ${name}: there are ${benchmarks.map((benchmark) => benchmark.name).join(', ')}`);
  process.exit(2);
}
