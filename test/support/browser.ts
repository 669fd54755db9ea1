import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type BrowserContext, chromium } from 'playwright-core';

/** Path of the machine's Chromium, or undefined. */
export function findChromium(): string | undefined {
  const known = '/usr/bin/chromium';
  return Bun.which('chromium') ?? (existsSync(known) ? known : undefined);
}

/** What somebody chooses who lets other sites set cookies. */
const PREFERENCES = { profile: { block_third_party_cookies: false, cookie_controls_mode: 0 } };

/** A browser without a window and with a new profile, in which names under `.test` are this machine. */
export async function openProfile(directory: string): Promise<BrowserContext> {
  await Bun.write(join(directory, 'Default/Preferences'), JSON.stringify(PREFERENCES));
  return await chromium.launchPersistentContext(directory, {
    executablePath: findChromium() ?? '',
    ignoreHTTPSErrors: true,
    args: [
      '--no-sandbox',
      '--disable-dev-shm-usage',
      '--disable-gpu',
      '--no-proxy-server',
      '--host-resolver-rules=MAP *.test 127.0.0.1',
    ],
  });
}
