import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addMonths, compared, customOf, hashOf, ofHash, periodName, periodOf, shifted } from '../src/lib/period';
import { splitOf } from '../src/use/read';
import { barsOf, baseLoad, ceiling, compareOf, csvOf, gapsOf, restOf, totalOf, type Step } from '../src/use/sums';

const H = 3_600_000;
const T0 = Date.parse('2026-11-22T00:00:00Z');
const step = (hour: number, value: number | null, known: Step[2] = value === null ? 'gap' : 'measured'): Step =>
  [new Date(T0 + hour * H).toISOString(), value, known];

test('period: weeks begin on Monday, months on the first', () => {
  assert.deepEqual(periodOf('week', '2026-11-22'), { unit: 'week', from: '2026-11-16', to: '2026-11-23', step: 'day' });
  assert.deepEqual(periodOf('month', '2026-11-22'), { unit: 'month', from: '2026-11-01', to: '2026-12-01', step: 'day' });
  assert.equal(periodOf('year', '2026-11-22').to, '2027-01-01');
  assert.equal(shifted(periodOf('month', '2026-01-31'), 1).from, '2026-02-01');
  assert.equal(addMonths('2026-01-31', 1), '2026-02-28');
});

test('period: a year before keeps the weekday of days and weeks', () => {
  assert.equal(compared(periodOf('day', '2026-11-22'), 'year')?.from, '2025-11-23');
  assert.equal(compared(periodOf('month', '2026-11-22'), 'year')?.from, '2025-11-01');
  assert.equal(compared(periodOf('day', '2026-11-22'), 'none'), null);
  assert.deepEqual(compared(customOf('2016-11-21', '2026-11-23')!, 'year'), customOf('2015-11-21', '2025-11-23'));
});

test('period: an address comes back, nonsense is today', () => {
  for (const period of [periodOf('year', '2024-02-29'), customOf('2026-01-05', '2026-02-01')!])
    assert.deepEqual(ofHash(hashOf(period), '2026-11-22'), period);
  for (const bad of ['#/consommation', '#/consommation/day/2026-02-30', '#/consommation/custom/2026-02-02/2026-01-01'])
    assert.equal(ofHash(bad, '2026-11-22').from, '2026-11-22');
  assert.equal(customOf('2026-01-01', '2026-01-01'), null);
  assert.equal(periodName(periodOf('month', '2026-11-22'), 'fr'), 'novembre 2026');
});

test('sums: a gap is no zero, and what is to come is no gap', () => {
  const bars = barsOf([{ id: 'a', name: 'a', steps: [step(0, 100), step(1, null), step(2, 50, 'partial'), step(9, null)] }], T0 + 3 * H);
  assert.deepEqual(bars.map((b) => b.total), [100, null, 50, null]);
  assert.equal(totalOf(bars), 150);
  assert.equal(gapsOf(bars), 1);
  assert.equal(totalOf(barsOf([{ id: 'a', name: 'a', steps: [step(0, null)] }], T0)), null);
});

test('sums: the rest of the house never goes below nothing', () => {
  const part = (id: string, ...values: (number | null)[]) => ({ id, name: id, steps: values.map((v, i) => step(i, v)) });
  const rest = restOf(part('whole', 100, 100, null), [part('a', 30, 120, 5)], 'rest');
  assert.deepEqual(rest.steps.map((s) => s[1]), [70, 0, null]);
});

test('sums: what the ledger does not have yet is said to be so', () => {
  const part = (id: string, ...steps: Step[]) => ({ id, name: id, steps });
  const whole = part('whole', step(0, 100), step(1, 80), step(2, 7, 'partial'));
  const [hc, left] = splitOf(whole, [part('hc', step(0, 100), step(1, 80))], 'left');
  assert.deepEqual(hc!.steps.map((s) => [s[1], s[2]]), [[100, 'measured'], [80, 'measured'], [null, 'partial']]);
  assert.deepEqual(left!.steps.map((s) => s[1]), [0, 0, 7]);
  assert.deepEqual(barsOf([hc!, left!], T0 + 3 * H).map((b) => b.total), [100, 80, 7]);
  assert.equal(splitOf(part('whole', step(0, 5)), [part('hc', step(0, 5))], 'left').length, 1);
});

test('sums: only what both periods know whole is compared', () => {
  const bars = (...steps: Step[]) => barsOf([{ id: 'a', name: 'a', steps }], T0 + 99 * H);
  assert.deepEqual(compareOf(bars(step(0, 10), step(1, 20), step(2, 5, 'partial')), bars(step(0, 20), step(1, null), step(2, 9))),
    { now: 10, before: 20, steps: 1 });
  assert.equal(compareOf(bars(step(0, null)), bars(step(0, 1))), null);
});

test('sums: base load, scale and CSV', () => {
  assert.equal(baseLoad([1, 2, 3]), null);
  assert.equal(baseLoad([...Array.from({ length: 100 }, (_, i) => i), null]), 5);
  assert.equal(ceiling(0), 1000);
  assert.equal(ceiling(4300), 6000);
  assert.equal(csvOf(['a', 'b'], [['x;y', 1.5], ['=1', null], ['-2', 1234]], 'fr'), '\ufeffa;b\r\n"x;y";1,5\r\n\'=1;\r\n-2;1234\r\n');
  assert.equal(csvOf(['a'], [[1234.5]], 'en'), '\ufeffa\r\n1234.5\r\n');
});
