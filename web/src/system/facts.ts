/* What the system page makes of numbers: pure. */
import { join, number, type Lang, type Quantity } from '../lib/format';

export interface SystemInfo {
  version: string;
  store: {
    bytes: number; log_bytes: number; unused_bytes: number; postgresql_bytes: number | null; disk_free_bytes: number | null;
    series: number; readings: number; first: string | null; last: string | null; journal: number; damaged: number;
  };
  growth: { readings_per_day: number; bytes_per_day: number } | null;
  keep: { after_days: number; every_minutes: number }[];
}

export interface BackupInfo {
  state: 'none' | 'running' | 'done' | 'failed';
  started: string | null;
  pages_done: number;
  pages_total: number;
  contents: { series: number; readings: number; journal: number; events: number; bytes: number } | null;
  why: string | null;
  file: { bytes: number; made: string } | null;
}

const STEPS = { fr: ['o', 'ko', 'Mo', 'Go', 'To'], en: ['B', 'kB', 'MB', 'GB', 'TB'] };

/** Bytes as people read them, by thousands: « 8,2 Mo ». */
export function bytesOf(bytes: number, lang: Lang): Quantity {
  let value = Math.max(0, bytes);
  let step = 0;
  while (value >= 999.5 && step < 4) {
    value /= 1000;
    step++;
  }
  return { value: number(value, step && value < 99.95 ? 1 : 0, lang), unit: STEPS[lang][step]! };
}

export const bytes = (count: number, lang: Lang) => join(bytesOf(count, lang));

/** How long the disk lasts; null where nobody can say. */
export function lasts(info: SystemInfo): { unit: 'days' | 'years' | 'long'; n: number } | null {
  const free = info.store.disk_free_bytes;
  const a_day = info.growth?.bytes_per_day ?? 0;
  if (free === null || a_day <= 0)
    return null;
  const days = Math.floor(free / a_day);
  const years = Math.floor(days / 365.25);
  return years >= 100 ? { unit: 'long', n: years } : years >= 2 ? { unit: 'years', n: years } : { unit: 'days', n: days };
}

/** Lower case, without accents: what people type when they search. */
export const plain = (text: string) => text.normalize('NFD').replace(/[\u0300-\u036f]/g, '').toLowerCase();

/** Does the text have each word of what is looked for? */
export function matches(text: string, wanted: string): boolean {
  const heap = plain(text);
  return plain(wanted).split(/\s+/).every((word) => heap.includes(word));
}
