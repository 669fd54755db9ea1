import { type Browser, chromium } from 'playwright-core';

/** Path of the machine's Chromium, or undefined. */
export function findChromium(): string | undefined {
  return (
    ['chromium', 'chromium-browser', 'google-chrome'].map((name) => Bun.which(name)).find(Boolean) ??
    undefined
  );
}

/** A browser without a window; `await using` ends it. */
export async function startChromium(): Promise<Browser> {
  const executablePath = findChromium();
  if (!executablePath) throw new Error('Chromium is not on this machine');
  return await chromium.launch({
    executablePath,
    // Containers are root, and Chromium's sandbox refuses root.
    chromiumSandbox: process.getuid?.() !== 0,
    args: ['--autoplay-policy=no-user-gesture-required'],
  });
}
