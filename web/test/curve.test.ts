import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Point } from '../src/api/types';
import { clampRange, columns, hourly, mergePoints, moved, peak, zoomed } from '../src/lib/curve';

const T0 = Date.parse('2026-11-22T00:00:00Z');
const at = (minute: number) => new Date(T0 + minute * 60_000).toISOString();
const point = (minute: number, w: number | null): Point => [at(minute), w, w, w];
const day = { min: 0, max: 86_400 };

test('curve: a hole in the answer is a gap, not a line across', () => {
  const data = columns([point(0, 100), point(1, 110), point(2, 115), point(6, 120)], 60);
  assert.deepEqual(data.mean, [100, 110, 115, null, 120]);
});

test('curve: one silent step among regular ones is a gap', () => {
  const points = [0, 1, 2, 3, 5, 6].map((m) => point(m, m));
  points.splice(4, 0, point(4, null));
  assert.deepEqual(columns(points, 60).mean, [0, 1, 2, 3, null, 5, 6]);
});

test('curve: a meter slower than the step is not all gaps', () => {
  const points = Array.from({ length: 61 }, (_, m) => point(m, m % 15 ? null : m));
  assert.deepEqual(columns(points, 60).mean, [0, 15, 30, 45, 60]);
});

test('curve: a closer look between coarse points leaves both unbroken', () => {
  const fine = Array.from({ length: 24 }, (_, i) => point(4 + i / 12, i % 3 ? null : 7));
  const data = columns([point(0, 1), point(2, 1), ...fine, point(6, 1), point(8, 1)], 120);
  assert.ok(!data.mean.includes(null));
});

test('curve: nothing known is nothing drawn', () => {
  assert.deepEqual(columns([point(0, null), point(1, null)], 60), { t: [], mean: [], min: [], max: [] });
});

test('curve: time never runs back', () => {
  const data = columns([point(1, 1), point(0, 2), point(1, 3), point(2, 4)], 60);
  assert.deepEqual(data.mean, [1, 4]);
});

test('curve: fresh points replace what they cover', () => {
  const merged = mergePoints([point(0, 1), point(1, 2), point(2, 3)], [point(1, 20), point(2, 30), point(3, 40)]);
  assert.deepEqual(merged.map((p) => p[1]), [1, 20, 30, 40]);
  assert.deepEqual(mergePoints([point(0, 1)], []).length, 1);
});

test('curve: the table has mean, extremes and honest gaps', () => {
  const points: Point[] = [[at(0), 100, 50, 200], [at(1), 300, 250, 900], point(61, null)];
  const rows = hourly(columns(points, 60), T0 / 1000, T0 / 1000 + 7200, T0 / 1000 + 7200);
  assert.deepEqual(rows.map(({ mean, min, max }) => [mean, min, max]), [[200, 50, 900], [null, null, null]]);
});

test('curve: a 23-hour day has 23 rows', () => {
  assert.equal(hourly(columns([], 60), 0, 23 * 3600, 0).length, 23);
});

test('curve: an hour to come is no silence, one that began or is over is', () => {
  const s = T0 / 1000;
  const rows = hourly(columns([point(0, 5), point(1, 5)], 60), s, s + 5 * 3600, s + 2.5 * 3600);
  assert.deepEqual(rows.map((r) => [r.mean, r.ahead]), [[5, false], [null, false], [null, false], [null, true], [null, true]]);
  const early = hourly(columns([point(181, 7)], 60), s, s + 5 * 3600, s + 2.5 * 3600); /* the browser's clock is late */
  assert.deepEqual(early.map((r) => r.ahead), [false, false, false, false, true]);
});

test('curve: the peak is the highest maximum', () => {
  assert.deepEqual(peak(columns([[at(0), 1, 1, 5], [at(1), 9, 2, 9], point(2, null)], 60)), { at: T0 / 1000 + 60, value: 9 });
  assert.equal(peak(columns([point(0, null)], 60)), null);
});

test('curve: zoom and moves stay inside the day', () => {
  assert.deepEqual(zoomed(day, 0.5, 43_200, day), { min: 21_600, max: 64_800 });
  assert.deepEqual(zoomed({ min: 0, max: 3600 }, 100, 1800, day), day);
  assert.deepEqual(moved({ min: 0, max: 3600 }, -1, day), { min: 0, max: 3600 });
  assert.deepEqual(moved({ min: 80_000, max: 86_000 }, 1, day), { min: 80_400, max: 86_400 });
  const narrow = clampRange({ min: 100, max: 101 }, day);
  assert.equal(narrow.max - narrow.min, 300);
});
