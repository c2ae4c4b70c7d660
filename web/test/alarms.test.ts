import { test } from 'node:test';
import assert from 'node:assert/strict';
import { aboutOf, around, deviceOf, distinct, draw, HOUR, hours, isOpen, isYoung, valueIn } from '../src/alarms/facts';
import type { Alarm } from '../src/api/watch';
import { expectedAt, withExpected } from '../src/lib/forecast';

const words = { title: '', advice: '' };
const alarm: Alarm = {
  id: 1, type: 'step', severity: 'high', state: 'active', series: 'home/ground/main/energy_import',
  start: '2026-11-20T10:20:00Z', told: '2026-11-20T16:00:00Z', end: null, unit: 'W', expected: 200, actual: 500, cost_eur_per_day: 1,
  acknowledged: null, acknowledged_by: null, fr: words, en: words,
};

test('around an alarm: a day before it, a day and a half after, and never beyond now', () => {
  const at = Date.parse('2026-11-20T10:00:00Z');
  assert.deepEqual(around(alarm, at + 100 * HOUR), { from: at - 24 * HOUR, to: at + 36 * HOUR });
  assert.deepEqual(around(alarm, at + 3.5 * HOUR), { from: at - 24 * HOUR, to: at + 3 * HOUR });
});

test('hours lie beside what was forecast of their day; what was not measured stays unknown', () => {
  const from = Date.parse('2026-11-19T23:00:00Z');
  const band = (w: number) => Array.from({ length: 24 }, () => w);
  const of = hours({ from: from - HOUR, to: from + 3 * HOUR },
    { points: [[new Date(from - HOUR).toISOString(), 90, 'measured'], [new Date(from).toISOString(), null, 'gap'], [new Date(from + HOUR).toISOString(), 0, 'measured']] },
    { from: '2026-11-19T23:00:00Z', q10_w: band(80), median_w: band(100), q90_w: band(130) }, 'W');
  assert.deepEqual(of.map((h) => h.w), [90, null, 0, null]);
  assert.deepEqual(of.map((h) => h.low), [null, 80, 80, 80]);
  assert.deepEqual(of.map((h) => h.high), [null, 130, 130, 130]);
});

test('water is litres an hour: of m³ that were read, and small flows with a decimal', () => {
  const [hour] = hours({ from: 0, to: HOUR }, { points: [[new Date(0).toISOString(), 0.0075, 'measured']] }, undefined, 'l/h');
  assert.equal(hour!.w, 7.5);
  assert.equal(valueIn('l/h', 7.5, 'fr'), '7,5\u00a0l/h');
  assert.equal(valueIn('l/h', 250, 'en'), '250\u00a0l/h');
  assert.equal(valueIn('W', 250, 'en'), '250\u00a0W');
  assert.equal(valueIn('l/h', null, 'fr'), '—');
});

test('a drawing breaks where nothing was measured, and has no band where none was said', () => {
  const of = [10, null, 30].map((w, i) => ({ at: i * HOUR, w, low: null, high: null }));
  const drawing = draw(of, 300, 100);
  assert.equal(drawing.line, 'M0.0 66.7H100.0M200.0 0.0H300.0');
  assert.equal(drawing.band, '');
  assert.equal(drawing.most, 30);
  assert.match(draw([{ at: 0, w: 1, low: 0, high: 2 }], 10, 10).band, /^M.*Z$/);
});

test('whose alarm, of what, and whether it goes on', () => {
  assert.equal(deviceOf(alarm), 'main');
  assert.equal(aboutOf(alarm), 'import');
  assert.equal(aboutOf({ ...alarm, series: 'home/roof/pv/energy_export' }), 'export');
  assert.equal(aboutOf({ ...alarm, unit: 'l/h', series: 'home/cellar/water/volume' }), 'water');
  assert.equal(aboutOf({ ...alarm, unit: 'l/h', series: 'home/flat/p1/hot_water_volume' }), 'hot_water');
  assert.deepEqual(['active', 'acknowledged', 'over', 'normal'].map((state) => isOpen({ ...alarm, state: state as Alarm['state'] })), [true, true, false, false]);
  assert.deepEqual(distinct(['b', 'a', 'b']), ['b', 'a']);
});

test('a house of days would not be told of anything yet', () => {
  const head = { register: 'a', kind: 'load' as const, days_learnt: 13, lacking: null };
  assert.equal(isYoung(undefined), false);
  assert.equal(isYoung([]), true);
  assert.equal(isYoung([head]), true);
  assert.equal(isYoung([head, { ...head, days_learnt: 14 }]), false);
});

const said = {
  state: 'said' as const, from: '2026-11-20T23:00:00Z', step_s: 3600, q10: [1, 2, null], q50: [2, 3, null], q90: [3, 4, null],
};

test('what is expected of an instant; nothing before, after, or where it is not known', () => {
  const s = Date.parse(said.from) / 1000;
  assert.equal(expectedAt(said, s - 1), null);
  assert.deepEqual(expectedAt(said, s + 3599), { low: 1, middle: 2, high: 3 });
  assert.equal(expectedAt(said, s + 2 * 3600), null);
  assert.equal(expectedAt(said, s + 3 * 3600), null);
  assert.equal(expectedAt(null, s), null);
  assert.equal(expectedAt({ state: 'learning' }, s), null);
});

test('the day goes on to its end with what is expected; another day stays as it is', () => {
  const s = Date.parse(said.from) / 1000;
  const data = { t: [s + 60], mean: [5], min: [4], max: [6] };
  const day = { min: s, max: s + 7200 };
  const drawn = withExpected(data, day, said)!;
  assert.deepEqual(drawn.data.t, [s + 60, s + 3599, s + 3600, s + 7199, s + 7200]);
  assert.deepEqual(drawn.data.mean, [5, null, null, null, null]);
  assert.deepEqual(drawn.expected.low, [1, 1, 2, 2, 2]);
  assert.equal(withExpected(data, { min: s + 86400, max: s + 90000 }, said), null);
  assert.equal(withExpected(data, day, null), null);
});
