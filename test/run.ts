/** Of tests and of hooks, which start servers; bunfig.toml cannot set it. */
const TIMEOUT_MS = 60_000;

/** Files that spend minutes waiting, for clients that are slow or stall: they wait while the others work. */
const PATIENT = [
  'test/acceptance/delivery-faults.test.ts',
  'test/acceptance/slow-uploads.test.ts',
  'test/acceptance/zip.test.ts',
];

interface Outcome {
  readonly exitCode: number;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Runs `bun test` and ends with one line that any reader of logs understands: `N passed, N failed, N skipped`. */
const given = process.argv.slice(2);
const outcomes = given.length > 0 ? [await run(given)] : await runAll();
const sum = (count: (outcome: Outcome) => number) => outcomes.reduce((all, one) => all + count(one), 0);
const failed = sum((outcome) => outcome.failed);
process.stderr.write('\n');
process.stdout.write(
  `${sum((outcome) => outcome.passed)} passed, ${failed} failed, ${sum((outcome) => outcome.skipped)} skipped\n`,
);
const exitCode = outcomes.find((outcome) => outcome.exitCode !== 0)?.exitCode ?? 0;
process.exit(exitCode !== 0 ? exitCode : failed === 0 ? 0 : 1);

/** The patient files beside the others; what they print comes at the end. */
async function runAll(): Promise<Outcome[]> {
  const files = (await Array.fromAsync(new Bun.Glob('test/**/*.test.ts').scan('.'))).sort();
  const printed: Uint8Array[] = [];
  const waiting = run(PATIENT, (chunk) => printed.push(chunk));
  const others = await run(files.filter((file) => !PATIENT.includes(file)));
  const patient = await waiting;
  for (const chunk of printed) process.stderr.write(chunk);
  return [others, patient];
}

async function run(
  args: readonly string[],
  print: (chunk: Uint8Array) => void = (chunk) => process.stderr.write(chunk),
): Promise<Outcome> {
  const child = Bun.spawn([process.execPath, 'test', `--timeout=${TIMEOUT_MS}`, ...args], {
    stdin: 'ignore',
    stdout: 'inherit',
    stderr: 'pipe',
  });
  let summary = '';
  const decoder = new TextDecoder();
  for await (const chunk of child.stderr) {
    print(chunk);
    summary = Bun.stripANSI(summary + decoder.decode(chunk, { stream: true })).slice(-4000);
  }
  const code = await child.exited;
  const count = (word: string) => Number(new RegExp(`^\\s*(\\d+) ${word}$`, 'm').exec(summary)?.[1] ?? 0);
  // A test that ends the process leaves no summary, whatever its exit code.
  const complete = /^Ran \d+ tests? across/m.test(summary);
  const broken = count('fail') + count('errors?');
  return {
    exitCode: code,
    passed: count('pass'),
    failed: complete ? broken : broken + 1,
    skipped: count('skip'),
  };
}

export {};
