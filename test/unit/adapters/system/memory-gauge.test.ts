import { expect, test } from 'bun:test';
import { MemoryGauge } from '../../../../src/adapters/system/memory-gauge.ts';
import { until } from '../../../support/temporary.ts';

test('memory is high above the bound, and not any more when it is back below', async () => {
  let used = 99;
  const gauge = await MemoryGauge.open({ maxBytes: 100, measure: () => used });
  expect(await gauge.isHigh()).toBe(false);
  used = 101;
  await until('the rise to be seen', async () => (await gauge.isHigh()) || undefined);
  used = 100;
  await until('the fall to be seen', async () => !(await gauge.isHigh()) || undefined);
});

test('memory that was garbage does not count', async () => {
  const readings = [101, 50];
  const gauge = await MemoryGauge.open({ maxBytes: 100, measure: () => readings.shift() ?? 0 });
  expect(await gauge.isHigh()).toBe(false);
  expect(readings).toEqual([]);
});

test('a machine, or its container, that runs a test has memory left', async () => {
  expect(await (await MemoryGauge.open()).isHigh()).toBe(false);
});

test('many who ask at once are answered by one measurement', async () => {
  let measured = 0;
  const gauge = await MemoryGauge.open({ maxBytes: 100, measure: () => ++measured });
  await Promise.all(Array.from({ length: 1000 }, () => gauge.isHigh()));
  expect(measured).toBe(1);
});

test('what cannot be measured counts as enough', async () => {
  const measure = () => Promise.reject(new Error('too many open files'));
  expect(await (await MemoryGauge.open({ maxBytes: 1, measure })).isHigh()).toBe(false);
});
