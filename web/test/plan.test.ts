import { test } from 'node:test';
import assert from 'node:assert/strict';
import { actionsOf, drawLevel, endOf, isOld, isPlanned, nextAt, minuteClock, priceBars, runsOf, saved, scaleOf, type Planned } from '../src/plan/facts';
import type { Plan, PlanLoad } from '../src/api/types';

const load: PlanLoad = {
  load: 'water_heater', kind: 'water', unit: 'kWh', estimated: false,
  power_w: [0, 2400, 2400, 0], level: [1, 2, 3, 2], low: [0, 0, 0, 0], high: [4, 4, 4, 4],
};
const from = Date.parse('2026-11-22T19:00:00Z');
const plan: Plan = {
  state: 'planned', error: null, made: '2026-11-22T19:00:01Z', from: '2026-11-22T19:00:00Z', step_s: 900, priced: 4,
  price_eur_per_kwh: [0.2, 0.2, 0.15, 0.15], weight_eur_per_kwh: [0, 0, 0, 0], limits: [],
  forecast: { base: 'profile', base_days: 3, sun: 'none' }, base_w: [0, 0, 0, 0], sun_w: [0, 0, 0, 0], import_w: [0, 2400, 2400, 0], export_w: [0, 0, 0, 0],
  loads: [load],
  actions: [
    { load: 'water_heater', state: 'shed', from: '2026-11-22T19:00:00Z', to: '2026-11-22T19:15:00Z', why: 'later', price_eur_per_kwh: 0.2, instead_eur_per_kwh: 0.15 },
    { load: 'water_heater', state: 'fed', from: '2026-11-22T19:15:00Z', to: '2026-11-22T19:45:00Z', why: 'cheap', price_eur_per_kwh: 0.15, instead_eur_per_kwh: 0.2 },
    { load: 'car', state: 'shed', from: '2026-11-22T19:00:00Z', to: '2026-11-22T20:00:00Z', why: 'enough', price_eur_per_kwh: 0.2, instead_eur_per_kwh: 0.2 },
  ],
  plan: { paid_eur: 1, weights_eur: 0.1, comfort_eur: 0.5, wear_eur: 0.1, stored_eur: 0, relaxed: [] }, thermostat: { paid_eur: 1.4, weights_eur: 0.2, comfort_eur: 0.2, wear_eur: 0.15, stored_eur: 0, relaxed: [] }, gap_eur: 0,
};

test('a plan that is none has nothing to draw', () => {
  assert.equal(isPlanned(plan), true);
  for (const state of ['off', 'starting', 'none'] as const)
    assert.equal(isPlanned({ state, error: null }), false);
});

test('a plan that missed two of its steps is old', () => {
  const made = Date.parse('2026-11-22T19:00:01Z');
  assert.equal(isOld(plan as Planned, made + 1_800_000), false);
  assert.equal(isOld(plan as Planned, made + 1_800_001), true);
});

test('a scale names both ends of the plan, and three instants between', () => {
  assert.deepEqual(scaleOf(plan as Planned).map((at) => (at - from) / 60_000), [0, 15, 30, 45, 60]);
});

test('steps of one price are one bar', () => {
  assert.deepEqual(priceBars(plan as Planned).map((b) => [b.from - from, b.to - from, b.value]),
    [[0, 1_800_000, 0.2], [1_800_000, 3_600_000, 0.15]]);
  assert.equal(endOf(plan as Planned) - from, 3_600_000);
});

test('of a load what is not over, in order', () => {
  assert.deepEqual(actionsOf(plan as Planned, 'water_heater', from + 900_000).map((a) => a.why), ['cheap']);
  assert.equal(actionsOf(plan as Planned, 'water_heater', from).length, 2);
});

test('what is saved counts comfort and wear on both sides', () => {
  const { paid, comfort, all } = saved(plan as Planned);
  assert.ok(Math.abs(paid - 0.4) < 1e-9 && Math.abs(comfort + 0.3) < 1e-9 && Math.abs(all - 0.15) < 1e-9);
});

test('a level is drawn within its box, its runs as one', () => {
  const drawing = drawLevel(load, 300, 90)!;
  assert.equal(drawing.low, 0);
  assert.equal(drawing.high, 4);
  assert.ok(drawing.line.startsWith('M0 67.5L100 45'));
  assert.ok(drawing.band.endsWith('Z'));
  assert.deepEqual(runsOf(load, 400), [{ x: 100, width: 200 }]);
  assert.equal(drawLevel({ ...load, level: [1] }, 300, 90), null);
});

test('the next time a clock shows, on days of 23 and 25 hours too', () => {
  const at = (text: string) => Date.parse(text);
  assert.equal(nextAt('07:00', at('2026-11-22T19:00:30Z'), 'Europe/Paris'), at('2026-11-23T06:00:00Z'));
  assert.equal(nextAt('07:00', at('2026-03-28T20:00:00Z'), 'Europe/Paris'), at('2026-03-29T05:00:00Z'));
  assert.equal(nextAt('07:00', at('2026-10-24T20:00:00Z'), 'Europe/Paris'), at('2026-10-25T06:00:00Z'));
  assert.equal(minuteClock(425), '07:05');
});
