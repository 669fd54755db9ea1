import { existsSync } from 'node:fs';
import { access, constants } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Finding } from '../cli/doctor.ts';
import { errorLine } from '../cli/error-line.ts';
import type { Config } from '../config.ts';

/** What a check found, under the name of what it looked at. */
export type Found = Omit<Finding, 'name'>;

/** Looks at one thing; `undefined`: it is not used. It may throw: then the thing has failed. */
export interface Check {
  readonly name: string;
  look(config: Config): Promise<Found | undefined>;
  /** What to do when it throws. */
  readonly advice: string;
}

/** No check takes longer, ms. */
const PATIENCE = 15_000;

export async function run({ name, look, advice }: Check, config: Config): Promise<Finding[]> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no answer within ${PATIENCE / 1000} s`)), PATIENCE);
  try {
    const found = await Promise.race([look(config), late]);
    return found ? [{ name, ...found }] : [];
  } catch (error) {
    return [{ name, state: 'failed', found: errorLine(error), advice }];
  } finally {
    clearTimeout(timer);
  }
}

/** ms, for people. */
export function took(start: number): string {
  return `${Math.max(1, Math.round(performance.now() - start))} ms`;
}

/** The directory itself, or the nearest one above that is there already. */
export function existingParent(directory: string): string {
  return existsSync(directory) ? directory : existingParent(dirname(directory));
}

/** @throws where something cannot be made in the directory. */
export async function mayWrite(directory: string): Promise<void> {
  await access(directory, constants.W_OK | constants.X_OK);
}
