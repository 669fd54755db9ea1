import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Client } from 'bun';
import { freePort } from './ports.ts';
import { until } from './temporary.ts';

/** What a gateway is started with, and curl, which signs requests that Bun's client does not have. */
const PROGRAMS = [
  'ceph-mon',
  'ceph-osd',
  'radosgw',
  'radosgw-admin',
  'ceph',
  'ceph-authtool',
  'monmaptool',
  'curl',
];
const KEYS = { accessKeyId: 'tester', secretAccessKey: 'tester-secret' } as const;
const REGION = 'default';
const MONITOR_ATTEMPTS = 20;
const MONITOR_PAUSE_MS = 500;
/** Reads process ids until the test's process has ended in whatever way, then ends those and removes a directory. */
const CLEANER =
  'trap "" INT TERM; while read -r pid; do pids="$pids $pid"; done; kill -9 $pids; until rm -rf "$0"; do sleep 0.1; done';

/** A bucket of the test's own, on the gateway that all tests of a process share. */
export interface TestBucket {
  readonly name: string;
  /** Port of the gateway on the loopback. */
  readonly port: number;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
  /** The environment of a server that keeps its files here. @param port of a proxy before the gateway. */
  env(port?: number): Record<string, string>;
  /** Keys of all objects, in order. */
  objects(): Promise<string[]>;
  /** Keys to which multipart uploads have begun that are neither completed nor aborted. */
  unfinished(): Promise<string[]>;
  /** Sends a signed request. @returns the answer's body. @throws when it is refused. */
  send(method: string, pathAndQuery: string): Promise<string>;
  /** Lets it take no more than so many bytes. */
  limit(bytes: number): Promise<void>;
  readonly client: S3Client;
}

/** The programs of a gateway when all are on the machine. */
export function findCeph(): string | undefined {
  return PROGRAMS.every((program) => Bun.which(program)) ? 'ceph' : undefined;
}

// Every test file has modules of its own; what they share is the process.
const SHARED = Symbol.for('stockroom.test.ceph');
const shared = globalThis as { [SHARED]?: Promise<Gateway> };
let buckets = 0;

interface Gateway {
  readonly port: number;
  /** Path of its configuration. */
  readonly configuration: string;
}

/** An empty bucket. The first one starts the gateway, which ends with the process. */
export async function createBucket(): Promise<TestBucket> {
  shared[SHARED] ??= startGateway();
  const { port, configuration } = await shared[SHARED];
  const name = `test-${process.pid}-${Date.now()}-${++buckets}`;
  const endpoint = `http://127.0.0.1:${port}`;
  const client = new S3Client({ ...KEYS, endpoint, region: REGION, bucket: name });
  const send = (method: string, pathAndQuery: string) => signed(method, `${endpoint}/${pathAndQuery}`);
  await send('PUT', name);
  return {
    name,
    port,
    ...KEYS,
    region: REGION,
    client,
    send,
    async limit(bytes) {
      const quota = ['--bucket', name, '--quota-scope', 'bucket'];
      await run('radosgw-admin', '-c', configuration, 'quota', 'set', ...quota, '--max-size', String(bytes));
      await run('radosgw-admin', '-c', configuration, 'quota', 'enable', ...quota);
    },
    env: (through = port) => ({
      STORAGE_URL: `s3://${name}/some/prefix?endpoint=http://127.0.0.1:${through}&region=${REGION}`,
      S3_ACCESS_KEY_ID: KEYS.accessKeyId,
      S3_SECRET_ACCESS_KEY: KEYS.secretAccessKey,
    }),
    async objects() {
      const keys: string[] = [];
      for (let more = true; more; ) {
        const startAfter = keys.at(-1);
        const page = await client.list(startAfter === undefined ? {} : { startAfter });
        keys.push(...(page.contents ?? []).map(({ key }) => key));
        more = page.isTruncated ?? false;
      }
      return keys;
    },
    async unfinished() {
      const xml = await send('GET', `${name}?uploads=`);
      return Array.from(xml.matchAll(/<Upload>.*?<Key>([^<]*)</gs), ([, key = '']) => key);
    },
  };
}

/** One monitor, one storage daemon in memory and the gateway, on free ports. */
async function startGateway(): Promise<Gateway> {
  const directory = await mkdtemp(join(tmpdir(), 'stockroom-ceph-'));
  const cleaner = Bun.spawn(['sh', '-c', CLEANER, directory], {
    stdin: 'pipe',
    stdout: 'ignore',
    stderr: 'ignore',
  });
  cleaner.unref();
  const port = await freePort();
  const monitor = `[v1:127.0.0.1:${await freePort()}]`;
  const cluster = crypto.randomUUID();
  const configuration = join(directory, 'ceph.conf');
  await writeFile(configuration, settings(directory, cluster, monitor, port));
  for (const name of ['mon', 'osd']) await mkdir(join(directory, name));
  const from = ['-c', configuration];
  const start = (...command: string[]) => {
    const log = Bun.file(join(directory, `${command[0]}.out`));
    const daemon = Bun.spawn([...command, ...from, '-f'], { stdin: 'ignore', stdout: log, stderr: log });
    daemon.unref();
    cleaner.stdin.write(`${daemon.pid}\n`);
    void cleaner.stdin.flush();
  };

  const keyring = join(directory, 'keyring');
  const map = join(directory, 'monmap');
  await run(
    'ceph-authtool',
    '--create-keyring',
    keyring,
    '--gen-key',
    '-n',
    'mon.',
    '--cap',
    'mon',
    'allow *',
  );
  const all = ['mon', 'osd', 'mgr'].flatMap((kind) => ['--cap', kind, 'allow *']);
  await run('ceph-authtool', keyring, '--gen-key', '-n', 'client.admin', ...all);
  await run('monmaptool', '--create', '--addv', 'a', monitor, '--fsid', cluster, map);
  await run('ceph-mon', '--mkfs', '-i', 'a', '--monmap', map, '--keyring', keyring, ...from);
  start('ceph-mon', '-i', 'a');
  const disk = crypto.randomUUID();
  await told(...from, 'osd', 'new', disk);
  await run('ceph-osd', '-i', '0', '--mkfs', '--osd-uuid', disk, ...from);
  start('ceph-osd', '-i', '0');
  await run('ceph', ...from, 'osd', 'crush', 'add', 'osd.0', '1.0', 'root=default', 'host=local');
  start('radosgw', '-n', 'client.rgw.a');
  await until(
    'the S3 gateway to answer',
    () =>
      fetch(`http://127.0.0.1:${port}/`).then(
        ({ ok }) => ok || undefined,
        () => undefined,
      ),
    60_000,
  );
  const { accessKeyId, secretAccessKey } = KEYS;
  const keys = ['--access-key', accessKeyId, '--secret-key', secretAccessKey];
  const user = ['--uid', 'tester', '--display-name', 'tester', '--max-buckets', '0', ...keys];
  await run('radosgw-admin', ...from, 'user', 'create', ...user);
  return { port, configuration };
}

function settings(directory: string, cluster: string, monitor: string, port: number): string {
  return `[global]
fsid = ${cluster}
mon host = ${monitor}
mon initial members = a
public addr = 127.0.0.1
auth cluster required = none
auth service required = none
auth client required = none
# Each pool that the gateway makes would wait for a second otherwise.
paxos propose interval = 0.05
paxos min wait = 0.01
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 8
mon allow pool size one = true
osd crush chooseleaf type = 0
osd crush update on start = false
osd class update on start = false
osd objectstore = memstore
memstore device bytes = 8589934592
pid file = ${directory}/$name.pid
admin socket = ${directory}/$name.asok
log file = ${directory}/$name.log
mon data = ${directory}/mon
osd data = ${directory}/osd
keyring = ${directory}/keyring
[client.rgw.a]
rgw frontends = beast endpoint=127.0.0.1:${port}
# What is removed frees its memory soon.
rgw gc obj min wait = 1
rgw gc processor period = 5
rgw gc processor max time = 5
`;
}

/** The first command for a monitor: while that starts it may say EPERM to whoever may do anything. */
async function told(...command: string[]): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await run('ceph', ...command);
      return;
    } catch (error) {
      if (attempt === MONITOR_ATTEMPTS) throw error;
      await Bun.sleep(MONITOR_PAUSE_MS);
    }
  }
}

/** Ceph's gateway needs a signature for whatever is asked, and Bun's client cannot ask all. */
async function signed(method: string, url: string): Promise<string> {
  const { accessKeyId, secretAccessKey } = KEYS;
  const keys = ['--aws-sigv4', `aws:amz:${REGION}:s3`, '--user', `${accessKeyId}:${secretAccessKey}`];
  const payload = ['-H', 'x-amz-content-sha256: UNSIGNED-PAYLOAD'];
  return await run('curl', '-sS', '--fail-with-body', '-X', method, ...keys, ...payload, url);
}

async function run(...command: string[]): Promise<string> {
  const child = Bun.spawn(command, { stdout: 'pipe', stderr: 'pipe' });
  const [output, errors, exitCode] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (exitCode !== 0) throw new Error(`${command.join(' ')}: ${output}${errors}`);
  return output;
}
