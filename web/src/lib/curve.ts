/* A day's points, made ready to draw: pure. */
import type { Point } from '../api/types';

/** Columns: seconds since 1970, mean, min, max. A null is a gap and stays one. */
export interface Columns { t: number[]; mean: (number | null)[]; min: (number | null)[]; max: (number | null)[] }

/** The usual time between readings, in seconds: a meter may well be slower than the step. */
function cadence(times: number[], step_s: number): number {
  const deltas = times.slice(1).map((at, i) => at - times[i]!).sort((a, b) => a - b);
  return Math.max(step_s, deltas[Math.floor(deltas.length / 2)] ?? 0);
}

/** Points into columns. A silence half as long again as the usual one is a gap: a null, so that no
 * line is drawn across. */
export function columns(points: Point[], step_s: number): Columns {
  const known: [number, number, number, number][] = [];
  for (const [at, mean, min, max] of points) {
    const s = Date.parse(at) / 1000;
    const last = known.at(-1)?.[0];
    if (mean !== null && (last === undefined || s > last)) /* out of order or twice: the first stays */
      known.push([s, mean, min ?? mean, max ?? mean]);
  }
  const out: Columns = { t: [], mean: [], min: [], max: [] };
  const gap_s = 1.5 * cadence(known.map(([s]) => s), step_s);
  const push = (at: number, mean: number | null, min: number | null, max: number | null) => {
    out.t.push(at);
    out.mean.push(mean);
    out.min.push(min);
    out.max.push(max);
  };
  known.forEach(([s, mean, min, max], i) => {
    const before = known[i - 1]?.[0];
    if (before !== undefined && s - before > gap_s)
      push((before + s) / 2, null, null, null);
    push(s, mean, min, max);
  });
  return out;
}

/** Fresh points over old ones: whatever the new answer covers is replaced. */
export function mergePoints(old: Point[], fresh: Point[]): Point[] {
  const first = fresh[0];
  if (!first)
    return old;
  const from = Date.parse(first[0]);
  return [...old.filter((p) => Date.parse(p[0]) < from), ...fresh];
}

export interface HourRow {
  from: number; mean: number | null; min: number | null; max: number | null;
  ahead: boolean; /* still to come: not a silence of the meter's */
}

/** The table twin: hour by hour from the day's start, 23 to 25 of them. */
export function hourly(data: Columns, start_s: number, end_s: number, now_s: number): HourRow[] {
  const rows: HourRow[] = [];
  let i = 0;
  for (let from = start_s; from < end_s; from += 3600) {
    let sum = 0, count = 0, min = Infinity, max = -Infinity;
    while (i < data.t.length && data.t[i]! < from)
      i++;
    for (; i < data.t.length && data.t[i]! < from + 3600; i++) {
      const mean = data.mean[i];
      if (mean === null || mean === undefined)
        continue;
      sum += mean;
      count++;
      min = Math.min(min, data.min[i] ?? mean);
      max = Math.max(max, data.max[i] ?? mean);
    }
    const known = count ? { mean: sum / count, min, max } : { mean: null, min: null, max: null };
    rows.push({ from, ...known, ahead: !count && from > now_s });
  }
  return rows;
}

export function peak(data: Columns): { at: number; value: number } | null {
  let best: { at: number; value: number } | null = null;
  data.max.forEach((value, i) => {
    if (value !== null && (!best || value > best.value))
      best = { at: data.t[i]!, value };
  });
  return best;
}

export interface Range { min: number; max: number }

/** A range kept inside the day and no narrower than five minutes. */
export function clampRange(range: Range, day: Range): Range {
  const NARROWEST_S = 300;
  const width = Math.min(Math.max(range.max - range.min, NARROWEST_S), day.max - day.min);
  const middle = (range.min + range.max) / 2;
  const min = Math.min(Math.max(middle - width / 2, day.min), day.max - width);
  return { min, max: min + width };
}

export const zoomed = (range: Range, factor: number, around: number, day: Range): Range =>
  clampRange({ min: around - (around - range.min) * factor, max: around + (range.max - around) * factor }, day);

export const moved = (range: Range, by: number, day: Range): Range => {
  const step = (range.max - range.min) * by;
  return clampRange({ min: range.min + step, max: range.max + step }, day);
};
