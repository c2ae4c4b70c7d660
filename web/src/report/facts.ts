/* What the month and its parts come to: pure. */
import type { Stats, StatsPart, StatsPeriod } from '../api/analysis';
import type { Bill } from '../api/types';
import type { Alarm } from '../api/watch';

export interface PartRow { id: string; part: StatsPart }

/** Sub-meters by energy, the largest first; the remainder apart. */
export function partsOf(stats: Stats): { rows: PartRow[]; rest: StatsPart | null; hours: number } {
  const rows: PartRow[] = [];
  let rest: StatsPart | null = null;
  let steps = 0;
  for (const [id, part] of Object.entries(stats.parts ?? {})) {
    if (typeof part === 'number')
      steps = part;
    else if (id === 'remainder')
      rest = part;
    else
      rows.push({ id, part });
  }
  rows.sort((a, b) => (b.part.kwh ?? 0) - (a.part.kwh ?? 0));
  return { rows, rest, hours: (steps * (stats.step_s ?? 0)) / 3600 };
}

export const periodAt = (stats: Stats, month: string): StatsPeriod | null =>
  stats.periods.find((p) => p.from === month) ?? null;

/** What energy alone costs a kWh in that bill, taxes included; null: nothing was used. */
export function energyPrice(bill: Bill | null): number | null {
  if (!bill || bill.import_kwh <= 0)
    return null;
  const energy = bill.lines.filter((l) => l.unit === 'kWh').reduce((sum, l) => sum + l.amount_eur, 0);
  return energy > 0 ? energy / bill.import_kwh : null;
}

export type Advice = { key: 'advice.base' | 'advice.peak' | 'advice.small' | 'advice.gaps' | 'advice.none'; share: number };

const HEAVY_BASE = 0.4, NEAR_FULL = 0.9, MUCH_ROOM = 0.5, WHOLE = 0.98;

/** What a householder should take from the month. */
export function adviceOf(period: StatsPeriod, subscribed_kva: number | null, whole_days: boolean): Advice[] {
  const all: Advice[] = [];
  const base = period.base_kw !== null && period.mean_kw ? period.base_kw / period.mean_kw : 0;
  const peak = subscribed_kva && period.peak_kw !== null ? period.peak_kw / subscribed_kva : null;
  if (base > HEAVY_BASE)
    all.push({ key: 'advice.base', share: base });
  if (peak !== null && peak > NEAR_FULL)
    all.push({ key: 'advice.peak', share: peak });
  if (peak !== null && peak < MUCH_ROOM && whole_days)
    all.push({ key: 'advice.small', share: peak });
  if (whole_days && (period.covered ?? 0) < WHOLE)
    all.push({ key: 'advice.gaps', share: period.covered ?? 0 });
  return all.length ? all : [{ key: 'advice.none', share: 0 }];
}

const MOST_ALARMS = 5;

/** What was wrong in a period and is not called normal: what goes on first, then what costs most. */
export function alarmsIn(alarms: Alarm[], from: number, to: number): Alarm[] {
  const on = (a: Alarm) => (a.end === null ? 1 : 0);
  return alarms
    .filter((a) => a.state !== 'normal' && Date.parse(a.start) < to && (a.end === null || Date.parse(a.end) > from))
    .sort((a, b) => on(b) - on(a) || (b.cost_eur_per_day ?? 0) - (a.cost_eur_per_day ?? 0))
    .slice(0, MOST_ALARMS);
}

const nameOf = (line: string) => line.replace(/^energy_/, '');

/** Energy by period of the tariff, the largest first. */
export function tariffParts(bill: Bill): { line: string; kwh: number }[] {
  const sums = new Map<string, number>();
  for (const line of bill.lines)
    if (line.kind === 'energy')
      sums.set(nameOf(line.line), (sums.get(nameOf(line.line)) ?? 0) + line.quantity);
  return [...sums].map(([line, kwh]) => ({ line, kwh })).sort((a, b) => b.kwh - a.kwh);
}
