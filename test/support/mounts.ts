/** Whether this process may mount a file system of its own. */
export function canMount(): boolean {
  const probe = ['unshare', '-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'];
  return Bun.which('unshare') !== null && Bun.spawnSync(probe, { stderr: 'ignore' }).success;
}

/** A disk in memory of so many MiB at the path; disposing unmounts it. */
export function mountSmallDisk(path: string, mebibytes: number): Disposable {
  run(['mount', '-t', 'tmpfs', '-o', `size=${mebibytes}m,mode=700`, 'tmpfs', path]);
  return { [Symbol.dispose]: () => run(['umount', path]) };
}

function run(command: string[]): void {
  const { success, stderr } = Bun.spawnSync(command, { stderr: 'pipe' });
  if (!success) throw new Error(`${command.join(' ')}: ${stderr}`);
}
