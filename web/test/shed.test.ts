import { test } from 'node:test';
import assert from 'node:assert/strict';
import { effectsOf, inOrder, ladder, nextOf, perYear, share, sizes } from '../src/shed/facts';
import { mayForce } from '../src/api/settings';
import type { Ecowatt, JournalItem, Limit, Load, PowerTrials } from '../src/api/types';

const limit = (more: Partial<Limit>): Limit => ({
  id: 'x', kind: 'cap', phase: null, va: 5000, source: 'configuration', configured_va: 5000, ecowatt_level: null,
  in_force: true, ordered: false, until: null, measured_va: 2500, trip_s: null, ...more,
});

const hour = (h: number, level: number) => ({
  from: `2026-11-22T${String(h).padStart(2, '0')}:00:00Z`, to: `2026-11-22T${String(h + 1).padStart(2, '0')}:00:00Z`, level,
});
const ecowatt = { days: [{ date: '2026-11-22', level: 3, hours: [hour(8, 2), hour(9, 3), hour(10, 1), hour(18, 2)] }] } as Ecowatt;
const at = (time: string) => Date.parse(`2026-11-22T${time}:00Z`);

test('tiers go from the first cut to the last, whatever the order of the configuration', () => {
  const loads = [{ id: 'a', tier: 3 }, { id: 'b', tier: 1 }, { id: 'c', tier: 3 }] as Load[];
  assert.deepEqual(ladder(loads).map((t) => [t.tier, t.loads.map((l) => l.id)]), [[1, ['b']], [3, ['a', 'c']]]);
});

test('what no limit cuts is in no tier', () => {
  const loads = [{ id: 'a', tier: 1, never_shed: true }, { id: 'b', tier: 2 }] as Load[];
  assert.deepEqual(ladder(loads).map((t) => [t.tier, t.loads.map((l) => l.id)]), [[2, ['b']], [null, ['a']]]);
});

test('what no limit cuts is forced by nobody, but before those that it never runs with', () => {
  const may = [[false, []], [false, ['b']], [true, []], [true, ['b']]] as const;
  assert.deepEqual(may.map(([never_shed, not_with]) => mayForce({ never_shed, not_with: [...not_with] })), [true, true, false, true]);
});

test('a share is known only where both powers are', () => {
  assert.equal(share(limit({})), 0.5);
  assert.equal(share(limit({ measured_va: null })), null);
  assert.equal(share(limit({ va: null })), null);
  assert.equal(share(limit({ va: 0 })), null);
});

test('what is in force comes first, and of that what is nearest to being passed', () => {
  const order = inOrder([limit({ id: 'idle', in_force: false }), limit({ id: 'half' }), limit({ id: 'near', measured_va: 4900 })]);
  assert.deepEqual(order.map((l) => l.id), ['near', 'half', 'idle']);
});

test('an order is followed by what is configured, or by nothing', () => {
  const until = '2026-11-22T20:00:00Z';
  assert.deepEqual(nextOf(limit({ ordered: true, until }), ecowatt, at('08:30')), { id: 'x', from: until, to: null, va: 5000 });
  assert.deepEqual(nextOf(limit({ ordered: true, until, configured_va: null }), ecowatt, at('08:30'))!.va, null);
});

test('a cap of Ecowatt: the run of hours that comes, and the end of the one that is', () => {
  const cap = limit({ ecowatt_level: 2, va: null });
  assert.deepEqual(nextOf(cap, ecowatt, at('07:00')), { id: 'x', from: hour(8, 2).from, to: hour(9, 3).to, va: 5000 });
  assert.deepEqual(nextOf(cap, ecowatt, at('08:30')), { id: 'x', from: hour(9, 3).to, to: null, va: null });
  assert.deepEqual(nextOf(cap, ecowatt, at('11:00'))!.from, hour(18, 2).from);
  assert.equal(nextOf(cap, ecowatt, at('19:30')), null);
  assert.equal(nextOf(limit({ ecowatt_level: 3, va: null }), ecowatt, at('10:30')), null);
  assert.equal(nextOf(limit({}), ecowatt, at('07:00')), null);
});

test('of each load the last effect; decisions and effects of several loads are none', () => {
  const items = [
    { seq: 4, time: 't4', notice: 'effect', load: 'a', expected_va: -900, measured_va: -850 },
    { seq: 3, time: 't3', notice: 'effect', load: null, expected_va: -1, measured_va: -1 },
    { seq: 2, time: 't2', notice: 'effect', load: 'a', expected_va: 900, measured_va: 0 },
    { seq: 1, time: 't1', load: 'b', state: 'shed', cause: 'breaker' },
  ] as JournalItem[];
  assert.deepEqual([...effectsOf(items)], [['a', { time: 't4', expected_va: -900, measured_va: -850 }]]);
});

test('powers to think of: up to twice the first that was never passed, and the own one', () => {
  const power = (power_kva: number, overruns: number, own = false) => ({ power_kva, overruns, own });
  const trials = { powers: [power(3, 9), power(6, 0), power(9, 0), power(12, 0), power(15, 0), power(36, 0, true)], measured_s: 365.25 * 43_200 } as unknown as PowerTrials;
  assert.deepEqual(sizes(trials).map((p) => p.power_kva), [3, 6, 9, 12, 36]);
  assert.equal(perYear(3, trials), 6);
  assert.equal(perYear(3, { ...trials, measured_s: 540 }), null, 'nine minutes are no year');
});
