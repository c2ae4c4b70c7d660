import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Signal } from '../src/api/types';
import { at, barsOf, best, extremes, seasonOf, tempoDay, third, twoDays } from '../src/grid/facts';

const PARIS = 'Europe/Paris';
const ms = (text: string) => Date.parse(text);
const signal = (more: Partial<Signal>): Signal => ({
  id: 'x', source: 'x', topic: 'price', rank: 'public', series: null, unit: 'EUR/MWh', state: 'fresh', error: null,
  made: null, fetched: null, asked: null, next: null, age_s: null, now: null, segments: [], ...more,
});

test('grid: a fresh source goes before a stale one, then the meter before the operator before all others', () => {
  const all = [
    signal({ id: 'p', topic: 'colour' }), signal({ id: 'm', topic: 'colour', rank: 'meter', state: 'stale' }),
    signal({ id: 'o', topic: 'colour', rank: 'operator' }), signal({ id: 'n', topic: 'colour', rank: 'meter', state: 'none' }),
  ];
  assert.equal(best(all, 'colour')?.id, 'o');
  assert.equal(best(all.filter((s) => s.state !== 'fresh'), 'colour')?.id, 'm');
  assert.equal(best(all, 'co2'), null);
});

test('grid: a Tempo day runs from 06:00 to 06:00, through both changes of the clocks', () => {
  assert.deepEqual(tempoDay(ms('2026-01-15T04:59:59Z'), PARIS), { date: '2026-01-14', end: ms('2026-01-15T05:00:00Z'), nextIsToday: true });
  assert.deepEqual(tempoDay(ms('2026-01-15T05:00:00Z'), PARIS), { date: '2026-01-15', end: ms('2026-01-16T05:00:00Z'), nextIsToday: false });
  assert.equal(tempoDay(ms('2026-03-28T12:00:00Z'), PARIS).end, ms('2026-03-29T04:00:00Z'));
  assert.equal(tempoDay(ms('2026-10-24T12:00:00Z'), PARIS).end, ms('2026-10-25T05:00:00Z'));
});

test('grid: what is left of a season; blue is what white and red leave, a day more in leap years', () => {
  const told = { source: 'tempo', blue_days: 70, white_days: 9, red_days: 4, white_days_max: 43, red_days_max: 22 };
  const season = seasonOf(told, '2026-11-22');
  assert.equal(season.years, '2026\u20132027');
  assert.deepEqual(season.colours.map((c) => c.left), [230, 34, 18]);
  assert.deepEqual([season.elapsed, season.known], [83, 83]);
  assert.equal(seasonOf(told, '2028-03-01').colours[0]!.max, 301, 'the season with 29 February 2028');
  assert.equal(seasonOf(told, '2027-08-31').elapsed, 365, 'the last day of a season');
  assert.equal(seasonOf(told, '2027-09-01').elapsed, 1, 'the first of the next');
});

test('grid: today and tomorrow have 47 to 49 hours, and bars are cut to them', () => {
  const hours = (now: string) => { const d = twoDays(ms(now), PARIS); return (d.to - d.from) / 3_600_000; };
  assert.deepEqual([hours('2026-11-22T10:00:00Z'), hours('2026-03-28T10:00:00Z'), hours('2026-10-25T10:00:00Z')], [48, 47, 49]);
  const bars = barsOf([
    { from: '2026-11-22T01:00:00Z', to: '2026-11-22T02:00:00Z', value: -5 },
    { from: '2026-11-21T22:00:00Z', to: '2026-11-22T00:00:00Z', value: 40 },
    { from: '2026-11-22T00:00:00Z', to: '2026-11-22T01:00:00Z', value: null },
    { from: '2026-11-20T00:00:00Z', to: '2026-11-20T01:00:00Z', value: 99 },
  ], twoDays(ms('2026-11-22T10:00:00Z'), PARIS).from, twoDays(ms('2026-11-22T10:00:00Z'), PARIS).to);
  assert.deepEqual(bars.map((b) => [new Date(b.from).toISOString().slice(11, 16), b.value]), [['23:00', 40], ['01:00', -5]]);
  const ends = extremes(bars)!;
  assert.deepEqual([ends.low.value, ends.high.value, third(-5, ends), third(40, ends)], [-5, 40, 0, 2]);
  assert.equal(at(bars, ms('2026-11-22T00:30:00Z')), null, 'what is not told is not drawn');
  assert.equal(extremes([]), null);
});
