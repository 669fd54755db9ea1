/** Of tests and of hooks, which start servers; bunfig.toml cannot set it. */
const TIMEOUT_MS = 60_000;

/** Runs `bun test` and ends with one line that any reader of logs understands: `N passed, N failed, N skipped`. */
const child = Bun.spawn([process.execPath, 'test', `--timeout=${TIMEOUT_MS}`, ...process.argv.slice(2)], {
  stdin: 'ignore',
  stdout: 'inherit',
  stderr: 'pipe',
});

let summary = '';
const decoder = new TextDecoder();
for await (const chunk of child.stderr) {
  process.stderr.write(chunk);
  summary = (summary + decoder.decode(chunk, { stream: true })).slice(-4000);
}
const exitCode = await child.exited;

const count = (word: string) =>
  Number(new RegExp(`^\\s*(\\d+) ${word}$`, 'm').exec(plain(summary))?.[1] ?? 0);
// A test that ends the process leaves no summary, whatever its exit code.
const complete = /^Ran \d+ tests? across/m.test(plain(summary));
const failed = count('fail') + count('errors?');
process.stderr.write('\n');
process.stdout.write(
  `${count('pass')} passed, ${complete ? failed : failed + 1} failed, ${count('skip')} skipped\n`,
);
process.exit(exitCode !== 0 ? exitCode : complete && failed === 0 ? 0 : 1);

function plain(text: string): string {
  return Bun.stripANSI(text);
}

export {};
