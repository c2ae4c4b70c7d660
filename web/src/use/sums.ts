/* Energies of a period, made ready to draw, to read and to save: pure. */
import { number, type Lang } from '../lib/format';

export type Known = 'measured' | 'partial' | 'estimated' | 'meter_change' | 'pending' | 'gap';
export type Step = [string, number | null, Known];

/** One part of the whole: a register of a tariff period, a device, or all of it. */
export interface Part { id: string; name: string; steps: Step[] }
export interface Bar { at: number; values: (number | null)[]; total: number | null; known: Known; ahead: boolean }

const WORST: Known[] = ['gap', 'meter_change', 'pending', 'estimated', 'partial', 'measured'];

/** Parts into bars. A bar that no part knows is a gap, not zero. */
export function barsOf(parts: Part[], now_ms: number): Bar[] {
  const first = parts[0]?.steps ?? [];
  const others = parts.map((part) => new Map(part.steps.map((step) => [Date.parse(step[0]), step])));
  return first.map(([time]) => {
    const at = Date.parse(time);
    const steps = others.map((steps) => steps.get(at));
    const values = steps.map((step) => step?.[1] ?? null);
    const found = values.filter((v): v is number => v !== null);
    const ahead = at > now_ms;
    const known = WORST.find((word) => steps.some((step) => (step?.[2] ?? 'gap') === word)) ?? 'gap';
    return {
      at, values, ahead, known: found.length && known === 'gap' ? 'partial' : known,
      total: found.length ? found.reduce((a, b) => a + b, 0) : null,
    };
  });
}

export function totalOf(bars: Bar[]): number | null {
  const known = bars.filter((bar) => bar.total !== null);
  return known.length ? known.reduce((sum, bar) => sum + bar.total!, 0) : null;
}

export const gapsOf = (bars: Bar[]) => bars.filter((bar) => bar.total === null && !bar.ahead).length;

/** The whole and the rest: what the devices of a house did not use of what its meter counted. */
export function restOf(whole: Part, parts: Part[], name: string): Part {
  const maps = parts.map((part) => new Map(part.steps.map(([at, value]) => [Date.parse(at), value])));
  return {
    id: 'rest', name,
    steps: whole.steps.map(([at, value, known]): Step => {
      const used = maps.map((map) => map.get(Date.parse(at)) ?? null);
      if (value === null)
        return [at, null, known];
      return [at, Math.max(0, used.reduce<number>((left, v) => left - (v ?? 0), value)), known];
    }),
  };
}

/** How much two periods differ, on the steps that both know: half a month against half a month. */
export function compareOf(bars: Bar[], before: Bar[]): { now: number; before: number; steps: number } | null {
  let now = 0, then = 0, steps = 0;
  bars.forEach((bar, i) => {
    const other = before[i];
    if (bar.total === null || !other || other.total === null || bar.known === 'partial' || other.known === 'partial')
      return;
    now += bar.total;
    then += other.total;
    steps++;
  });
  return steps ? { now, before: then, steps } : null;
}

const BASE_PART = 0.05;
const BASE_LEAST = 60;

/** The base load ("talon"): the power that a day is above for 95 % of what was measured of it;
 * null where too little was. */
export function baseLoad(means: (number | null)[]): number | null {
  const known = means.filter((v): v is number => v !== null).sort((a, b) => a - b);
  return known.length < BASE_LEAST ? null : known[Math.floor(known.length * BASE_PART)]!;
}

/** A round top of the scale, in Wh: 1, 2 or 5 times a power of ten, or a quarter of it. */
export function ceiling(top: number): number {
  if (!(top > 0))
    return 1000;
  const power = 10 ** Math.floor(Math.log10(top));
  return [1, 2, 4, 6, 8, 10].map((n) => n * power).find((n) => n >= top) ?? 10 * power;
}

/** A field of RFC 4180. One that a spreadsheet would run as a formula starts with a quote mark. */
function field(text: string, separator: string): string {
  const safe = /^[=+@\t\r]|^-(?![\d.,]+$)/.test(text) ? "'" + text : text;
  return safe.includes(separator) || /["\r\n]/.test(safe) ? '"' + safe.replaceAll('"', '""') + '"' : safe;
}

/** As the reader's spreadsheet takes it: in French semicolons and decimal commas. */
export function csvOf(head: string[], rows: (string | number | null)[][], lang: Lang): string {
  const separator = lang === 'fr' ? ';' : ',';
  const cell = (value: string | number | null) =>
    value === null ? '' : typeof value === 'number' ? plain(value, lang) : value;
  const line = (cells: (string | number | null)[]) => cells.map((c) => field(cell(c), separator)).join(separator);
  return '\ufeff' + [head, ...rows].map(line).join('\r\n') + '\r\n';
}

/** A number for machines: no spaces between thousands, no typographic minus. */
const plain = (value: number, lang: Lang) =>
  number(value, Number.isInteger(value) ? 0 : 1, lang).replace(/[\u202f\u00a0]/g, '')
    .replace(lang === 'en' ? /,/g : /(?!)/g, '').replace('\u2212', '-');
