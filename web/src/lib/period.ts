/* Stretches of the calendar that consumption is looked at by, in the site's zone: pure. */
import type { Lang } from './format';
import { addDays, dayName, startOfDay } from './time';

export type Unit = 'day' | 'week' | 'month' | 'year' | 'custom';
export const UNITS: Unit[] = ['day', 'week', 'month', 'year', 'custom'];

/** From one date to another, the latter not in it; `step` is what the API is asked for. */
export interface Period { unit: Unit; from: string; to: string; step: '1h' | 'day' | 'month' | 'year' }
export type Against = 'none' | 'before' | 'year';

const DAY_MS = 86_400_000;
const utc = (date: string) => Date.parse(date + 'T00:00:00Z');
export const days = (from: string, to: string) => Math.round((utc(to) - utc(from)) / DAY_MS);

export const isDate = (text: string) =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(utc(text)) && new Date(utc(text)).toISOString().slice(0, 10) === text;

/** The same day so many months on; the 31st becomes the last of a shorter month. */
export function addMonths(date: string, months: number): string {
  const [y = 0, m = 1, d = 1] = date.split('-').map(Number);
  const last = new Date(Date.UTC(y, m - 1 + months + 1, 0)).getUTCDate();
  return new Date(Date.UTC(y, m - 1 + months, Math.min(d, last))).toISOString().slice(0, 10);
}

/** The Monday on or before. */
const monday = (date: string) => addDays(date, -((new Date(utc(date)).getUTCDay() + 6) % 7));

const YEARS_OF_MONTHS = 3;
const LONGEST_DAYS = 40 * 366;

function stepOf(count: number): Period['step'] {
  return count <= 2 ? '1h' : count <= 92 ? 'day' : count <= YEARS_OF_MONTHS * 366 ? 'month' : 'year';
}

/** The period of a unit that a date is in. */
export function periodOf(unit: Exclude<Unit, 'custom'>, date: string): Period {
  if (unit === 'day')
    return { unit, from: date, to: addDays(date, 1), step: '1h' };
  if (unit === 'week')
    return { unit, from: monday(date), to: addDays(monday(date), 7), step: 'day' };
  const first = unit === 'month' ? date.slice(0, 8) + '01' : date.slice(0, 5) + '01-01';
  return { unit, from: first, to: addMonths(first, unit === 'month' ? 1 : 12), step: unit === 'month' ? 'day' : 'month' };
}

export function customOf(from: string, to: string): Period | null {
  const count = days(from, to);
  return count > 0 && count <= LONGEST_DAYS ? { unit: 'custom', from, to, step: stepOf(count) } : null;
}

/** The neighbour `by` periods on. */
export function shifted(period: Period, by: number): Period {
  const { unit, from, to } = period;
  if (unit === 'custom') {
    const count = days(from, to) * by;
    return { ...period, from: addDays(from, count), to: addDays(to, count) };
  }
  if (unit === 'day' || unit === 'week')
    return periodOf(unit, addDays(from, by * (unit === 'day' ? 1 : 7)));
  return periodOf(unit, addMonths(from, by * (unit === 'month' ? 1 : 12)));
}

/** What it is compared with. A year before days is 52 weeks before: the same weekdays. */
export function compared(period: Period, against: Against): Period | null {
  if (against === 'none')
    return null;
  if (against === 'before' || period.unit === 'year')
    return shifted(period, -1);
  if (period.unit === 'month')
    return periodOf('month', addMonths(period.from, -12));
  if (period.step === 'month' || period.step === 'year')
    return { ...period, from: addMonths(period.from, -12), to: addMonths(period.to, -12) };
  return { ...period, from: addDays(period.from, -364), to: addDays(period.to, -364) };
}

export const bounds = (period: Period, zone: string) =>
  ({ from_ms: startOfDay(period.from, zone), to_ms: startOfDay(period.to, zone) });

/** The address of a period, and back. */
export const hashOf = (period: Period) =>
  `#/consommation/${period.unit}/${period.from}${period.unit === 'custom' ? '/' + period.to : ''}`;

export function ofHash(hash: string, today: string): Period {
  const [, , unit = '', from = '', to = ''] = hash.split('/');
  if (unit === 'custom' && isDate(from) && isDate(to))
    return customOf(from, to) ?? periodOf('day', today);
  if (UNITS.includes(unit as Unit) && unit !== 'custom')
    return periodOf(unit as Exclude<Unit, 'custom'>, isDate(from) ? from : today);
  return periodOf('day', today);
}

function monthName(date: string, lang: Lang, width: 'short' | 'long', year: boolean): string {
  return new Intl.DateTimeFormat(lang === 'fr' ? 'fr-FR' : 'en-GB', {
    timeZone: 'UTC', month: width, ...(year ? { year: 'numeric' } : {}),
  }).format(new Date(date + 'T12:00:00Z'));
}

/** « samedi 21 novembre 2026 », « 16 nov. – 22 nov. 2026 », « novembre 2026 », « 2026 ». */
export function periodName(period: Period, lang: Lang): string {
  const year = period.from.slice(0, 4);
  if (period.unit === 'year')
    return year;
  if (period.unit === 'month')
    return monthName(period.from, lang, 'long', true);
  if (period.unit === 'day')
    return `${dayName(period.from, lang, 'long')} ${year}`;
  const short = (date: string) => `${Number(date.slice(8))}\u00a0${monthName(date, lang, 'short', false)}`;
  const last = addDays(period.to, -1);
  const start = last.slice(0, 4) === year ? short(period.from) : `${short(period.from)} ${year}`;
  return `${start} – ${short(last)} ${last.slice(0, 4)}`;
}

/** What a bar stands for, in few letters below it or in words. */
export function stepName(date: string, time: string, period: Period, lang: Lang, width: 'short' | 'long'): string {
  if (period.step === '1h')
    return width === 'short' ? String(Number(time.slice(0, 2))) + (lang === 'fr' ? '\u00a0h' : ':00') : time;
  if (period.step === 'month')
    return monthName(date, lang, width, width === 'long');
  if (period.step === 'year')
    return date.slice(0, 4);
  return width === 'long' ? dayName(date, lang, 'long')
    : period.unit === 'week' ? dayName(date, lang, 'short').split(/[ ,]/)[0]! : String(Number(date.slice(8)));
}
