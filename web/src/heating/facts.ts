/* What Chauffage shows, worked out from what the daemon tells: pure. */
import type { PlanLoad } from '../api/types';
import type { Planned } from '../plan/facts';
import type { Zone, ZoneTime } from '../api/zones';

export const SET_MIN = 5, SET_MAX = 35, SET_STEP = 0.1;

/** A set point that can be asked for; null: it is none. */
export function setOf(text: string): number | null {
  const value = Number(text.replace(',', '.'));
  return text.trim() !== '' && Number.isFinite(value) && value >= SET_MIN && value <= SET_MAX ? value : null;
}

/** Days that follow each other as one stretch: [1,2,3,4,5] → [[1, 5]]. */
export function stretches(weekdays: number[]): [number, number][] {
  const out: [number, number][] = [];
  for (const day of [...weekdays].sort((a, b) => a - b)) {
    const last = out.at(-1);
    if (last && last[1] === day - 1)
      last[1] = day;
    else
      out.push([day, day]);
  }
  return out;
}

/** The schedule in the order of the day, those of more days first. */
export const inOrder = (schedule: ZoneTime[]): ZoneTime[] =>
  [...schedule].sort((a, b) => b.weekdays.length - a.weekdays.length || (a.weekdays[0] ?? 0) - (b.weekdays[0] ?? 0) || a.minute - b.minute);

/** What the plan makes of a zone; undefined: it is not planned. */
export const planOf = (plan: Planned | null, zone: Zone): PlanLoad | undefined =>
  plan?.loads.find((load) => load.kind === 'heating' && zone.loads.includes(load.load));

/** Energy that the plan gives it in the coming day, Wh. */
export const plannedWh = (load: PlanLoad, step_s: number): number =>
  (load.power_w.reduce((sum, w) => sum + w, 0) * step_s) / 3600;
