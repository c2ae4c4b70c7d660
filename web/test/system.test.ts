import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytes, lasts, matches, type SystemInfo } from '../src/system/facts';

const info = (free: number | null, a_day: number | null): SystemInfo => ({
  version: '1', keep: [], growth: a_day === null ? null : { readings_per_day: 1, bytes_per_day: a_day },
  store: {
    bytes: 1, log_bytes: 0, unused_bytes: 0, postgresql_bytes: null, disk_free_bytes: free, series: 1, readings: 1,
    first: null, last: null, journal: 0, damaged: 0,
  },
});

test('system: bytes as people read them', () => {
  assert.equal(bytes(0, 'fr'), '0\u00a0o');
  assert.equal(bytes(999, 'en'), '999\u00a0B');
  assert.equal(bytes(8_200_000, 'fr'), '8,2\u00a0Mo');
  assert.equal(bytes(99_960_000, 'fr'), '100\u00a0Mo');
  assert.equal(bytes(999_600_000, 'en'), '1.0\u00a0GB');
  assert.equal(bytes(5e15, 'en'), '5,000\u00a0TB');
});

test('system: how long the disk lasts', () => {
  assert.deepEqual(lasts(info(1000, 10)), { unit: 'days', n: 100 });
  assert.equal(lasts(info(1e9, 1e6))?.unit, 'years');
  assert.equal(lasts(info(1e9, 1e3))?.unit, 'long');
  assert.equal(lasts(info(null, 10)), null);
  assert.equal(lasts(info(10, 0)), null);
  assert.equal(lasts(info(10, null)), null);
});

test('system: a search is without case and accents, and wants each word', () => {
  assert.ok(matches('Chauffe-eau délesté · Ecowatt rouge', 'DELESTE ecowatt'));
  assert.ok(!matches('Chauffe-eau délesté', 'radiateur'));
  assert.ok(matches('x', ' '));
});
