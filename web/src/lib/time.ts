/* Civil time in the site's zone, whatever the browser's. Days have 23, 24 or 25 hours. */
import type { Lang } from './format';

export const HOUR_MS = 3_600_000;
const NBSP = '\u00a0';

interface Parts { year: number; month: number; day: number; hour: number; minute: number; second: number }

const formats = new Map<string, Intl.DateTimeFormat>();

function cached(key: string, make: () => Intl.DateTimeFormat): Intl.DateTimeFormat {
  let format = formats.get(key);
  if (!format) {
    format = make();
    formats.set(key, format);
  }
  return format;
}

/** A zone this browser knows; an unknown one falls back to UTC and `zoneKnown` says so. */
export function zoneKnown(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

export function parts(ms: number, zone: string): Parts {
  const format = cached('p' + zone, () => new Intl.DateTimeFormat('en-GB', {
    timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric',
    hour: 'numeric', minute: 'numeric', second: 'numeric',
  }));
  const out: Record<string, number> = {};
  for (const part of format.formatToParts(ms))
    if (part.type !== 'literal')
      out[part.type] = Number(part.value);
  return out as unknown as Parts;
}

/** Local minus UTC at an instant, in ms. */
export function offset(ms: number, zone: string): number {
  const p = parts(ms, zone);
  const local = Date.UTC(p.year, p.month - 1, p.day, p.hour, p.minute, p.second);
  return local - Math.floor(ms / 1000) * 1000;
}

const two = (n: number) => String(n).padStart(2, '0');

/** The civil date of an instant, as 2026-11-22. */
export function dateOf(ms: number, zone: string): string {
  const p = parts(ms, zone);
  return `${p.year}-${two(p.month)}-${two(p.day)}`;
}

export function addDays(date: string, days: number): string {
  const [y = 0, m = 1, d = 1] = date.split('-').map(Number);
  return new Date(Date.UTC(y, m - 1, d + days)).toISOString().slice(0, 10);
}

/** The instant of a wall-clock time; one that the spring change skips is the instant after it. */
export function instantOf(date: string, hour: number, minute: number, zone: string): number {
  const [y = 0, m = 1, d = 1] = date.split('-').map(Number);
  const wall = Date.UTC(y, m - 1, d, hour, minute);
  const first = wall - offset(wall, zone);
  const second = wall - offset(first, zone);
  return second === first || offset(second, zone) === wall - second ? second : Math.max(first, second);
}

export const startOfDay = (date: string, zone: string) => instantOf(date, 0, 0, zone);

/** Where 0, 6, 12, 18 and 24 o'clock are in a day, as parts of it: even only in one of 24 hours. */
export function quarters(date: string, zone: string): number[] {
  const start = startOfDay(date, zone);
  const end = startOfDay(addDays(date, 1), zone);
  const at = [start, ...[6, 12, 18].map((hour) => instantOf(date, hour, 0, zone)), end];
  return at.map((ms) => (ms - start) / (end - start));
}

/** 22:00, in the zone. */
/** With seconds, for readings as they came. */
export function clockSeconds(ms: number, zone: string): string {
  return `${clock(ms, zone)}:${String(Math.floor(ms / 1000) % 60).padStart(2, '0')}`;
}

export function clock(ms: number, zone: string): string {
  const p = parts(ms, zone);
  return `${two(p.hour)}:${two(p.minute)}`;
}

const locale = (lang: Lang) => (lang === 'fr' ? 'fr-FR' : 'en-GB');

export function dayName(date: string, lang: Lang, width: 'short' | 'long'): string {
  const format = cached('d' + lang + width, () => new Intl.DateTimeFormat(locale(lang), {
    timeZone: 'UTC', weekday: width, day: 'numeric', month: width,
  }));
  return format.format(new Date(date + 'T12:00:00Z'));
}

/** 22:00 today, else with the day: « mar. 24 nov. à 06:00 » is made of these two by the caller. */
export function isSameDay(a: number, b: number, zone: string): boolean {
  return dateOf(a, zone) === dateOf(b, zone);
}

/** 45 s, 12 min, 3 h 05, 2 j. */
export function duration(seconds: number, lang: Lang): string {
  const s = Math.max(0, Math.floor(seconds));
  if (s < 90)
    return s + NBSP + 's';
  const minutes = Math.round(s / 60);
  if (minutes < 60)
    return minutes + NBSP + 'min';
  const hours = Math.floor(minutes / 60);
  if (hours < 48)
    return hours + NBSP + 'h' + (minutes % 60 ? NBSP + two(minutes % 60) : '');
  return Math.floor(hours / 24) + NBSP + (lang === 'fr' ? 'j' : 'd');
}

/** Whether the browser's clock reads as the site's: now and half a year away on both sides. */
export function sameZone(site: string, now: number): boolean {
  const half = 182 * 24 * HOUR_MS;
  return [now - half, now, now + half].every(
    (ms) => offset(ms, site) === -new Date(ms).getTimezoneOffset() * 60_000);
}
