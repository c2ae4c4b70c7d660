/* What the pill says. Pure: everything it needs is passed in, and the age counts on from the last
 * message by the page's own clock, so that a dead stream can never look alive. */
import type { Key } from '../i18n';
import type { Meter, State } from '../api/types';

export type Tone = 'ok' | 'warn' | 'bad' | 'wait';

/** The link to the daemon: `since_s` is the time since its last message. */
export interface Link { mode: 'wait' | 'live' | 'polling' | 'lost'; since_s: number }

export interface Freshness { tone: Tone; key: Key; age_s: number | null; meter: Meter | null }

/** A link without news for this long is suspect; for that long it is lost. */
export const SILENT_S = 8;
export const LOST_S = 20;

const DEAD: Record<string, number> = {
  stale: 8, no_bytes: 8, unreachable: 8, no_frame: 7, wrong_key: 7, no_key: 7, unprotected: 7, replayed: 7,
  other_meter: 7,
  unknown_layout: 7,
  no_answer: 7, refused: 7, wrong_profile: 7,
};

/** States of a meter that is read, if not all of it. */
const READ: readonly string[] = ['ok', 'partly', 'no_profile'];

/** The age of a meter's last reading now, or null if it never spoke. */
export const ageOf = (meter: Meter, since_s: number) =>
  meter.age_s === null ? null : meter.age_s + since_s;

export function meterFreshness(meter: Meter, since_s: number): Freshness {
  const age_s = ageOf(meter, since_s);
  const is = (tone: Tone, key: Key): Freshness => ({ tone, key, age_s, meter });

  if (meter.state === 'starting')
    return is('warn', 'fresh.starting');
  if (meter.state in DEAD)
    return is('bad', `fresh.${meter.state}` as Key);
  if (!READ.includes(meter.state))
    return is('bad', 'fresh.not_measured'); /* a state this page does not know is not OK */
  if (age_s === null)
    return is('warn', 'fresh.starting');
  if (age_s > meter.stale_after_s)
    return is('bad', 'fresh.stale');
  if (meter.state !== 'ok')
    return is('warn', `fresh.${meter.state}` as Key);
  return age_s > meter.stale_after_s / 2 ? is('warn', 'fresh.slow') : is('ok', 'fresh.ok');
}

const RANK: Record<Tone, number> = { ok: 0, warn: 1, wait: 2, bad: 3 };

/** The meter of the bill; of a daemon that does not say which, the first. */
export const mainMeter = (state: State): Meter | undefined =>
  state.meters.find((meter) => meter.main) ?? state.meters[0];

export function freshness(state: State | null, link: Link): Freshness {
  const none = { age_s: null, meter: null };
  if (!state)
    return link.mode === 'lost'
      ? { tone: 'bad', key: 'fresh.link_lost', ...none }
      : { tone: 'wait', key: 'fresh.link_wait', ...none };
  if (state.meters.length === 0)
    return { tone: 'bad', key: 'fresh.no_meter', ...none };

  let worst = meterFreshness(state.meters[0]!, link.since_s);
  for (const meter of state.meters.slice(1)) {
    const next = meterFreshness(meter, link.since_s);
    if (RANK[next.tone] > RANK[worst.tone])
      worst = next;
  }
  if (link.mode === 'lost' || link.since_s > LOST_S)
    return { ...worst, tone: 'bad', key: 'fresh.link_lost' };
  if (worst.tone === 'ok' && !state.now.fresh)
    return { ...worst, tone: 'bad', key: 'fresh.stale' };
  if (worst.tone === 'ok' && (link.mode !== 'live' || link.since_s > SILENT_S))
    return { ...worst, tone: 'warn', key: 'fresh.link_slow' };
  return worst;
}
