import { describe, expect, test } from 'bun:test';
import { Metrics } from '../../../src/lib/metrics/metrics.ts';

describe('the text for Prometheus', () => {
  test('has counters, gauges and histograms with their help and type', () => {
    const metrics = new Metrics();
    const files = metrics.counter('files_total', 'Files\nof all kinds \\o/.', ['kind', 'outcome']);
    files.with('IMAGE', 'stored').add();
    files.with('IMAGE', 'stored').add(2);
    files.with('VIDEO', 'stored').add();
    metrics.gauge('running', 'Running.').with().add(-1);
    const seconds = metrics.histogram('seconds', 'Time.', ['route'], [0.1, 1]).with('/');
    for (const value of [0.05, 0.1, 0.5, 7]) seconds.observe(value);
    expect(metrics.text()).toBe(`# HELP files_total Files\\nof all kinds \\\\o/.
# TYPE files_total counter
files_total{kind="IMAGE",outcome="stored"} 3
files_total{kind="VIDEO",outcome="stored"} 1
# HELP running Running.
# TYPE running gauge
running -1
# HELP seconds Time.
# TYPE seconds histogram
seconds_bucket{route="/",le="0.1"} 2
seconds_bucket{route="/",le="1"} 3
seconds_bucket{route="/",le="+Inf"} 4
seconds_sum{route="/"} 7.65
seconds_count{route="/"} 4
`);
  });

  test('reads what others keep when it is asked for', () => {
    const metrics = new Metrics();
    let bytes: number | undefined;
    metrics.read('gauge', 'bytes', 'Bytes.', () => bytes);
    metrics.read('counter', 'hits_total', 'Hits.', () => [[['a'], 1]], ['cache']);
    expect(metrics.text()).not.toContain('bytes');
    bytes = 5;
    expect(metrics.text()).toContain('# TYPE bytes gauge\nbytes 5\n');
    expect(metrics.text()).toContain('# TYPE hits_total counter\nhits_total{cache="a"} 1\n');
  });

  test('escapes what would end a label', () => {
    const metrics = new Metrics();
    metrics.counter('a_total', 'A.', ['b']).with('"\\\n} 1\nforged 2').add();
    expect(metrics.text().split('\n')).toHaveLength(4);
    expect(metrics.text()).toContain('a_total{b="\\"\\\\\\n} 1\\nforged 2"} 1\n');
  });
});

test('a label of which there is no end does not make series without end', () => {
  const metrics = new Metrics();
  const family = metrics.counter('a_total', 'A.', ['name', 'kind']);
  for (let i = 0; i < 5000; i++) family.with(`name-${i}`, 'x').add();
  const lines = metrics.text().split('\n');
  expect(lines.length).toBeLessThan(1010);
  expect(lines).toContain('a_total{name="other",kind="other"} 4000');
  family.with('name-7', 'x').add();
  expect(metrics.text()).toContain('a_total{name="name-7",kind="x"} 2');
});

test('two of one name, and names that are none, are mistakes', () => {
  const metrics = new Metrics();
  metrics.gauge('a', 'A.');
  expect(() => metrics.counter('a', 'A.')).toThrow('name of its own');
  expect(() => metrics.gauge('b c', 'B.')).toThrow('name of its own');
});
