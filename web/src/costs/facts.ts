/* What Coûts & contrat shows, worked out from what the daemon tells: pure. */
import type { Bill, BillLine, Candidate, Comparison } from '../api/types';
import { addDays, clock, dateOf } from '../lib/time';

/** 2026-11-22 as 22/11/2026. */
export const dateWords = (date: string) => date.slice(0, 10).split('-').reverse().join('/');

/** An end as people say it: the last day, or the moment where it is no midnight. */
export const endWords = (to: string) =>
  to.length === 10 ? dateWords(addDays(to, -1)) : `${dateWords(to)} ${to.slice(11, 16)}`;
export const startWords = (from: string) =>
  from.length === 10 ? dateWords(from) : `${dateWords(from)} ${from.slice(11, 16)}`;

export interface How {
  /** The date since when the price holds. */
  price_of: string | null;
  unverified: boolean;
  yearly_eur: number | null;
  spot: boolean;
  vat: 'in' | 'out' | null;
}

/** What `how` of a line tells, taken out of its English sentence. */
export function readHow(line: BillLine): How {
  const row = /price of (\d{4}-\d\d-\d\d)( \(not verified\))?/.exec(line.how);
  const yearly = / at (?:a twelfth a month of )?(-?[\d.]+) EUR a year/.exec(line.how);
  return {
    price_of: row?.[1] ?? null,
    unverified: row?.[2] !== undefined,
    yearly_eur: yearly ? Number(yearly[1]) : null,
    spot: line.how.startsWith('each hour at its own price'),
    vat: line.how.endsWith('VAT included') ? 'in' : line.how.endsWith('without VAT') ? 'out' : null,
  };
}

/** The stretch of a bill that was measured: its one gap at the beginning, of a young site, is left out. */
export function measured(bill: Bill, zone: string): { from: string; to: string; days: number; missing_s: number } {
  const start = bill.from.length === 10 ? bill.from : dateOf(Date.parse(bill.from), zone);
  const young = bill.notes.gaps === 1 && bill.notes.first_gap !== null && bill.notes.first_gap.slice(0, 10) === start;
  const days = Math.floor(bill.notes.missing_s / 86_400);
  const from = young ? addDays(start, days) : bill.from;
  const end = bill.to.length === 10 ? Date.parse(bill.to) : Date.parse(bill.to);
  return {
    from, to: bill.to,
    days: Math.max(1, Math.round((end - Date.parse(from)) / 86_400_000)),
    missing_s: young ? bill.notes.missing_s - days * 86_400 : bill.notes.missing_s,
  };
}

/** Why a bill has no figures, as a key of the words. */
export const faultWords = (fault: 'no_price' | 'not_known' | 'too_large') => `fault.${fault}` as const;

/** The power of a contract in kVA is part of its family, not of its name. */
const family = (c: Candidate) => c.contract;
const total = (c: Candidate) => c.total_eur ?? Infinity;

/** Of each contract the cheapest power that suffices (or the first, if none does), and the site's own. */
export function bestOfEach(comparison: Comparison): Candidate[] {
  const held = new Map<string, Candidate>();
  for (const c of comparison.items) {
    const have = held.get(family(c));
    if (c.own || (have && (have.fits || !c.fits) && total(have) <= total(c)))
      continue;
    if (!have || (c.fits && !have.fits) || (c.fits === have.fits && total(c) < total(have)))
      held.set(family(c), c);
  }
  const own = comparison.items.find((c) => c.own);
  const twin = own && held.get(family(own));
  if (own && twin && twin.power_kva === own.power_kva)
    held.delete(family(own)); /* what the site has already */
  const all = own ? [...held.values(), own] : [...held.values()];
  return all.sort((a, b) => total(a) - total(b));
}

export const families = (comparison: Comparison): string[] => [...new Set(comparison.items.map(family))].sort();

/** Every power of one contract, the smallest first. */
export function powersOf(comparison: Comparison, name: string): Candidate[] {
  const all = comparison.items.filter((c) => family(c) === name);
  const own = all.find((c) => c.own);
  return all.filter((c) => c.own || c.power_kva !== own?.power_kva).sort((a, b) => a.power_kva - b.power_kva);
}

/** The smallest power that suffices. */
export const enough = (powers: Candidate[]): Candidate | null => powers.find((c) => c.fits) ?? null;

/** The candidate that the daemon calls the cheapest. */
export const cheapestOf = (comparison: Comparison): Candidate | null =>
  comparison.cheapest === null ? null
    : comparison.items.find((c) => c.name === comparison.cheapest!.name) ?? null;

/** The two hours at which a subscribed power was most often too weak; none: it always sufficed. */
export function worstHours(comparison: Comparison, power_kva: number): number[] {
  const over = comparison.powers?.find((p) => p.power_kva === power_kva)?.over_by_hour ?? [];
  return over.map((steps, hour) => ({ steps, hour })).filter((h) => h.steps > 0)
    .sort((a, b) => b.steps - a.steps || a.hour - b.hour).slice(0, 2).map((h) => h.hour).sort((a, b) => a - b);
}

export const used = (c: Candidate): number => (c.periods ?? []).reduce((sum, p) => sum + p.kwh, 0);

/** 2026-11, `back` months before the month of now. */
export function monthBack(now: number, zone: string, back: number): string {
  const [y = 0, m = 1] = dateOf(now, zone).split('-').map(Number);
  const n = y * 12 + (m - 1) - back;
  return `${Math.floor(n / 12)}-${String((n % 12) + 1).padStart(2, '0')}`;
}

/** To the minute, so that the same question is asked for a while. */
export const minuteOf = (now: number) => new Date(Math.floor(now / 60_000) * 60_000).toISOString().slice(0, 19) + 'Z';

export const timeOf = (ms: number, zone: string) => `${dateWords(dateOf(ms, zone))} ${clock(ms, zone)}`;
