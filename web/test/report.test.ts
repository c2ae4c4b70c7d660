import { test } from 'node:test';
import assert from 'node:assert/strict';
import { adviceOf, alarmsIn, energyPrice, partsOf, periodAt, tariffParts } from '../src/report/facts';
import { monthOf } from '../src/report/month_ways';
import { outsideOf, temperatures } from '../src/report/weather';
import type { Stats, StatsPeriod } from '../src/api/analysis';
import type { Bill, SeriesItem } from '../src/api/types';
import type { Alarm } from '../src/api/watch';

const part = (kwh: number) => ({ kwh, share: kwh / 10, cost_eur: kwh });
const stats = { step_s: 600, parts: { small: part(1), large: part(5), remainder: part(4), steps: 60 }, periods: [{ from: '2026-10-01' }] } as unknown as Stats;

test('parts: the largest first, the remainder and the hours apart; a site without any has none', () => {
  const { rows, rest, hours } = partsOf(stats);
  assert.deepEqual([rows.map((r) => r.id), rest?.kwh, hours], [['large', 'small'], 4, 10]);
  assert.deepEqual(partsOf({ ...stats, parts: null }), { rows: [], rest: null, hours: 0 });
  assert.equal(periodAt(stats, '2026-11-01'), null);
});

const line = (name: string, kind: string, unit: string, quantity: number, amount_eur: number) => ({ line: name, kind, unit, quantity, amount_eur });
const bill = (lines: unknown[], import_kwh: number) => ({ lines, import_kwh } as unknown as Bill);

test('what energy alone costs: no standing charge, nothing of an empty month', () => {
  const lines = [line('subscription', 'subscription', 'month', 1, 12), line('energy_hp', 'energy', 'kWh', 60, 12), line('energy_hc', 'energy', 'kWh', 40, 4), line('energy_hp', 'energy', 'kWh', 20, 4)];
  assert.equal(energyPrice(bill(lines, 120)), 20 / 120);
  assert.deepEqual(tariffParts(bill(lines, 120)), [{ line: 'hp', kwh: 80 }, { line: 'hc', kwh: 40 }]);
  assert.equal(energyPrice(bill(lines, 0)), null);
  assert.equal(energyPrice(null), null);
});

const period = (more: Partial<StatsPeriod>) => ({ covered: 1, mean_kw: 1, base_kw: 0.2, peak_kw: 4, ...more } as StatsPeriod);

test('advice: a heavy base load, a peak near the limit, a power too large, gaps; else nothing', () => {
  const keys = (p: StatsPeriod, kva: number | null, whole: boolean) => adviceOf(p, kva, whole).map((a) => a.key);
  assert.deepEqual(keys(period({}), 6, true), ['advice.none']);
  assert.deepEqual(keys(period({ base_kw: 0.5 }), null, true), ['advice.base']);
  assert.deepEqual(keys(period({ peak_kw: 5.6 }), 6, false), ['advice.peak']);
  assert.deepEqual(keys(period({ peak_kw: 2 }), 6, false), ['advice.none'], 'a month that goes on may still peak');
  assert.deepEqual(keys(period({ peak_kw: 2, covered: 0.7 }), 6, true), ['advice.small', 'advice.gaps']);
});

test('alarms of a month: what goes on, then what cost most; not what is normal, nor of another month', () => {
  const at = Date.parse, from = at('2026-11-01T00:00:00Z'), to = at('2026-12-01T00:00:00Z');
  const alarm = (id: number, start: string, end: string | null, cost: number | null, state = 'over') =>
    ({ id, start: `2026-${start}T00:00:00Z`, end: end && `2026-${end}T00:00:00Z`, cost_eur_per_day: cost, state }) as Alarm;
  const all = [alarm(1, '10-02', '10-30', 9), alarm(2, '10-20', '11-02', 1), alarm(3, '11-05', '11-06', 2), alarm(4, '11-10', null, null, 'active'),
    alarm(5, '11-11', null, 3, 'normal'), alarm(6, '12-02', null, 3, 'active')];
  assert.deepEqual(alarmsIn(all, from, to).map((a) => a.id), [4, 3, 2]);
  assert.equal(alarmsIn(Array.from({ length: 9 }, (_, id) => alarm(id, '11-05', '11-06', 1)), from, to).length, 5);
});

test('the month is in the address; anything else is this month', () => {
  assert.equal(monthOf('#/bilan/2026-03', '2026-11-22'), '2026-03-01');
  for (const hash of ['#/bilan', '#/bilan/2026-13', '#/bilan/x'])
    assert.equal(monthOf(hash, '2026-11-22'), '2026-11-01');
});

test('of several temperatures the one outside comes first', () => {
  const items = ['home/bath/sensor/temperature', 'home/garden/dehors/temperature', 'home/ground/main/power'].map((key) => ({ key })) as SeriesItem[];
  assert.deepEqual(temperatures(items), ['home/garden/dehors/temperature', 'home/bath/sensor/temperature']);
  assert.deepEqual(temperatures([]), []);
  assert.equal(outsideOf(temperatures(items)), 'home/garden/dehors/temperature');
  assert.equal(outsideOf(['home/ground/living/temperature']), null, 'a room is not the weather');
});
