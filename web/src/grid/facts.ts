/* What Réseau shows, worked out from what the daemon tells: pure. */
import type { Segment, Signal, TempoSeason, Topic } from '../api/types';
import { addDays, dateOf, instantOf, startOfDay } from '../lib/time';

const RANKS = ['meter', 'operator', 'supplier', 'public'];
const STATES = ['fresh', 'stale', 'none'];

/** The signal to believe of a topic, as the daemon does: fresh before stale, then by rank. */
export function best(signals: Signal[], topic: Topic): Signal | null {
  const order = (s: Signal) => STATES.indexOf(s.state) * RANKS.length + RANKS.indexOf(s.rank);
  return signals.filter((s) => s.topic === topic).sort((a, b) => order(a) - order(b))[0] ?? null;
}

/** A Tempo day runs from 06:00 to the next 06:00, in the site's zone. */
export function tempoDay(now: number, zone: string): { date: string; end: number; nextIsToday: boolean } {
  const civil = dateOf(now, zone);
  const early = now < instantOf(civil, 6, 0, zone);
  const date = early ? addDays(civil, -1) : civil;
  return { date, end: instantOf(addDays(date, 1), 6, 0, zone), nextIsToday: early };
}

const daysBetween = (from: string, to: string) => Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000);

export interface Left { colour: 'BLUE' | 'WHITE' | 'RED'; used: number; max: number; left: number }
export interface Season {
  years: string;
  colours: Left[];
  /** Days that have begun, and those of them whose colour the source told. */
  elapsed: number;
  known: number;
}

/** Every day of a season that is neither white nor red is blue. */
export function seasonOf(season: TempoSeason, tempoDate: string): Season {
  const year = Number(tempoDate.slice(0, 4));
  const first = Number(tempoDate.slice(5, 7)) >= 9 ? year : year - 1;
  const start = `${first}-09-01`;
  const length = daysBetween(start, `${first + 1}-09-01`);
  const row = (colour: Left['colour'], used: number, max: number): Left =>
    ({ colour, used, max, left: Math.max(0, max - used) });
  return {
    years: `${first}\u2013${first + 1}`,
    colours: [
      row('BLUE', season.blue_days, length - season.white_days_max - season.red_days_max),
      row('WHITE', season.white_days, season.white_days_max),
      row('RED', season.red_days, season.red_days_max),
    ],
    elapsed: daysBetween(start, tempoDate) + 1,
    known: season.blue_days + season.white_days + season.red_days,
  };
}

export interface Bar { from: number; to: number; value: number }

const isNumber = (s: Segment): s is Segment & { value: number } => typeof s.value === 'number';

/** The numbers of a time, in order, cut to it. */
export function barsOf(segments: Segment[], from: number, to: number): Bar[] {
  return segments.filter(isNumber)
    .map((s) => ({ from: Math.max(from, Date.parse(s.from)), to: Math.min(to, Date.parse(s.to)), value: s.value }))
    .filter((bar) => bar.from < bar.to)
    .sort((a, b) => a.from - b.from);
}

/** Today and tomorrow in the site's zone: 48 hours, or one less or more when the clocks change. */
export function twoDays(now: number, zone: string): { from: number; noon: number; to: number } {
  const today = dateOf(now, zone);
  return {
    from: startOfDay(today, zone),
    noon: startOfDay(addDays(today, 1), zone), /* where tomorrow begins */
    to: startOfDay(addDays(today, 2), zone),
  };
}

export interface Extremes { low: Bar; high: Bar }

export function extremes(bars: Bar[]): Extremes | null {
  const [first, ...rest] = bars;
  if (!first)
    return null;
  return {
    low: rest.reduce((held, bar) => (bar.value < held.value ? bar : held), first),
    high: rest.reduce((held, bar) => (bar.value > held.value ? bar : held), first),
  };
}

export const at = (bars: Bar[], now: number): Bar | null =>
  bars.find((bar) => bar.from <= now && now < bar.to) ?? null;

/** Cheap, usual or dear: the thirds between the lowest and the highest price shown. */
export function third(value: number, ends: Extremes): 0 | 1 | 2 {
  const span = ends.high.value - ends.low.value;
  const part = span > 0 ? (value - ends.low.value) / span : 0.5;
  return part < 1 / 3 ? 0 : part <= 2 / 3 ? 1 : 2;
}
