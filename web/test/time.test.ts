import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as time from '../src/lib/time';

const PARIS = 'Europe/Paris';
const at = (text: string) => Date.parse(text);

test('time: the day the clocks go forward has 23 hours, back 25', () => {
  const hours = (date: string) =>
    (time.startOfDay(time.addDays(date, 1), PARIS) - time.startOfDay(date, PARIS)) / time.HOUR_MS;
  assert.equal(hours('2026-03-29'), 23);
  assert.equal(hours('2026-10-25'), 25);
  assert.equal(hours('2026-11-22'), 24);
});

test('time: midnight is the site’s', () => {
  assert.equal(time.startOfDay('2026-11-22', PARIS), at('2026-11-21T23:00:00Z'));
  assert.equal(time.startOfDay('2026-07-01', 'America/Sao_Paulo'), at('2026-07-01T03:00:00Z'));
  assert.equal(time.startOfDay('2026-07-01', 'Asia/Kolkata'), at('2026-06-30T18:30:00Z'));
});

test('time: a wall-clock time that never was is the instant after the gap', () => {
  assert.equal(time.instantOf('2026-03-29', 2, 30, PARIS), at('2026-03-29T01:30:00Z'));
});

test('time: the marks of a day are at its hours, also when the clocks move', () => {
  const hours = (date: string, long: number) => time.quarters(date, PARIS).map((part) => Math.round(part * long * 100) / 100);
  assert.deepEqual(hours('2026-11-22', 24), [0, 6, 12, 18, 24]);
  assert.deepEqual(hours('2026-03-29', 23), [0, 5, 11, 17, 23]);
  assert.deepEqual(hours('2026-10-25', 25), [0, 7, 13, 19, 25]);
});

test('time: wall clock and date in the zone', () => {
  assert.equal(time.clock(at('2026-11-22T21:05:00Z'), PARIS), '22:05');
  assert.equal(time.clock(at('2026-11-21T23:00:00Z'), PARIS), '00:00');
  assert.equal(time.dateOf(at('2026-11-22T23:30:00Z'), PARIS), '2026-11-23');
});

test('time: dates add over months and years', () => {
  assert.equal(time.addDays('2026-12-31', 1), '2027-01-01');
  assert.equal(time.addDays('2028-02-28', 1), '2028-02-29');
  assert.equal(time.addDays('2026-03-01', -1), '2026-02-28');
});

test('time: durations as said', () => {
  const rows: [number, string][] = [
    [0, '0\u00a0s'], [89, '89\u00a0s'], [90, '2\u00a0min'], [3540, '59\u00a0min'],
    [3600, '1\u00a0h'], [11_100, '3\u00a0h\u00a005'], [200_000, '2\u00a0j'], [-5, '0\u00a0s'],
  ];
  for (const [s, want] of rows)
    assert.equal(time.duration(s, 'fr'), want);
  assert.equal(time.duration(200_000, 'en'), '2\u00a0d');
});

test('time: an unknown zone is told apart', () => {
  assert.equal(time.zoneKnown(PARIS), true);
  assert.equal(time.zoneKnown('Mars/Olympus'), false);
});
