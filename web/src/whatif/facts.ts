/* What Et si ? asks and shows, worked out from what is typed and told: pure. */
import type { WhatIf, WhatIfItem } from '../api/whatif';

export interface Wish {
  pv: string;
  battery: string;
  /** Per cent of what the zones lose that they would lose no more. */
  spared: string;
  /** Kelvins more or less. */
  setpoint: string;
  /** kWp of the panels that are there; empty: as configured. */
  own: string;
  contract: string;
  kva: string;
  /** kWh a year of a kWp. */
  yields: string;
  /** g a kWh of the grid; empty: not counted. */
  co2: string;
}

export const SCENARIOS_MAX = 16;

/** "0; 3 ; −4,5" as numbers; null where one is none. In French the comma is of the number. */
export function listOf(text: string): number[] | null {
  const words = text.split(/[;\s]+/).filter((word) => word !== '').map((word) => word.replace('−', '-').replace(',', '.'));
  const numbers = words.map((word) => (/^[+-]?\d+(\.\d{1,3})?$/.test(word) ? Number(word) : NaN));
  return numbers.some(Number.isNaN) ? null : numbers;
}

type Wrong = 'pv' | 'battery' | 'kva' | 'yields' | 'own' | 'spared' | 'setpoint' | 'co2' | 'many';

/** The path to ask, or which field can't be understood. */
export function pathOf(wish: Wish): { path: string } | { wrong: Wrong } {
  const pv = listOf(wish.pv);
  const battery = listOf(wish.battery);
  const kva = listOf(wish.kva);
  const yields = listOf(wish.yields);
  const co2 = listOf(wish.co2);
  const own = listOf(wish.own);
  const spared = listOf(wish.spared);
  const setpoint = listOf(wish.setpoint);
  if (!pv || pv.some((n) => n < 0 || n > 1000))
    return { wrong: 'pv' };
  if (!battery || battery.some((n) => n < 0 || n > 1000))
    return { wrong: 'battery' };
  if (!kva || kva.some((n) => n <= 0 || n > 250))
    return { wrong: 'kva' };
  if (!yields || yields.length > 1 || yields.some((n) => n < 100 || n > 3000 || !Number.isInteger(n)))
    return { wrong: 'yields' };
  if (!own || own.length > 1 || own.some((n) => n < 0 || n > 1000))
    return { wrong: 'own' };
  if (!spared || spared.some((n) => n < -100 || n > 90))
    return { wrong: 'spared' };
  if (!setpoint || setpoint.some((n) => Math.abs(n) > 5))
    return { wrong: 'setpoint' };
  if (!co2 || co2.length > 1 || co2.some((n) => n < 0 || n > 2000))
    return { wrong: 'co2' };
  const many = [pv, battery, kva, spared, setpoint].reduce((all, list) => all * Math.max(1, list.length), 1);
  if (many > SCENARIOS_MAX)
    return { wrong: 'many' };
  const query = [
    ...(pv.length ? [`pv_kwp=${pv}`] : []), ...(battery.length ? [`battery_kwh=${battery}`] : []),
    ...(wish.contract ? [`contract=${encodeURIComponent(wish.contract)}`] : []), ...(kva.length ? [`kva=${kva}`] : []),
    ...(yields.length && pv.length ? [`pv_yield=${yields}`] : []),
    ...(own.length ? [`own_kwp=${own}`] : []),
    ...(spared.length ? [`insulation=${spared.map((n) => Number((1 - n / 100).toFixed(3)))}`] : []),
    ...(setpoint.length ? [`setpoint_k=${setpoint}`] : []),
    ...(co2.length ? [`co2=${co2}`] : []),
  ];
  return { path: `/whatif${query.length ? '?' + query.join('&') : ''}` };
}

const YEAR_DAYS = 365.25;
const SHORT_DAYS = 330; /* less than all seasons */

export const isShort = (told: WhatIf): boolean => told.days < SHORT_DAYS;

/** Of the span that was measured, a year's. */
export const perYear = (eur: number, told: WhatIf): number => eur * YEAR_DAYS / told.days;

/** Whether what is paid for is all that saves: of walls nobody said a price, and a set point has none. */
export const isPaidFor = (item: WhatIfItem): boolean => item.insulation === 1 && item.setpoint_k === 0;

/** Years until a price is paid back; null: never, or nothing is known. */
export function payBack(item: WhatIfItem, price: number, told: WhatIf): number | null {
  const saved = perYear(item.saving_eur ?? 0, told);
  return price > 0 && saved > 0 ? price / saved : null;
}

/** Some of its zones are lived again. */
export const heats = (told: WhatIf): boolean => told.heating !== null && told.heating.zones.some((zone) => zone.known);

const UNSEEN_SHARE = 0.1;

/** kWh that the zones would have needed beyond what the house drew, if that is much of what they need; else 0. */
export const unseen = (told: WhatIf): number =>
  told.heating && told.heating.unseen_kwh > UNSEEN_SHARE * (told.base.heating_kwh ?? 0) ? told.heating.unseen_kwh : 0;

/** The price of an item: of each kWp and of each kWh. */
export const priceOf = (item: WhatIfItem, perKwp: number, perKwh: number): number =>
  item.pv_kwp * perKwp + item.battery_kwh * perKwh;

/** What saves most a year as warm as today, or else at all; null: nothing does. */
export function best(told: WhatIf): WhatIfItem | null {
  const all = told.items.filter((item) => item.fault === null && (item.saving_eur ?? 0) > 0);
  const warm = all.filter((item) => item.setpoint_k >= 0);
  const saving = warm.length ? warm : all;
  return saving.reduce<WhatIfItem | null>((most, item) => (most && (most.saving_eur ?? 0) >= (item.saving_eur ?? 0) ? most : item), null);
}

/** What differs from today: the case without anything is the row of today. */
export const changes = (told: WhatIf): WhatIfItem[] =>
  told.items.filter((item) => item.pv_kwp > 0 || item.battery_kwh > 0 || item.insulation !== 1 || item.setpoint_k !== 0 || !item.own);
