/* What the page of alarms makes of them: pure. */
import { number, NOTHING, power, type Lang } from '../lib/format';
import type { Alarm, AlarmDay, ForecastHead, HoursOf } from '../api/watch';

export const HOUR = 3_600_000;
const BEFORE = 24, AFTER = 36;

/** What is drawn around the beginning, on whole hours, and not beyond now. */
export function around(alarm: Alarm, now: number): { from: number; to: number } {
  const start = Math.floor(Date.parse(alarm.start) / HOUR) * HOUR;
  return { from: start - BEFORE * HOUR, to: Math.min(start + AFTER * HOUR, Math.floor(now / HOUR) * HOUR) };
}

export interface Hour { at: number; w: number | null; low: number | null; high: number | null }

const LITRES = 1000;

/** A value of an alarm: a power, or a flow of water. */
export function valueIn(unit: Alarm['unit'], value: number | null, lang: Lang): string {
  if (unit === 'W')
    return power(value, lang);
  return value === null ? NOTHING : number(value, value < 10 ? 1 : 0, lang) + '\u00a0l/h';
}

/** Measured hours beside what was forecast of the day; an hour not measured stays null. Water is
 * read in m³. */
export function hours(span: { from: number; to: number }, read: HoursOf, day: AlarmDay | undefined, unit: Alarm['unit']): Hour[] {
  const measured = new Map(read.points.map(([at, sum]) =>
    [Date.parse(at), sum !== null && unit === 'l/h' ? sum * LITRES : sum]));
  const begin = day ? Date.parse(day.from) : 0;
  const out: Hour[] = [];
  for (let at = span.from; at < span.to; at += HOUR) {
    const h = day ? Math.floor((at - begin) / HOUR) : -1;
    out.push({ at, w: measured.get(at) ?? null, low: day?.q10_w[h] ?? null, high: day?.q90_w[h] ?? null });
  }
  return out;
}

export interface Drawing { line: string; band: string; most: number }

/** Paths in a box: the line breaks where nothing was measured, each hour is a step. */
export function draw(of: Hour[], width: number, high: number): Drawing {
  const most = Math.max(1, ...of.flatMap((h) => [h.w ?? 0, h.high ?? 0]));
  const least = Math.min(0, ...of.map((h) => h.w ?? 0));
  const x = (i: number) => ((i / Math.max(1, of.length)) * width).toFixed(1);
  const y = (w: number) => (high - ((w - least) / (most - least)) * high).toFixed(1);
  let line = '', open = false;
  const up: string[] = [], down: string[] = [];
  of.forEach((h, i) => {
    if (h.w === null) {
      open = false;
    } else {
      line += `${open ? 'L' : 'M'}${x(i)} ${y(h.w)}H${x(i + 1)}`;
      open = true;
    }
    if (h.low !== null && h.high !== null) {
      up.push(`${x(i)} ${y(h.high)}`, `${x(i + 1)} ${y(h.high)}`);
      down.unshift(`${x(i + 1)} ${y(h.low)}`, `${x(i)} ${y(h.low)}`);
    }
  });
  return { line, band: up.length ? `M${[...up, ...down].join('L')}Z` : '', most };
}

export const isOpen = (alarm: Alarm) => alarm.state === 'active' || alarm.state === 'acknowledged';

const DAYS_BEFORE_ALARMS = 14;
/** Is none of the registers known for long enough that an alarm could be told? */
export const isYoung = (registers: ForecastHead[] | undefined) =>
  registers !== undefined && registers.every((r) => r.days_learnt < DAYS_BEFORE_ALARMS);

const part = (series: string, i: number) => series.split('/')[i] ?? '';
export const deviceOf = (alarm: Alarm) => part(alarm.series, 2);
/** What it is about, by its words' keys. */
export function aboutOf(alarm: Alarm): 'export' | 'import' | 'water' | 'hot_water' {
  const quantity = part(alarm.series, 3);
  if (alarm.unit === 'l/h')
    return quantity.startsWith('hot') ? 'hot_water' : 'water';
  return quantity.includes('export') ? 'export' : 'import';
}

/** Each once, in the order they are met. */
export const distinct = (of: string[]) => [...new Set(of)];
