/* What Délestage makes of the state: pure. */
import { isNotice, type Ecowatt, type JournalItem, type Limit, type Load, type PowerTrial, type PowerTrials } from '../api/types';

/** Of null: those that no limit cuts. */
export interface Tier { tier: number | null; loads: Load[] }

/** The ladder: the loads by tier, those that are cut first first, those that never are last. */
export function ladder(loads: Load[]): Tier[] {
  const tiers = new Map<number, Load[]>();
  for (const load of loads) {
    const tier = load.never_shed ? Infinity : load.tier;
    tiers.set(tier, [...(tiers.get(tier) ?? []), load]);
  }
  return [...tiers].sort(([a], [b]) => a - b)
    .map(([tier, all]) => ({ tier: tier === Infinity ? null : tier, loads: all }));
}

/** How much of it is drawn; null where the one or the other is not known. */
export const share = (limit: Limit): number | null =>
  limit.va === null || limit.va <= 0 || limit.measured_va === null ? null : limit.measured_va / limit.va;

/** Those in force, the nearest to being passed first, then the others. */
export function inOrder(limits: Limit[]): Limit[] {
  return [...limits].sort((a, b) =>
    Number(b.in_force) - Number(a.in_force) || (share(b) ?? -1) - (share(a) ?? -1) || (a.phase ?? 0) - (b.phase ?? 0));
}

export interface Next { id: string; from: string; to: string | null; va: number | null }

/** What will change by itself: orders that end, and caps that Ecowatt's published hours bring. */
export function nextOf(limit: Limit, ecowatt: Ecowatt, now: number): Next | null {
  if (limit.ordered)
    return limit.until ? { id: limit.id, from: limit.until, to: null, va: limit.configured_va } : null;
  if (limit.ecowatt_level === null || limit.configured_va === null)
    return null;
  const hours = ecowatt.days.flatMap((day) => day.hours).filter((hour) => Date.parse(hour.to) > now);
  const tense = (level: number) => level >= limit.ecowatt_level!;
  const first = hours.findIndex((hour) => tense(hour.level));
  if (first < 0)
    return null;
  let last = first;
  while (last + 1 < hours.length && tense(hours[last + 1]!.level) && hours[last + 1]!.from === hours[last]!.to)
    last++;
  if (Date.parse(hours[first]!.from) <= now)
    return { id: limit.id, from: hours[last]!.to, to: null, va: null };
  return { id: limit.id, from: hours[first]!.from, to: hours[last]!.to, va: limit.configured_va };
}

export interface Effect { time: string | null; expected_va: number; measured_va: number }

/** Of each load the last switching whose effect the meter showed; the journal is newest first. */
export function effectsOf(journal: JournalItem[]): Map<string, Effect> {
  const effects = new Map<string, Effect>();
  for (const item of journal) {
    if (!isNotice(item) || item.notice !== 'effect' || !item.load || effects.has(item.load))
      continue;
    if (item.expected_va !== undefined && item.measured_va !== undefined)
      effects.set(item.load, { time: item.time, expected_va: item.expected_va, measured_va: item.measured_va });
  }
  return effects;
}

/** Those that a household may think of: from the smallest up to twice the first that was never passed. */
export function sizes(trials: PowerTrials): PowerTrial[] {
  const free = trials.powers.find((p) => p.overruns === 0)?.power_kva ?? Infinity;
  return trials.powers.filter((p) => p.own || p.power_kva <= 2 * free);
}

const YEAR_S = 365.25 * 86_400;

/** So often a year; null where a month was not measured: a day of it says nothing of a year. */
export const perYear = (count: number, trials: PowerTrials): number | null =>
  trials.measured_s >= 30 * 86_400 ? (count * YEAR_S) / trials.measured_s : null;
