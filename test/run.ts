/** Of tests and of hooks, which start servers; bunfig.toml cannot set it. */
const TIMEOUT_MS = 60_000;

/**
 * Files that mostly wait, for clients that are slow or stall, for leases that end, and for servers that start: they wait
 * while the others work. There are as many as let both end at about the same time.
 */
const PATIENT = [
  'test/acceptance/backup.test.ts',
  'test/acceptance/cli-sweep.test.ts',
  'test/acceptance/delivery-faults.test.ts',
  'test/acceptance/limits.test.ts',
  'test/acceptance/log-file.test.ts',
  'test/acceptance/log-secrets.test.ts',
  'test/acceptance/placeholders.test.ts',
  'test/acceptance/process.test.ts',
  'test/acceptance/readiness.test.ts',
  'test/acceptance/slow-uploads.test.ts',
  'test/acceptance/subscriptions.test.ts',
  'test/acceptance/webhooks.test.ts',
  'test/acceptance/zip.test.ts',
  'test/integration/download-watch.test.ts',
  'test/integration/export-jobs.test.ts',
  'test/integration/picture-fetches.test.ts',
  'test/integration/webhook-faults.test.ts',
];

/** Tests of the console, which wait for their browser. */
const BROWSER = 'test/acceptance/console/';

interface Outcome {
  readonly exitCode: number;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Tests that failed, by their file; undefined where the run did not come to its end. */
  readonly failures: ReadonlyMap<string, number> | undefined;
}

/** More than so many files that fail are no accident. */
const MAX_SECOND_TRIES = 3;

/** Runs `bun test` and ends with one line that any reader of logs understands: `N passed, N failed, N skipped`. */
const given = process.argv.slice(2);
const outcomes = given.length > 0 ? [await run(given)] : await retryFailed(await runAll());
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
  const isPatient = (file: string) => PATIENT.includes(file) || file.startsWith(BROWSER);
  const printed: Uint8Array[] = [];
  const waiting = run(files.filter(isPatient), (chunk) => printed.push(chunk));
  const others = await run(files.filter((file) => !isPatient(file)));
  const patient = await waiting;
  for (const chunk of printed) process.stderr.write(chunk);
  return [others, patient];
}

/**
 * Runs files that failed beside others once more, alone, and says so: many tests watch deadlines, which a busy machine
 * may miss. What is broken fails again.
 */
async function retryFailed(outcomes: readonly Outcome[]): Promise<Outcome[]> {
  const files = outcomes.flatMap(({ failures }) => [...(failures?.keys() ?? [])]);
  if (files.length > MAX_SECOND_TRIES) return [...outcomes];
  const tried: Outcome[] = [];
  for (const outcome of outcomes) tried.push(await retry(outcome));
  return tried;
}

async function retry(outcome: Outcome): Promise<Outcome> {
  const files = [...(outcome.failures ?? [])];
  if (files.length === 0 || files.reduce((all, [, count]) => all + count, 0) !== outcome.failed)
    return outcome;
  let failed = 0;
  let exitCode = 0;
  for (const [file, count] of files) {
    process.stderr.write(`\n${file}: ${count} failed; once more, alone\n`);
    const second = await run([file]);
    exitCode ||= second.exitCode;
    failed += second.failed;
  }
  return { ...outcome, exitCode, failed, passed: outcome.passed + Math.max(0, outcome.failed - failed) };
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
  let line = '';
  const failures = new Map<string, number>();
  let file = '';
  const decoder = new TextDecoder();
  for await (const chunk of child.stderr) {
    print(chunk);
    const text = Bun.stripANSI(decoder.decode(chunk, { stream: true }));
    summary = (summary + text).slice(-4000);
    const lines = (line + text).split('\n');
    line = lines.pop() ?? '';
    for (const whole of lines) {
      // At its end the run tells all failures again, under no file.
      if (/^\d+ tests? failed:$/.test(whole)) file = '';
      file = /^(test\/\S+\.test\.ts):$/.exec(whole)?.[1] ?? file;
      if (file !== '' && whole.startsWith('(fail) ')) failures.set(file, (failures.get(file) ?? 0) + 1);
    }
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
    failures: complete ? failures : undefined,
  };
}

export {};
