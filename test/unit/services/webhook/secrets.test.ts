import { expect, test } from 'bun:test';
import { Webhook } from 'standardwebhooks';
import { makeSecret, rotateSecret, signatures } from '../../../../src/services/webhook/secrets.ts';

const DAY_MS = 86_400_000;
const now = new Date();
const timestamp = Math.floor(now.getTime() / 1000);
const content = '{"name":"图片 \u{1f600}"}';

const header = (kept: string, at = now) => signatures(kept, 'id', timestamp, content, at);
const isGood = (secret: string, signature: string) => {
  const headers = {
    'webhook-id': 'id',
    'webhook-timestamp': String(timestamp),
    'webhook-signature': signature,
  };
  try {
    new Webhook(secret).verify(content, headers);
    return true;
  } catch {
    return false;
  }
};

test('a signature is as in the example of Standard Webhooks', () => {
  // "Signature scheme" of the specification.
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  const signature = signatures(
    secret,
    'msg_p5jXN8AQM9LWM0D4loKWxJek',
    1_614_265_330,
    '{"test": 2432232314}',
    now,
  );
  expect(signature).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
});

test('the reference library verifies what is signed, and nothing else', () => {
  const [secret, other] = [makeSecret(), makeSecret()];
  expect(secret).toMatch(/^whsec_[\w+/]{43}=$/);
  expect([isGood(secret, header(secret)), isGood(other, header(secret))]).toEqual([true, false]);
});

test('after a rotation both secrets sign for a day, and one before them no more', () => {
  const [first, second, third] = [makeSecret(), makeSecret(), makeSecret()];
  const once = rotateSecret(first, second, now);
  expect([first, second].map((secret) => isGood(secret, header(once)))).toEqual([true, true]);
  const later = new Date(now.getTime() + DAY_MS);
  expect([first, second].map((secret) => isGood(secret, header(once, later)))).toEqual([false, true]);
  const twice = rotateSecret(once, third, now);
  expect([first, second, third].map((secret) => isGood(secret, header(twice)))).toEqual([false, true, true]);
});
