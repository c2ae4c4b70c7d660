/* What is expected of a curve's day: pure, but for who asks. */
import type { Forecast } from '../api/watch';
import type { Columns, Range } from './curve';
import { useAsked } from './ask';

const AGAIN_MS = 600_000;

export interface Expected { low: (number | null)[]; middle: (number | null)[]; high: (number | null)[] }

const device = (key: string) => key.slice(0, key.lastIndexOf('/') + 1);

/** The forecast of what the device of that series draws; null: nobody makes one. */
export function useForecast(key: string | null): Forecast | null {
  const listed = useAsked<Forecast>(key ? '/analysis/forecast' : null, AGAIN_MS).data?.registers;
  const register = key === null ? undefined
    : listed?.find((r) => r.lacking === null && device(r.register) === device(key) && !r.register.includes('_export'))?.register;
  return useAsked<Forecast>(register ? `/analysis/forecast?register=${encodeURIComponent(register)}` : null, AGAIN_MS).data;
}

/** Where in its tables an instant lies; -1: outside. */
function place(of: Forecast, s: number): number {
  if (!of.from || !of.step_s || !of.q10)
    return -1;
  const at = Math.floor((s - Date.parse(of.from) / 1000) / of.step_s);
  return at >= 0 && at < of.q10.length ? at : -1;
}

export function expectedAt(of: Forecast | null, s: number): { low: number; middle: number; high: number } | null {
  const at = of ? place(of, s) : -1;
  const low = of?.q10?.[at], middle = of?.q50?.[at], high = of?.q90?.[at];
  return low == null || middle == null || high == null ? null : { low, middle, high };
}

/** The day's columns with the hours that are still to come, and what is expected of each instant;
 * null where nothing is expected of that day. */
export function withExpected(data: Columns, day: Range, of: Forecast | null): { data: Columns; expected: Expected } | null {
  if (!of || (!expectedAt(of, day.min) && !expectedAt(of, day.max - 1)))
    return null;
  const t = [...data.t];
  const last = t.at(-1) ?? day.min - 1;
  const step = of.step_s ?? 3600;
  for (let at = day.min; at <= day.max; at += step)
    for (const s of [at, at + step - 1])
      if (s > last && s <= day.max)
        t.push(s);
  const ahead = (values: (number | null)[]) => [...values, ...t.slice(data.t.length).map(() => null)];
  const all = t.map((s) => expectedAt(of, Math.min(s, day.max - 1)));
  return {
    data: { t, mean: ahead(data.mean), min: ahead(data.min), max: ahead(data.max) },
    expected: { low: all.map((e) => e?.low ?? null), middle: all.map((e) => e?.middle ?? null), high: all.map((e) => e?.high ?? null) },
  };
}
