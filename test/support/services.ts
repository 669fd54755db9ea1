/** With REQUIRE_SERVICES=1 a server that is not on the machine fails the tests that need it, else it skips them. */
const servicesRequired = process.env.REQUIRE_SERVICES === '1';

/**
 * For `test.skipIf` and `describe.skipIf`: true when the service is missing and may be.
 * @throws when it is missing and must not be.
 */
export function missing(service: string, found: unknown): boolean {
  if (found) return false;
  if (servicesRequired)
    throw new Error(`${service} is not on this machine, and REQUIRE_SERVICES=1 asks for it`);
  process.stderr.write(`skipped: ${service} is not on this machine\n`);
  return true;
}
