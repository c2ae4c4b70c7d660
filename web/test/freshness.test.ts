import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Meter, MeterState, State } from '../src/api/types';
import { freshness, type Link } from '../src/lib/freshness';

function meter(state: MeterState, age_s: number | null, device = 'main'): Meter {
  return {
    device, zone: 'ground', name: device, main: false, source_of: null, part_of: null, protocol: 'dlms', state, last_time: null, age_s,
    stale_after_s: 30, clock_off_s: null, meter_id: null, profile: null, authenticated: true, values: [], counters: {},
  };
}

const site = (meters: Meter[], fresh = true) => ({ meters, now: { fresh } }) as unknown as State;
const live = (since_s: number): Link => ({ mode: 'live', since_s });

const rows: [string, State | null, Link, string, string][] = [
  ['a young reading on a living stream', site([meter('ok', 3)]), live(0.5), 'ok', 'fresh.ok'],
  ['the age grows by itself', site([meter('ok', 3)]), live(7.9), 'ok', 'fresh.ok'],
  ['half of the allowed age', site([meter('ok', 16)]), live(0), 'warn', 'fresh.slow'],
  ['older than allowed, though the state says ok', site([meter('ok', 31)]), live(0), 'bad', 'fresh.stale'],
  ['a stream that fell silent', site([meter('ok', 1)]), live(9), 'warn', 'fresh.link_slow'],
  ['a stream long silent, even with an old ok', site([meter('ok', 1)]), live(25), 'bad', 'fresh.link_lost'],
  ['asking by hand is not live', site([meter('ok', 1)]), { mode: 'polling', since_s: 1 }, 'warn', 'fresh.link_slow'],
  ['nobody answers', site([meter('ok', 1)]), { mode: 'lost', since_s: 13 }, 'bad', 'fresh.link_lost'],
  ['nothing known yet', null, { mode: 'wait', since_s: 1 }, 'wait', 'fresh.link_wait'],
  ['nothing known and nobody answers', null, { mode: 'lost', since_s: 30 }, 'bad', 'fresh.link_lost'],
  ['read, but the last answer broke off', site([meter('partly', 3)]), live(0), 'warn', 'fresh.partly'],
  ['read, but not what it recorded', site([meter('no_profile', 3)]), live(0), 'warn', 'fresh.no_profile'],
  ['part of it, and that is old', site([meter('partly', 31)]), live(0), 'bad', 'fresh.stale'],
  ['no meter at all', site([]), live(0), 'bad', 'fresh.no_meter'],
  ['starting', site([meter('starting', null)], false), live(0), 'warn', 'fresh.starting'],
  ['ok without any reading is only starting', site([meter('ok', null)]), live(0), 'warn', 'fresh.starting'],
  ['the second meter is worse', site([meter('ok', 1), meter('wrong_key', 2, 'solar')]), live(0), 'bad', 'fresh.wrong_key'],
  ['the daemon says not fresh', site([meter('ok', 1)], false), live(0), 'bad', 'fresh.stale'],
  ['a state from a newer daemon is not OK', site([meter('melted' as MeterState, 1)]), live(0), 'bad', 'fresh.not_measured'],
];

for (const [why, state, link, tone, key] of rows)
  test(`freshness: ${why}`, () => {
    const got = freshness(state, link);
    assert.deepEqual([got.tone, got.key], [tone, key]);
  });

test('freshness: every dead state is red and has its own words', () => {
  for (const state of ['no_bytes', 'no_frame', 'wrong_key', 'no_key', 'unprotected', 'replayed', 'unknown_layout', 'unreachable', 'stale'] as const) {
    const got = freshness(site([meter(state, 2)]), live(0));
    assert.deepEqual([got.tone, got.key], ['bad', `fresh.${state}`]);
  }
});

test('freshness: no age and no silence ever makes an old reading green', () => {
  for (let age = 0; age < 120; age++)
    for (let since = 0; since < 60; since++) {
      const got = freshness(site([meter('ok', age)]), live(since));
      if (got.tone === 'ok')
        assert.ok(age + since <= 15 && since <= 8, `green at ${age} s + ${since} s`);
    }
});
