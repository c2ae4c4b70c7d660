/* The contract that a person writes in the form, as the file that the daemon checks: pure. The form
 * itself stays in the file as a comment, so that it can be taken up again. */

export type Kind = 'base' | 'hphc' | 'periods' | 'spot';
export type Days = 'all' | 'mon-fri' | 'mon-sat' | 'sat,sun' | 'sun';
export type Holiday = 'any' | 'only' | 'never';

/** When a period of its own applies: "07:00-11:00, 17:00-22:00"; the season's days as 01/11. */
export interface FormSlot { hours: string; days: Days; holiday: Holiday; from: string; to: string }
/** The first period has no slots: it is all the rest. */
export interface FormPeriod { name: string; slots: FormSlot[] }
/** Prices from one date on, as typed: a comma will do. */
export interface FormPrice { from: string; energy: Record<string, string>; month: string }
export interface FormCharge { id: string; unit: 'kwh' | 'year'; amount: string; vat: 'energy' | 'subscription' }
export interface FormSpot { factor: string; loss: string; fee: string; tax: string }
export interface FormProfessional { on: boolean; tan_phi: string; reactive: string; hours: string; from: string; to: string; per_hour: string; per_kva: string }

export interface ContractForm {
  name: string;
  kva: string;
  kind: Kind;
  /** Of hphc: 22:30-06:30, 13:00-14:00 */
  hours: string;
  periods: FormPeriod[];
  spot: FormSpot;
  /** Whether prices are with all taxes. */
  taxed: boolean;
  vat: { energy: string; subscription: string };
  charges: FormCharge[];
  professional: FormProfessional;
  feed_in: string;
  prices: FormPrice[];
}

/** What is wrong with a field, by its id. */
export type FieldFault = 'number' | 'percent' | 'hours' | 'day' | 'date' | 'missing' | 'twice';
export type FieldFaults = Record<string, FieldFault>;

export const KVA = ['3', '6', '9', '12', '15', '18', '24', '30', '36'];
export const CHARGES = ['turpe_fixe', 'turpe', 'accise', 'cta', 'autre'];
export const DAYS: readonly Days[] = ['all', 'mon-fri', 'mon-sat', 'sat,sun', 'sun'];
export const HOLIDAYS: readonly Holiday[] = ['any', 'only', 'never'];
export const PERIODS_MAX = 12;
const ID_MAX = 19;

export const emptyPrice = (from: string): FormPrice => ({ from, energy: {}, month: '' });
export const emptySlot = (): FormSlot => ({ hours: '', days: 'all', holiday: 'any', from: '', to: '' });
export const emptyCharge = (id: string): FormCharge =>
  ({ id, unit: id === 'turpe_fixe' || id === 'cta' ? 'year' : 'kwh', amount: '', vat: id === 'turpe_fixe' || id === 'cta' ? 'subscription' : 'energy' });
export const emptyForm = (today: string): ContractForm => ({
  name: '', kva: '6', kind: 'base', hours: '22:00-06:00',
  periods: [{ name: 'Heures pleines', slots: [] }, { name: 'Heures creuses', slots: [emptySlot()] }],
  spot: { factor: '1', loss: '', fee: '', tax: '' },
  taxed: true, vat: { energy: '20', subscription: '20' }, charges: [],
  professional: { on: false, tan_phi: '0,4', reactive: '', hours: '06:00-22:00', from: '01/11', to: '31/03', per_hour: '', per_kva: '' },
  feed_in: '', prices: [emptyPrice(`${today.slice(0, 8)}01`)],
});

/* --- the periods ---------------------------------------------------------------------------- */

const plain = (name: string) => name.normalize('NFD').replace(/[\u0300-\u036f]/g, '').toLowerCase()
  .replace(/[^a-z0-9]+/g, '_').replace(/^_+|_+$/g, '').slice(0, ID_MAX).replace(/_+$/, '');

/** What the file calls the periods: their names, plainly, each once. */
export function idsOf(form: ContractForm): string[] {
  if (form.kind === 'hphc')
    return ['hp', 'hc'];
  if (form.kind !== 'periods')
    return ['base'];
  const ids: string[] = [];
  form.periods.forEach((period, n) => {
    const id = plain(period.name);
    ids.push(id && !ids.includes(id) ? id : `p${n + 1}`);
  });
  return ids;
}

/* --- the file ------------------------------------------------------------------------------- */

/* What is left out stays so: the daemon says what is missing, and no price becomes 0. */
const decimal = (text: string) => text.trim().replace(',', '.');

/** A JSON string is a YAML one too. */
const quoted = (text: string) => JSON.stringify(text.trim());

const windows = (text: string) => text.split(/[,;]/).map((one) => one.trim()).filter(Boolean).join(', ');

/** "01/11" is the first of November in both languages; the file has the month first. */
const monthDay = (text: string) => {
  const found = /^(\d{1,2})[/.](\d{1,2})$/.exec(text.trim());
  return found ? `${found[2]?.padStart(2, '0')}-${found[1]?.padStart(2, '0')}` : text.trim();
};
const season = (from: string, to: string) => from.trim() || to.trim() ? `${monthDay(from)}/${monthDay(to)}` : '';

/** Seven percent are 0.07, exactly. */
export function ofPercent(text: string): string {
  const found = /^(\d+)(?:\.(\d+))?$/.exec(decimal(text));
  if (!found)
    return decimal(text);
  const whole = (found[1] ?? '').padStart(3, '0');
  return `${whole.slice(0, -2)}.${whole.slice(-2)}${found[2] ?? ''}`.replace(/^0+(?=\d)/, '').replace(/\.?0+$/, '');
}

const list = (fields: readonly (readonly [string, string])[]) =>
  fields.filter(([, value]) => value.trim() !== '').map(([key, value]) => `${key}: ${value}`).join(', ');

function slotLine(id: string, slot: FormSlot): string {
  const hours = windows(slot.hours);
  return `  - {${list([
    ['period', id], ['hours', hours && `[${hours}]`], ['days', slot.days === 'all' ? '' : slot.days.includes(',') ? quoted(slot.days) : slot.days],
    ['season', season(slot.from, slot.to)], ['holiday', slot.holiday === 'any' ? '' : slot.holiday],
  ])}}`;
}

function slotLines(form: ContractForm): string[] {
  if (form.kind === 'hphc')
    return ['slots:', `  - {period: hc, hours: [${windows(form.hours)}]}`];
  if (form.kind !== 'periods')
    return [];
  const ids = idsOf(form);
  const lines = form.periods.flatMap((period, n) => period.slots.map((slot) => slotLine(ids[n] ?? '', slot)));
  return lines.length ? ['slots:', ...lines] : [];
}

function taxLines(form: ContractForm, first: string): string[] {
  const vat = list([['from', first], ['subscription', decimal(form.vat.subscription)], ['energy', decimal(form.vat.energy)]]);
  const lines = form.taxed ? [] : ['tax: excluded', 'vat:', `  - {${vat}}`];
  if (form.charges.length)
    lines.push('charges:', ...form.charges.map((charge) => `  - {${list([
      ['id', quoted(charge.id)], [charge.unit === 'kwh' ? 'per_kwh' : 'per_year', decimal(charge.amount) || ' '],
      ['vat', form.taxed ? '' : charge.vat]])}}`));
  return lines;
}

function professionalLines(p: FormProfessional): string[] {
  if (!p.on)
    return [];
  return ['professional:', `  {${list([
    ['tan_phi', decimal(p.tan_phi)], ['reactive', decimal(p.reactive)], ['reactive_hours', p.hours.trim()],
    ['reactive_season', season(p.from, p.to)], ['overrun_per_hour', decimal(p.per_hour)], ['overrun_per_kva', decimal(p.per_kva)]])}}`];
}

function row(form: ContractForm, price: FormPrice, source: string): string {
  const ids = form.kind === 'spot' ? [] : idsOf(form);
  const energy = ids.map((id) => `${id}: ${decimal(price.energy[id] ?? '')}`).join(', ');
  const sold = form.feed_in.trim() ? `, feed_in: ${decimal(form.feed_in)}` : '';
  return `  - {from: ${price.from}, prices: {${energy}}, subscription_per_month: ${decimal(price.month)}${sold}, source: ${quoted(source)}}`;
}

/** The rows of the file in their order: the newest last. */
const sorted = (form: ContractForm) => form.prices.map((price, n) => ({ price, n })).sort((a, b) => a.price.from.localeCompare(b.price.from));

const MARK = '# form: ';

/** `source` says where the prices come from, in each row. */
export function yamlOf(form: ContractForm, source: string): string {
  const rows = sorted(form);
  const ids = idsOf(form);
  const holidays = form.kind === 'periods' && form.periods.some((period) => period.slots.some((slot) => slot.holiday !== 'any'));
  const { factor, loss, fee, tax } = form.spot;
  return [
    `name: ${quoted(form.name || 'Mon contrat')}`,
    `power_kva: ${decimal(form.kva)}`,
    `periods: [${ids.join(', ')}]`,
    `rest: ${ids[0] ?? 'base'}`,
    ...(holidays ? ['holidays: fr'] : []),
    ...slotLines(form),
    ...(form.kind === 'spot' ? [`spot: {${list([['period', 'base'], ['factor', decimal(factor)], ['loss', ofPercent(loss)], ['fee', decimal(fee)], ['tax', decimal(tax)]])}}`] : []),
    ...taxLines(form, rows[0]?.price.from ?? ''),
    ...professionalLines(form.professional),
    'rows:',
    ...rows.map(({ price }) => row(form, price, source)),
    `${MARK}${JSON.stringify({ form, source })}`,
    '',
  ].join('\n');
}

/** The form that a file was written with; null where it was written, or changed, by hand. */
export function formOf(yaml: string): { form: ContractForm; source: string } | null {
  const line = yaml.split('\n').find((one) => one.startsWith(MARK));
  try {
    const kept = JSON.parse((line ?? '').slice(MARK.length)) as { form: ContractForm; source: string };
    return yamlOf(kept.form, kept.source) === yaml ? kept : null;
  } catch {
    return null;
  }
}

/* --- what is wrong with it ------------------------------------------------------------------ */

const isNumber = (text: string) => /^-?\d+(\.\d{1,6})?$/.test(decimal(text));
const isHours = (text: string) => text.split(/[,;]/).every((one) => {
  const found = /^\s*(\d{2}):(\d{2})-(\d{2}):(\d{2})\s*$/.exec(one);
  return found !== null && found.slice(1).every((part, n) => Number(part) <= (n % 2 ? 59 : 24));
});
const LENGTHS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const isDay = (text: string) => {
  const found = /^(\d{1,2})[/.](\d{1,2})$/.exec(text.trim());
  const length = LENGTHS[Number(found?.[2] ?? 0) - 1];
  return length !== undefined && Number(found?.[1]) >= 1 && Number(found?.[1]) <= length;
};

/** Collects what does not read as it should. */
class Checking {
  readonly found: FieldFaults = {};
  private fault(id: string, fault: FieldFault) { this.found[id] ??= fault; }
  number(id: string, text: string, needed = true) {
    if (!text.trim()) {
      if (needed)
        this.fault(id, 'missing');
    } else if (!isNumber(text)) {
      this.fault(id, 'number');
    }
  }
  percent(id: string, text: string, needed = true) {
    this.number(id, text, needed);
    const value = Number(decimal(text));
    if (text.trim() && isNumber(text) && (value < 0 || value > 100))
      this.fault(id, 'percent');
  }
  hours(id: string, text: string, needed = true) {
    if (!text.trim()) {
      if (needed)
        this.fault(id, 'missing');
    } else if (!isHours(text)) {
      this.fault(id, 'hours');
    }
  }
  season(id: string, from: string, to: string) {
    if (!from.trim() && !to.trim())
      return;
    if (!isDay(from))
      this.fault(`${id}-from`, 'day');
    if (!isDay(to))
      this.fault(`${id}-to`, 'day');
  }
  need(id: string, text: string) {
    if (!text.trim())
      this.fault(id, 'missing');
  }
  once(ids: readonly string[], texts: readonly string[]) {
    texts.forEach((text, n) => {
      if (text && texts.indexOf(text) < n)
        this.fault(ids[n] ?? '', 'twice');
    });
  }
}

function checkPeriods(form: ContractForm, check: Checking) {
  form.periods.forEach((period, p) => {
    check.need(`c-period-${p}`, period.name);
    period.slots.forEach((slot, k) => {
      check.hours(`c-slot-${p}-${k}-hours`, slot.hours, false);
      check.season(`c-slot-${p}-${k}`, slot.from, slot.to);
    });
  });
  check.once(form.periods.map((_, p) => `c-period-${p}`), form.periods.map((period) => plain(period.name)));
}

function checkTaxes(form: ContractForm, check: Checking) {
  if (!form.taxed) {
    check.percent('c-vat-energy', form.vat.energy);
    check.percent('c-vat-subscription', form.vat.subscription);
  }
  form.charges.forEach((charge, n) => {
    check.need(`c-charge-${n}-id`, charge.id);
    check.number(`c-charge-${n}-amount`, charge.amount);
  });
  const p = form.professional;
  if (!p.on)
    return;
  check.number('c-pro-tan', p.tan_phi, false);
  check.number('c-pro-reactive', p.reactive, false);
  check.hours('c-pro-hours', p.hours, false);
  check.season('c-pro', p.from, p.to);
  check.number('c-pro-hour', p.per_hour, false);
  check.number('c-pro-kva', p.per_kva, false);
}

/** What can be seen without the daemon, which has the last word. */
export function faultsOf(form: ContractForm): FieldFaults {
  const check = new Checking();
  if (form.kind === 'hphc')
    check.hours('c-hours', form.hours);
  if (form.kind === 'periods')
    checkPeriods(form, check);
  if (form.kind === 'spot') {
    check.number('c-spot-factor', form.spot.factor);
    check.percent('c-spot-loss', form.spot.loss, false);
    check.number('c-spot-fee', form.spot.fee, false);
    check.number('c-spot-tax', form.spot.tax, false);
  }
  checkTaxes(form, check);
  form.prices.forEach((price, n) => {
    check.need(`c-from-${n}`, price.from);
    if (form.kind !== 'spot')
      idsOf(form).forEach((id, k) => check.number(`c-price-${n}-${k}`, price.energy[id] ?? ''));
    check.number(`c-month-${n}`, price.month);
  });
  check.once(form.prices.map((_, n) => `c-from-${n}`), form.prices.map((price) => price.from));
  check.number('c-feed', form.feed_in, false);
  return check.found;
}

/* --- what the daemon finds ------------------------------------------------------------------ */

/** Which field of the form a line of the daemon's answer is about: "contract.yaml:9:26: charges[0].per_kwh: …". */
export function fieldOf(form: ContractForm, line: string): { id: string | null; words: string } {
  const found = /^[^:]*:\d+(?::\d+)?: ([\w.[\]]+): (.*)$/.exec(line);
  const path = found?.[1] ?? '';
  const words = found?.[2] ?? line;
  const at = Number(/\[(\d+)\]/.exec(path)?.[1] ?? 0);
  const key = path.split('.').pop() ?? '';
  const rows = sorted(form);
  const n = rows[at]?.n ?? at;
  const fixed: Record<string, string> = {
    'name': 'c-name', 'power_kva': 'c-kva', 'spot.factor': 'c-spot-factor', 'spot.loss': 'c-spot-loss', 'spot.fee': 'c-spot-fee', 'spot.tax': 'c-spot-tax',
    'vat[0].energy': 'c-vat-energy', 'vat[0].subscription': 'c-vat-subscription', 'professional.tan_phi': 'c-pro-tan',
    'professional.reactive': 'c-pro-reactive', 'professional.reactive_hours': 'c-pro-hours', 'professional.reactive_season': 'c-pro-from',
    'professional.overrun_per_hour': 'c-pro-hour', 'professional.overrun_per_kva': 'c-pro-kva',
  };
  if (fixed[path])
    return { id: fixed[path] ?? null, words };
  if (/^charges\[/.test(path))
    return { id: `c-charge-${at}-${key === 'id' ? 'id' : 'amount'}`, words };
  if (/^rows\[/.test(path) && /^rows\[\d+\]\.prices\./.test(path))
    return { id: `c-price-${n}-${idsOf(form).indexOf(key)}`, words };
  if (/^rows\[/.test(path))
    return { id: key === 'from' ? `c-from-${n}` : key === 'feed_in' ? 'c-feed' : `c-month-${n}`, words };
  if (/^slots\[/.test(path))
    return { id: slotField(form, at, path), words };
  return { id: null, words: path ? `${path}: ${words}` : words };
}

function slotField(form: ContractForm, at: number, path: string): string | null {
  if (form.kind === 'hphc')
    return 'c-hours';
  const all = form.periods.flatMap((period, p) => period.slots.map((_, k) => `c-slot-${p}-${k}`));
  const slot = all[at];
  return slot === undefined ? null : `${slot}-${/season/.test(path) ? 'from' : 'hours'}`;
}
