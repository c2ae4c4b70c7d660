/* Numbers as people read them, in French and English. Written here rather than asked from Intl,
 * so that every browser shows the same and the tests can say what. */

export type Lang = 'fr' | 'en';

const NNBSP = '\u202f';
const NBSP = '\u00a0';
const MINUS = '\u2212';
/** Shown where nothing was measured; never 0. */
export const NOTHING = '\u2014';

export function number(value: number, decimals: number, lang: Lang): string {
  if (!Number.isFinite(value))
    return NOTHING;
  const fixed = Math.abs(value).toFixed(decimals);
  const [whole = '0', fraction] = fixed.split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, lang === 'fr' ? NNBSP : ',');
  const text = fraction ? grouped + (lang === 'fr' ? ',' : '.') + fraction : grouped;
  return value < 0 && Number(fixed) !== 0 ? MINUS + text : text;
}

export interface Quantity { value: string; unit: string }

function scaled(value: number, unit: string, decimals: number, lang: Lang): Quantity {
  if (Math.abs(Math.round(value)) < 1000)
    return { value: number(Math.round(value), 0, lang), unit };
  const kilo = value / 1000;
  const shown = Math.abs(kilo) >= 100 ? Math.min(decimals, 1) : decimals;
  return { value: number(kilo, shown, lang), unit: 'k' + unit };
}

const none: Quantity = { value: NOTHING, unit: '' };
const known = (v: number | null | undefined): v is number => typeof v === 'number' && Number.isFinite(v);

/** Power is in watts, or in volt-amperes of a meter that says nothing else. */
export type PowerUnit = 'W' | 'VA';

export const powerOf = (w: number | null | undefined, lang: Lang, unit: PowerUnit = 'W') =>
  (known(w) ? scaled(w, unit, 2, lang) : none);
export const energyOf = (wh: number | null | undefined, lang: Lang) => (known(wh) ? scaled(wh, 'Wh', 1, lang) : none);

/** Rated or round powers: no zeros that claim a precision nobody measured. */
export function nominal(w: number | null | undefined, lang: Lang, unit: PowerUnit = 'W'): string {
  if (!known(w))
    return NOTHING;
  if (Math.abs(Math.round(w)) < 1000)
    return number(Math.round(w), 0, lang) + NBSP + unit;
  const kilo = Math.round(w / 10) / 100;
  const decimals = Number.isInteger(kilo) ? 0 : Number.isInteger(Math.round(kilo * 100) / 10) ? 1 : 2;
  return number(kilo, decimals, lang) + NBSP + 'k' + unit;
}

export const join = (q: Quantity) => (q.unit ? q.value + NBSP + q.unit : q.value);
export const power = (w: number | null | undefined, lang: Lang, unit: PowerUnit = 'W') =>
  join(powerOf(w, lang, unit));
export const energy = (wh: number | null | undefined, lang: Lang) => join(energyOf(wh, lang));

/** kVA is for limits: whole when it is whole. */
export function apparent(va: number, lang: Lang): string {
  const kva = va / 1000;
  const decimals = Number.isInteger(kva) ? 0 : 1;
  return number(kva, decimals, lang) + NBSP + 'kVA';
}

export function measure(value: number | null | undefined, unit: string, decimals: number, lang: Lang): string {
  return known(value) ? number(value, decimals, lang) + NBSP + unit : NOTHING;
}

function euros(value: number | null | undefined, decimals: number, lang: Lang): string {
  if (!known(value))
    return NOTHING;
  const text = number(Math.abs(value), decimals, lang);
  const sign = value < 0 && Number(value.toFixed(decimals)) !== 0 ? MINUS : '';
  return lang === 'fr' ? sign + text + NBSP + '€' : sign + '€' + text;
}

export const money = (eur: number | null | undefined, lang: Lang) => euros(eur, 2, lang);
export const price = (eur: number | null | undefined, lang: Lang) =>
  known(eur) ? euros(eur, 4, lang) + '/kWh' : NOTHING;

export const percent = (ratio: number, lang: Lang) =>
  number(Math.round(ratio * 100), 0, lang) + (lang === 'fr' ? NBSP : '') + '%';
