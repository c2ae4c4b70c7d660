import { test } from 'node:test';
import assert from 'node:assert/strict';
import { inOrder, plannedWh, planOf, setOf, stretches } from '../src/heating/facts';
import type { Planned } from '../src/plan/facts';
import type { PlanLoad } from '../src/api/types';
import type { Zone } from '../src/api/zones';

test('a set point is a number of a room', () => {
  for (const [text, want] of [['19', 19], ['19,5', 19.5], ['19.5', 19.5], ['', null], [' ', null], ['4.9', null], ['35', 35], ['35.1', null], ['warm', null], ['1e9', null]] as const)
    assert.equal(setOf(text), want, text);
});

test('days that follow each other are one stretch', () => {
  assert.deepEqual(stretches([1, 2, 3, 4, 5]), [[1, 5]]);
  assert.deepEqual(stretches([7, 1, 3, 4]), [[1, 1], [3, 4], [7, 7]]);
  assert.deepEqual(stretches([]), []);
});

test('a schedule is told from the days of most', () => {
  const times = [{ minute: 480, weekdays: [6, 7], set_c: 20 }, { minute: 1320, weekdays: [1, 2, 3, 4, 5, 6, 7], set_c: 17 }, { minute: 360, weekdays: [1, 2, 3, 4, 5], set_c: 20 }];
  assert.deepEqual(inOrder(times).map((time) => time.minute), [1320, 360, 480]);
});

test('the plan of a zone is that of one of its loads', () => {
  const load = { load: 'heating', kind: 'heating', power_w: [1000, 0, 1000, 0] } as PlanLoad;
  const plan = { loads: [{ ...load, kind: 'water' }, load] } as Planned;
  const zone = { loads: ['other', 'heating'] } as Zone;
  assert.equal(planOf(plan, zone), load);
  assert.equal(planOf(plan, { loads: ['none'] } as Zone), undefined);
  assert.equal(planOf(null, zone), undefined);
  assert.equal(plannedWh(load, 900), 500);
});
