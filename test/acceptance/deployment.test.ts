import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { cp, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeCertificate } from '../support/front-end/serve.ts';
import { END, FORM_TYPE, partHead, uploadFields } from '../support/multipart.ts';
import { freePort } from '../support/ports.ts';
import { missing } from '../support/services.ts';
import { ADMIN, projectRoot, type StockroomServer, startStockroom } from '../support/stockroom.ts';
import { temporaryDirectory, until } from '../support/temporary.ts';
import { streamOf } from '../support/upload.ts';

/** Directory of sbin is in the path of root only. */
const which = (program: string) => Bun.which(program, { PATH: `${process.env.PATH}:/usr/sbin:/sbin` });

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeAll(async () => {
  directory = await temporaryDirectory();
});
afterAll(async () => await directory[Symbol.asyncDispose]());

const text = (path: string) => readFile(join(projectRoot, path), 'utf8');

/** A text with some of its parts replaced. @throws where one is not there. */
function replaced(whole: string, parts: Readonly<Record<string, string>>): string {
  for (const [from, to] of Object.entries(parts)) {
    if (!whole.includes(from)) throw new Error(`there is no ${JSON.stringify(from)}`);
    whole = whole.replaceAll(from, to);
  }
  return whole;
}

/** What the stages of a Dockerfile copy and run, done in directories. @returns that of the last stage. */
async function buildImage(dockerfile: string): Promise<string> {
  const sent = (await text('.dockerignore')).split('\n').flatMap((line) => /^!(.+)$/.exec(line)?.[1] ?? []);
  const stages = new Map<string, string>();
  let stage = '';
  for (const line of dockerfile.split('\n')) {
    const [, , name = 'last'] = /^FROM (\S+)(?: AS (\S+))?$/.exec(line) ?? [];
    if (line.startsWith('FROM ')) {
      stage = join(directory.path, 'image', name);
      stages.set(name, stage);
      await mkdir(stage, { recursive: true });
    }
    const [, from, paths = '', target = ''] = /^COPY (?:--from=(\S+) )?(.+) (\S+)$/.exec(line) ?? [];
    for (const path of paths.split(' ').filter(Boolean)) {
      if (!from) expect(sent).toContain(path.startsWith('src/') ? 'src' : path);
      const source = from
        ? join(stages.get(from) ?? '', path.replace(/^\/app\//, ''))
        : join(projectRoot, path);
      const to = target === './' ? join(stage, path) : join(stage, target);
      await mkdir(dirname(to), { recursive: true });
      await cp(source, to, { recursive: true });
    }
    const [, command] = /^RUN bun (.+)$/.exec(line) ?? [];
    if (command) {
      const ran = Bun.spawnSync([process.execPath, ...command.split(' ')], { cwd: stage });
      expect([ran.exitCode === 0 ? '' : String(ran.stderr), ran.exitCode]).toEqual(['', 0]);
    }
  }
  return stage;
}

describe('the container image', () => {
  test('holds what the server needs, and starts as another user with nothing but its data to write to', async () => {
    const dockerfile = await text('Dockerfile');
    const image = await buildImage(dockerfile);

    const [, entry = ''] = /^ENTRYPOINT (\[.+\])$/m.exec(dockerfile) ?? [];
    const [, command = ''] = /^CMD (\[.+\])$/m.exec(dockerfile) ?? [];
    const [, ...args] = [...JSON.parse(entry), ...JSON.parse(command)] as string[];
    const dataDir = join(directory.path, 'image-data');
    await mkdir(dataDir);
    const isRoot = process.getuid?.() === 0;
    const drop = isRoot ? ['setpriv', '--reuid=1000', '--regid=1000', '--clear-groups'] : [];
    if (isRoot) Bun.spawnSync(['chown', '1000:1000', dataDir]);
    for (const path of [directory.path, image]) Bun.spawnSync(['chmod', 'a+rx', path]);
    const child = Bun.spawn([...drop, process.execPath, ...args], {
      cwd: image,
      env: {
        PATH: process.env.PATH ?? '',
        PORT: '0',
        HOST: '127.0.0.1',
        DATA_DIR: dataDir,
        ADMIN_PASSWORD: ADMIN.password,
      },
      stdout: 'pipe',
      stderr: 'pipe',
    });
    try {
      let shown = '';
      const reader = child.stdout.getReader();
      while (!/Health +http:\S+\/healthz/.test(shown)) {
        const { value, done } = await reader.read();
        if (done) throw new Error(`${shown}${await new Response(child.stderr).text()}`);
        shown += new TextDecoder().decode(value);
      }
      const health = /Health +(http:\S+\/healthz)/.exec(shown)?.[1] ?? '';
      expect((await fetch(health)).status).toBe(200);
      const page = await (await fetch(new URL('/', health))).text();
      const script = /<script type="module" src="([^"]+)"/.exec(page)?.[1] ?? 'none';
      expect((await fetch(new URL(script, health))).headers.get('content-type')).toContain('javascript');
    } finally {
      child.kill();
      expect(await child.exited).toBe(0);
    }
  }, 180_000);

  test('copies each directory that the server reads', async () => {
    const outside = (await readdir(projectRoot)).filter((name) =>
      /^(src|drizzle|templates|patches)$/.test(name),
    );
    const dockerfile = await text('Dockerfile');
    for (const name of outside) expect(dockerfile).toContain(`COPY ${name} ${name}`);
  });
});

describe('compose.yaml', () => {
  test('is what the Compose Specification allows', async () => {
    const check = (path: string) =>
      Bun.spawnSync([process.execPath, join(projectRoot, 'node_modules/.bin/dclint'), '--quiet', path]);
    const checked = check(join(projectRoot, 'compose.yaml'));
    expect([checked.exitCode === 0 ? '' : String(checked.stdout), checked.exitCode]).toEqual(['', 0]);
    const wrong = join(directory.path, 'compose.yaml');
    await writeFile(
      wrong,
      replaced(await text('compose.yaml'), { '    image: redis:8': '    imag: redis:8' }),
    );
    expect(String(check(wrong).stdout)).toContain('/services/redis');
  });

  test('sets variables that the server knows, and waits for services that are there', async () => {
    const compose = Bun.YAML.parse(await text('compose.yaml')) as {
      services: Record<
        string,
        { environment?: Record<string, string>; depends_on?: Record<string, unknown> | string[] }
      >;
    };
    const { environment = {}, depends_on = {} } = compose.services.stockroom ?? {};
    const readme = await text('README.md');
    for (const name of Object.keys(environment)) expect(readme).toContain(`\`${name}\``);
    for (const name of Object.keys(depends_on)) expect(Object.keys(compose.services)).toContain(name);
  });
});

describe.skipIf(missing('systemd-analyze', which('systemd-analyze')))('the systemd unit', () => {
  test('is valid, and shuts the server in', async () => {
    const unit = join(directory.path, 'stockroom.service');
    await writeFile(
      unit,
      replaced(await text('deploy/stockroom.service'), {
        '/usr/local/bin/bun': process.execPath,
        '/opt/stockroom': projectRoot,
      }),
    );
    const verify = Bun.spawnSync(['systemd-analyze', 'verify', '--man=no', unit]);
    expect([String(verify.stderr), verify.exitCode]).toEqual(['', 0]);
    // 0 is best, 10 worst; the tool calls what is below 5 fine.
    const security = Bun.spawnSync(['systemd-analyze', 'security', '--offline=true', '--threshold=25', unit]);
    expect([security.exitCode === 0 ? '' : String(security.stdout), security.exitCode]).toEqual(['', 0]);
  });
});

describe.skipIf(missing('openssl', Bun.which('openssl')))('behind a proxy that ends TLS', () => {
  let server: StockroomServer;
  let certificate: Awaited<ReturnType<typeof makeCertificate>>;
  let port: number;

  beforeAll(async () => {
    certificate = await makeCertificate(directory.path);
    port = await freePort();
    server = await startStockroom({
      env: { PUBLIC_URL: `https://stock.test:${port}`, TRUSTED_PROXIES: '127.0.0.1' },
    });
  });
  afterAll(async () => await server[Symbol.asyncDispose]());

  const send = (path: string, init: RequestInit = {}) =>
    fetch(`https://127.0.0.1:${port}${path}`, {
      ...init,
      headers: { ...(init.headers as Record<string, string>), host: `stock.test:${port}` },
      tls: { ca: certificate.cert, serverName: 'stock.test' },
    });

  const expectGoodService = async (proxy: Bun.Subprocess) => {
    try {
      await until('the proxy to listen', async () => {
        if (proxy.exitCode !== null) throw new Error('the proxy ended');
        return (await send('/healthz').catch(() => undefined))?.ok ? true : undefined;
      });
      const login = await send('/login', {
        method: 'POST',
        headers: { 'content-type': 'application/json', origin: `https://stock.test:${port}` },
        body: JSON.stringify(ADMIN),
      });
      expect(await login.json()).toMatchObject({ code: 0 });
      const [cookie = ''] = login.headers.getSetCookie();
      expect(cookie).toMatch(/^__Host-stockroom_session=.*Secure/);

      const picture = await Bun.file(join(projectRoot, 'test/fixtures/media/photo.jpg')).bytes();
      const spool = join(server.dataDir, 'spool');
      const halfIsThere = Promise.withResolvers<void>();
      const upload = send('/graphql', {
        method: 'POST',
        headers: {
          cookie: cookie.split(';')[0] ?? '',
          'content-type': FORM_TYPE,
          'apollo-require-preflight': '1',
        },
        body: streamOf(
          (async function* () {
            const encode = (part: string) => new TextEncoder().encode(part);
            for (const field of uploadFields(1)) {
              yield encode(`${partHead(field)}${field.value}\r\n`);
            }
            yield encode(partHead({ name: '0', filename: '图片 "1".jpg' }));
            yield picture.subarray(0, picture.length / 2);
            // A proxy that stores bodies first would wait for the end here.
            await until('the server to have the first half', async () =>
              (await readdir(spool)).length > 0 ? true : undefined,
            );
            halfIsThere.resolve();
            yield picture.subarray(picture.length / 2);
            yield encode(`\r\n${END}`);
          })(),
        ),
      });
      await Promise.race([halfIsThere.promise, upload]);
      const answer = (await (await upload).json()) as { data: { uploadMaterials: { url: string }[] } };
      const [{ url } = { url: '' }] = answer.data.uploadMaterials;
      expect(url).toStartWith(`https://stock.test:${port}/files/`);
      const file = await send(new URL(url).pathname);
      expect(Buffer.compare(await file.bytes(), picture)).toBe(0);
      const range = await send(new URL(url).pathname, { headers: { range: 'bytes=5-9' } });
      expect([range.status, Buffer.compare(await range.bytes(), picture.subarray(5, 10))]).toEqual([206, 0]);
    } finally {
      proxy.kill('SIGKILL');
      await proxy.exited;
    }
  };

  const files = () => ({ cert: join(directory.path, 'cert.pem'), key: join(directory.path, 'key.pem') });
  const address = () => server.url.replace('http://', '');

  test.skipIf(missing('nginx', which('nginx')))(
    'nginx with deploy/nginx.conf takes uploads as they come',
    async () => {
      const site = replaced(await text('deploy/nginx.conf'), {
        'listen 443 ssl': `listen 127.0.0.1:${port} ssl`,
        'server_name stock.example.com': 'server_name stock.test',
        '/etc/ssl/certs/stock.example.com.pem': files().cert,
        '/etc/ssl/private/stock.example.com.key': files().key,
        '127.0.0.1:4000': address(),
      });
      const own = join(directory.path, 'nginx');
      await mkdir(own);
      const config = join(own, 'nginx.conf');
      const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
        (name) => `${name}_temp_path ${own}/${name};`,
      );
      await writeFile(
        config,
        `${process.getuid?.() === 0 ? 'user root;' : ''} daemon off; pid ${own}/pid; error_log stderr crit;
      events {} http { access_log off; ${temporary.join(' ')} ${site} }`,
      );
      await expectGoodService(
        Bun.spawn([which('nginx') ?? '', '-e', 'stderr', '-g', 'master_process off;', '-c', config], {
          stdio: ['ignore', 'ignore', 'inherit'],
        }),
      );
      expect((await stat(own)).isDirectory()).toBe(true);
    },
  );

  test.skipIf(missing('Caddy', which('caddy')))(
    'Caddy with deploy/Caddyfile takes uploads as they come',
    async () => {
      const site = replaced(await text('deploy/Caddyfile'), {
        '\nstock.example.com {': `\n{\n\tadmin off\n\tauto_https disable_redirects\n}\nhttps://stock.test:${port} {\n\tbind 127.0.0.1\n\ttls ${files().cert} ${files().key}`,
        '127.0.0.1:4000': address(),
      });
      const config = join(directory.path, 'Caddyfile');
      await writeFile(config, site);
      const env = {
        ...process.env,
        HOME: directory.path,
        XDG_DATA_HOME: directory.path,
        XDG_CONFIG_HOME: directory.path,
      };
      await expectGoodService(
        Bun.spawn([which('caddy') ?? '', 'run', '--adapter', 'caddyfile', '--config', config], {
          env,
          stdio: ['ignore', 'ignore', 'ignore'],
        }),
      );
    },
  );
});
