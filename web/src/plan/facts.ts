/* What Prévisions & plan shows, worked out from what the daemon tells: pure. */
import type { Plan, PlanAction, PlanCost, PlanLoad } from '../api/types';
import type { Bar } from '../grid/facts';

/** A plan that is there, with its series. */
export type Planned = Plan & Required<Pick<Plan,
  'made' | 'from' | 'step_s' | 'priced' | 'price_eur_per_kwh' | 'forecast' | 'limits' | 'base_w' | 'sun_w' | 'import_w' | 'loads' | 'actions' | 'plan' | 'thermostat'>>;

export const isPlanned = (plan: Plan): plan is Planned => plan.state === 'planned' && !!plan.from && !!plan.loads;

export const madeOf = (plan: Planned) => Date.parse(plan.made);
/** It is made anew at each step: one that missed two of them is not. */
export const isOld = (plan: Planned, now: number) => now - madeOf(plan) > 2 * stepMs(plan);
export const startOf = (plan: Planned) => Date.parse(plan.from);
export const stepMs = (plan: Planned) => plan.step_s * 1000;
export const endOf = (plan: Planned) => startOf(plan) + plan.price_eur_per_kwh.length * stepMs(plan);

/** Steps of one price as one bar: a ribbon of hours, not of quarters. */
export function priceBars(plan: Planned): Bar[] {
  const bars: Bar[] = [];
  plan.price_eur_per_kwh.forEach((value, k) => {
    const from = startOf(plan) + k * stepMs(plan);
    const last = bars.at(-1);
    if (last && last.value === value)
      last.to = from + stepMs(plan);
    else
      bars.push({ from, to: from + stepMs(plan), value });
  });
  return bars;
}

/** The actions of a load that are not over. */
export const actionsOf = (plan: Planned, load: string, now: number): PlanAction[] =>
  plan.actions.filter((a) => a.load === load && Date.parse(a.to) > now);

/** What the plan saves against thermostats alone, comfort that gives way, wear and what is stored counted on both sides. */
export function saved(plan: Planned): { paid: number; comfort: number; all: number } {
  const paid = plan.thermostat.paid_eur - plan.plan.paid_eur;
  const comfort = plan.thermostat.comfort_eur - plan.plan.comfort_eur;
  const beside = (of: PlanCost) => of.wear_eur - of.stored_eur;
  return { paid, comfort, all: paid + comfort + beside(plan.thermostat) - beside(plan.plan) };
}

export interface Drawing { line: string; band: string; low: number; high: number }

/** The level of a load and its band as paths, in a box of that size; null: nothing to draw. */
export function drawLevel(load: PlanLoad, width: number, height: number): Drawing | null {
  const all = [...load.level, ...load.low, ...load.high];
  const n = load.level.length;
  if (n < 2)
    return null;
  const low = Math.min(...all), high = Math.max(...all);
  const span = high - low || 1;
  const x = (k: number) => Math.round((k / (n - 1)) * width * 10) / 10;
  const y = (value: number) => Math.round((height - ((value - low) / span) * height) * 10) / 10;
  const path = (values: number[]) => values.map((value, k) => `${x(k)} ${y(value)}`).join('L');
  const back = load.low.map((value, k) => `${x(k)} ${y(value)}`).reverse().join('L');
  return { line: `M${path(load.level)}`, band: `M${path(load.high)}L${back}Z`, low, high };
}

/** A series as a path from bottom to top of a box of that size; "": nothing to draw. */
export function drawSeries(values: number[], low: number, high: number, width: number, height: number): string {
  if (values.length < 2)
    return '';
  const place = (value: number, k: number) =>
    `${Math.round((k / (values.length - 1)) * width * 10) / 10} ${Math.round((height - ((value - low) / (high - low)) * height) * 10) / 10}`;
  return `M${values.map(place).join('L')}`;
}

/** Where a load runs, as parts of the width: from, and how wide. */
export function runsOf(load: PlanLoad, width: number): { x: number; width: number }[] {
  const n = load.power_w.length;
  const out: { x: number; width: number }[] = [];
  load.power_w.forEach((w, k) => {
    if (w <= 0)
      return;
    const last = out.at(-1);
    const x = (k / n) * width, wide = width / n;
    if (last && Math.abs(last.x + last.width - x) < 1e-6)
      last.width += wide;
    else
      out.push({ x, width: wide });
  });
  return out;
}

/** The instants that a scale of the plan's time names, both ends and what is between. */
export const scaleOf = (plan: Planned): number[] =>
  [0, 1, 2, 3, 4].map((i) => startOf(plan) + ((endOf(plan) - startOf(plan)) * i) / 4);

export const minuteClock = (minute: number) =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;

/** The next instant, from `now` on, at which the site's clocks show that time ("07:00"). */
export function nextAt(time: string, now: number, zone: string): number {
  const shown = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  const first = now - (now % 60_000) + 60_000;
  for (let at = first; at < first + 26 * 3_600_000; at += 60_000)
    if (shown.format(at) === time)
      return at;
  return first; /* a time that no clock shows within a day */
}
