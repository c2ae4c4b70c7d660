/* A rule in a form: what was typed, what is wrong with it, and the YAML that the daemon reads. */
import type { DayCode, Rule, RuleText, RuleWhen, WhenKind } from '../api/rules';
import { textOf } from '../api/rules';
import { settingOf, type Order } from '../api/settings';
import type { Load, LoadPower } from '../api/types';

export const WHENS_MAX = 4;
export const KINDS: readonly WhenKind[] = ['surplus', 'price', 'cheapest', 'time', 'day', 'ecowatt', 'presence', 'order', 'co2', 'outdoor', 'overrun', 'value'];

const isOutlook = (kind: WhenKind) => kind === 'co2' || kind === 'outdoor' || kind === 'overrun';

/** What a site can tell: no order where no limit takes one, no price or day without a contract. */
export const kindsOf = (site: { limits: number; contract: boolean; outlooks?: WhenKind[] | undefined }): WhenKind[] =>
  KINDS.filter((kind) => (isOutlook(kind) ? site.outlooks?.includes(kind) : kind === 'order' ? site.limits > 0 : kind === 'price' || kind === 'cheapest' || kind === 'day' ? site.contract : true));

/** Everything as it was typed; what a kind has no use for stays for when it is picked again. */
export interface WhenForm {
  kind: WhenKind;
  device: string;
  quantity: string;
  below: boolean;
  value: string;
  level: string;
  from: string;
  to: string;
  days: number[];
  for_min: string;
  /** Of a rule that is changed; '' as usual. */
  hysteresis: string;
  day: DayCode;
  which: 'today' | 'tomorrow' | 'ahead';
  ahead: string;
  away: boolean;
  limit: string;
}

/** What a load is asked for: on, off, an order of its pilot wire, or so many watts or amperes. */
export type Ask = LoadPower | Order | 'setpoint';

export interface RuleForm {
  name: string;
  when: WhenForm[];
  unless: WhenForm[];
  load: string;
  then: Ask;
  /** Of `setpoint`: so much, in A of a load that counts in amperes, else in W. */
  setpoint: string;
  amperes: boolean;
  otherwise: boolean;
  least_min: string;
  most_min: string;
  priority: string;
}

export type FaultKey = 'fault.name' | 'fault.taken' | 'fault.number' | 'fault.time' | 'fault.day' | 'fault.device' | 'fault.minutes'
  | 'fault.load' | 'fault.most' | 'fault.hours' | 'fault.limit';

const VALUES: Record<WhenKind, string> = { surplus: '1500', price: '0,15', time: '', ecowatt: '', value: '19', cheapest: '4', day: '', presence: '', order: '',
  co2: '60', outdoor: '0', overrun: '' };

export const emptyWhen = (kind: WhenKind): WhenForm => ({
  kind, device: '', quantity: '', below: kind === 'price' || kind === 'value' || kind === 'co2' || kind === 'outdoor', value: VALUES[kind], level: '2',
  from: '22:00', to: '06:00', days: [1, 2, 3, 4, 5, 6, 7], for_min: kind === 'surplus' ? '5' : '', hysteresis: '',
  day: 'red', which: kind === 'day' || kind === 'outdoor' ? 'tomorrow' : 'today', ahead: kind === 'overrun' ? '6' : '', away: true, limit: '',
});

export const emptyForm = (load: string): RuleForm => ({
  name: '', when: [emptyWhen('surplus')], unless: [], load, then: 'fed', setpoint: '', amperes: false, otherwise: true, least_min: '20', most_min: '', priority: '5',
});

/** The id that a name makes: what the journal and the address have. */
export const idOf = (name: string): string =>
  name.normalize('NFD').replace(/[\u0300-\u036f]/g, '').toLowerCase().replace(/[^a-z0-9_-]+/g, '_').replace(/^_+|_+$/g, '').slice(0, 31);

const numberOf = (text: string): number => (/^-?\d+([.,]\d+)?$/.test(text.trim()) ? Number(text.trim().replace(',', '.')) : NaN);
const minutesOf = (text: string): number => (text.trim() === '' ? 0 : numberOf(text));
const isTime = (text: string) => /^([01]\d|2[0-3]):[0-5]\d$/.test(text);
const minuteOf = (text: string) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5));

/** Of what is told of hours that come: within how many of them; 0: now. */
const aheadOf = (w: WhenForm) => (w.kind === 'outdoor' && w.which !== 'ahead' ? 0 : minutesOf(w.ahead));

function whenFault(w: WhenForm): FaultKey | null {
  const minutes = minutesOf(w.for_min);
  if (!(minutes >= 0 && minutes <= 7 * 24 * 60))
    return 'fault.minutes';
  if (w.kind === 'time')
    return !isTime(w.from) || !isTime(w.to) ? 'fault.time' : w.days.length === 0 ? 'fault.day' : null;
  if (w.kind === 'presence')
    return null;
  if (w.kind === 'ecowatt' || w.kind === 'day') {
    const needed = w.kind === 'day' && w.which === 'ahead';
    const hours = w.kind === 'day' && !needed ? 0 : minutesOf(w.ahead);
    return Number.isInteger(hours) && hours >= (needed ? 1 : 0) && hours <= 48 ? null : 'fault.hours';
  }
  if (isOutlook(w.kind)) {
    const needed = w.kind === 'overrun' || (w.kind === 'outdoor' && w.which === 'ahead');
    const hours = aheadOf(w);
    if (!Number.isInteger(hours) || hours < (needed ? 1 : 0) || hours > 48)
      return 'fault.hours';
    const value = w.kind === 'overrun' && w.value.trim() === '' ? 0 : numberOf(w.value);
    return Number.isNaN(value) || (w.kind !== 'outdoor' && !(Number.isInteger(value) && value >= 0)) ? 'fault.number' : null;
  }
  if (w.kind === 'cheapest')
    return Number.isInteger(numberOf(w.value)) && numberOf(w.value) >= 1 && numberOf(w.value) <= 24 ? null : 'fault.hours';
  if (w.kind === 'order')
    return !w.limit ? 'fault.limit' : w.value.trim() === '' || numberOf(w.value) >= 1 ? null : 'fault.number';
  if (w.kind === 'value' && (!w.device || !w.quantity))
    return 'fault.device';
  const value = numberOf(w.value);
  return Number.isNaN(value) || (w.kind === 'surplus' && !(value >= 1 && Number.isInteger(value))) ? 'fault.number' : null;
}

/* Whole watts, amperes to a tenth; NaN: neither. */
const setpointOf = ({ setpoint, amperes }: RuleForm): number =>
  (amperes ? /^\d+([.,]\d)?$/ : /^[1-9]\d*$/).test(setpoint.trim()) ? Number(setpoint.trim().replace(',', '.')) : NaN;

/** What is wrong, by the field that it is told at. */
export function faultsOf(form: RuleForm): Record<string, FaultKey> {
  const out: Record<string, FaultKey> = {};
  const add = (id: string, fault: FaultKey | null) => {
    if (fault)
      out[id] = fault;
  };
  add('rule-name', idOf(form.name) ? null : 'fault.name');
  add('rule-load', form.load ? null : 'fault.load');
  add('rule-setpoint', form.then !== 'setpoint' || setpointOf(form) > 0 ? null : 'fault.number');
  form.when.forEach((w, n) => add(`rule-when-${n}`, whenFault(w)));
  form.unless.forEach((w, n) => add(`rule-unless-${n}`, whenFault(w)));
  const least = minutesOf(form.least_min);
  const most = minutesOf(form.most_min);
  for (const [id, minutes] of [['rule-least', least], ['rule-most', most]] as const)
    add(id, minutes >= 0 && minutes <= 7 * 24 * 60 ? null : 'fault.minutes');
  if (most > 0 && most < least)
    add('rule-most', 'fault.most');
  return out;
}

const secondsOf = (text: string) => Math.round(minutesOf(text) * 60);

function whenOf(w: WhenForm, unit: (device: string, quantity: string) => string): RuleWhen {
  const base = { kind: w.kind, device: null, quantity: null, unit: null, for_s: secondsOf(w.for_min) };
  if (w.kind === 'time')
    return { ...base, from_minute: minuteOf(w.from), to_minute: minuteOf(w.to), weekdays: w.days };
  if (w.kind === 'ecowatt')
    return { ...base, below: false, threshold: Number(w.level), ahead_h: minutesOf(w.ahead) };
  if (w.kind === 'day')
    return { ...base, day: w.day, tomorrow: w.which === 'tomorrow', ahead_h: w.which === 'ahead' ? minutesOf(w.ahead) : 0 };
  if (w.kind === 'presence')
    return { ...base, presence: w.away ? 'away' : 'home' };
  if (w.kind === 'order')
    return { ...base, limit: w.limit, threshold: minutesOf(w.value) };
  if (isOutlook(w.kind))
    return {
      ...base, unit: w.kind === 'co2' ? 'g/kWh' : w.kind === 'outdoor' ? '°C' : 'W', below: w.kind !== 'overrun' && w.below,
      threshold: w.kind === 'overrun' ? minutesOf(w.value) : numberOf(w.value), tomorrow: w.kind === 'outdoor' && w.which === 'tomorrow', ahead_h: aheadOf(w),
    };
  if (w.kind === 'value')
    return { ...base, device: w.device, quantity: w.quantity, unit: unit(w.device, w.quantity), below: w.below, threshold: numberOf(w.value) };
  return { ...base, below: w.kind === 'price' && w.below, threshold: numberOf(w.value) };
}

const isOrder = (then: Ask): then is Order => then !== 'fed' && then !== 'shed' && then !== 'setpoint';
const askOf = (form: RuleForm): Pick<RuleText, 'then' | 'order' | 'setpoint_w' | 'setpoint_a'> => {
  const { then } = form;
  return then === 'setpoint' ? { then: 'fed', [form.amperes ? 'setpoint_a' : 'setpoint_w']: setpointOf(form) }
    : isOrder(then) ? { then: then === 'arret' ? 'shed' : 'fed', order: then } : { then };
};

/** What a load can be asked for: on and off, and the orders of its pilot wire or watts of its setpoint too. */
export function asksOf(load: Load | undefined): Ask[] {
  const { orders = [], setpoint_w } = load ? settingOf(load) : {};
  return ['fed', 'shed', ...orders, ...(setpoint_w === undefined ? [] : ['setpoint' as const])];
}

export const inAmperes = (load: Load | undefined): boolean => load !== undefined && settingOf(load).w_per_a !== undefined;

/** The form, of another load or asking it for something else: a number in another unit is not kept. */
export function asking(form: RuleForm, load: Load | undefined, then: Ask): RuleForm {
  const amperes = inAmperes(load);
  return {
    ...form, load: load?.id ?? form.load, then: asksOf(load).includes(then) ? then : 'fed',
    amperes, setpoint: amperes === form.amperes ? form.setpoint : '',
  };
}

/** What the form says, for its sentence; null while something is wrong. */
export function ruleOf(form: RuleForm, unit: (device: string, quantity: string) => string): RuleText | null {
  if (Object.keys(faultsOf(form)).some((id) => id !== 'rule-name'))
    return null;
  return {
    id: idOf(form.name), load: form.load, ...askOf(form), otherwise: form.otherwise, priority: Number(form.priority),
    at_least_s: secondsOf(form.least_min), at_most_s: secondsOf(form.most_min),
    when: form.when.map((w) => whenOf(w, unit)), unless: form.unless.map((w) => whenOf(w, unit)),
  };
}

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
/* Without a word the daemon takes 200 W of surplus, and none else. */
const hysteresisOf = (w: WhenForm) => (w.hysteresis !== '' ? w.hysteresis : w.kind === 'value' && w.quantity === 'temperature' ? '0.3' : '');

function yamlWhen(w: WhenForm): string {
  const number = String(numberOf(w.value));
  const side = w.below ? 'below' : 'above';
  const parts: string[] = [];
  if (w.kind === 'surplus')
    parts.push(`surplus_w: ${number}`);
  if (w.kind === 'price')
    parts.push(`price_${side}: ${number}`);
  if (w.kind === 'ecowatt')
    parts.push(`ecowatt_level: ${w.level}`);
  if (w.kind === 'day')
    parts.push(`${w.which === 'tomorrow' ? 'tomorrow' : 'day'}: ${w.day}`);
  if (minutesOf(w.ahead) > 0 && (w.kind === 'ecowatt' || (w.kind === 'day' && w.which === 'ahead')))
    parts.push(`ahead_h: ${minutesOf(w.ahead)}`);
  if (w.kind === 'co2')
    parts.push(`co2_${side}: ${number}`);
  if (w.kind === 'outdoor')
    parts.push(`${w.which === 'tomorrow' ? 'tomorrow' : 'outdoor'}_${side}: ${number}`);
  if (w.kind === 'overrun')
    parts.push(`overrun_h: ${aheadOf(w)}`);
  else if (isOutlook(w.kind) && aheadOf(w) > 0)
    parts.push(`ahead_h: ${aheadOf(w)}`);
  if (w.kind === 'overrun' && minutesOf(w.value) > 0)
    parts.push(`overrun_w: ${minutesOf(w.value)}`);
  if (w.kind === 'cheapest')
    parts.push(`cheapest_h: ${number}`);
  if (w.kind === 'presence')
    parts.push(`presence: ${w.away ? 'away' : 'home'}`);
  if (w.kind === 'order') {
    parts.push(`order: ${JSON.stringify(w.limit)}`);
    if (w.value.trim())
      parts.push(`below: ${number}`);
  }
  if (w.kind === 'value') {
    parts.push(`device: ${JSON.stringify(w.device)}`, `quantity: ${w.quantity}`, `${side}: ${number}`);
  }
  if ((w.kind === 'surplus' || w.kind === 'value') && Number(hysteresisOf(w)) !== (w.kind === 'surplus' ? 200 : 0) && hysteresisOf(w) !== '')
    parts.push(`hysteresis: ${hysteresisOf(w)}`);
  if (w.kind === 'time') {
    if (w.from !== w.to)
      parts.push(`time: "${w.from}-${w.to}"`);
    if (w.days.length < 7 || w.from === w.to)
      parts.push(`days: "${[...w.days].sort().map((day) => DAYS[day - 1]).join(',')}"`);
  }
  if (secondsOf(w.for_min))
    parts.push(`for_s: ${secondsOf(w.for_min)}`);
  return `      - {${parts.join(', ')}}\n`;
}

/** One rule, as the configuration would have it. */
export function yamlOf(form: RuleForm): string {
  return `rules:\n  - id: ${JSON.stringify(idOf(form.name))}\n    when:\n${form.when.map(yamlWhen).join('')}`
    + (form.unless.length ? `    unless:\n${form.unless.map(yamlWhen).join('')}` : '')
    + `    load: ${JSON.stringify(form.load)}\n    then: ${form.then === 'setpoint' ? 'fed' : form.then}\n`
    + (form.then === 'setpoint' ? `    ${form.amperes ? 'setpoint_a' : 'setpoint_w'}: ${setpointOf(form)}\n` : '')
    + (form.otherwise ? '    otherwise: true\n' : '')
    + (secondsOf(form.least_min) ? `    at_least_s: ${secondsOf(form.least_min)}\n` : '')
    + (secondsOf(form.most_min) ? `    at_most_s: ${secondsOf(form.most_min)}\n` : '')
    + (form.priority !== '5' ? `    priority: ${form.priority}\n` : '');
}

const two = (n: number) => String(n).padStart(2, '0');
const timeOf = (n: number) => `${two(Math.floor(n / 60))}:${two(n % 60)}`;
const minutesText = (s: number) => (s ? String(Math.round((s / 60) * 1000) / 1000) : '');

function formWhen(w: RuleWhen): WhenForm {
  return {
    ...emptyWhen(w.kind), device: w.device ?? '', quantity: w.quantity ?? '', below: w.below ?? false,
    value: w.threshold === undefined || (w.kind === 'order' && w.threshold > 1e6) ? '' : String(w.threshold), level: String(w.threshold ?? 2),
    from: timeOf(w.from_minute ?? 0), to: timeOf(w.to_minute ?? 0), days: w.weekdays ?? [1, 2, 3, 4, 5, 6, 7],
    for_min: minutesText(w.for_s), hysteresis: w.hysteresis === undefined ? '' : String(w.hysteresis),
    day: w.day ?? 'red', which: w.ahead_h ? 'ahead' : w.tomorrow ? 'tomorrow' : 'today', ahead: w.ahead_h ? String(w.ahead_h) : '',
    away: w.presence !== 'home', limit: w.limit ?? '',
  };
}

/** A rule of the page, to be changed; null: it can't be told. */
export function formOf(rule: Rule): RuleForm | null {
  const text = textOf(rule);
  return text && {
    name: text.id, when: text.when.map(formWhen), unless: text.unless.map(formWhen), load: text.load ?? '', then: text.setpoint_w || text.setpoint_a ? 'setpoint' : text.order ?? text.then,
    setpoint: String(text.setpoint_a ?? text.setpoint_w ?? ''), amperes: text.setpoint_a !== undefined,
    otherwise: text.otherwise, least_min: minutesText(text.at_least_s), most_min: minutesText(text.at_most_s), priority: String(text.priority),
  };
}
