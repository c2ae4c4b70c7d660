/* A rule as a sentence. */
import type { RuleText, RuleWhen } from '../api/rules';
import { measure, nominal, price } from '../lib/format';
import { duration } from '../lib/time';
import { isKey, lang, t } from '../i18n';
import { say } from './words';
import { sayRule } from './rule_words';

const two = (n: number) => String(n).padStart(2, '0');
const minuteOf = (n: number) => `${two(Math.floor(n / 60))}:${two(n % 60)}`;

export function quantityWords(code: string): string {
  const key = `quantity.${code}`;
  return (isKey(key) ? t(key) : code).toLowerCase();
}

export function levelWords(level: number): string {
  const key = `ecowatt.${level}`;
  return (isKey(key) ? t(key) : String(level)).toLowerCase();
}

function daysOf(days: number[]): string {
  if (days.length === 7)
    return '';
  return days.map((day) => say(`rules.day.${day as 1 | 2 | 3 | 4 | 5 | 6 | 7}`)).join(', ');
}

function timeWords(when: RuleWhen): string {
  const days = daysOf(when.weekdays ?? []);
  const whole = when.from_minute === when.to_minute;
  const hours = whole ? '' : say('rules.time', { from: minuteOf(when.from_minute ?? 0), to: minuteOf(when.to_minute ?? 0) });
  return whole ? say('rules.days', { days: days || say('rules.every_day') }) : [hours, days].filter(Boolean).join(', ');
}

function dayWords(when: RuleWhen): string {
  const day = sayRule(`day.${when.day ?? 'red'}`);
  if (when.ahead_h)
    return sayRule('when.day_ahead', { time: duration(when.ahead_h * 3600, lang()), day });
  return sayRule(when.tomorrow ? 'when.tomorrow' : 'when.day', { day });
}

/** "la température extérieure prévue passera sous 0 °C demain", "… d’ici 6 h". */
function outlookWords(when: RuleWhen): string {
  const { threshold = 0, kind } = when;
  const time = duration((when.ahead_h ?? 0) * 3600, lang());
  if (kind === 'overrun')
    return threshold > 0 ? sayRule('when.overrun_by', { time, power: nominal(threshold, lang()) }) : sayRule('when.overrun', { time });
  const value = measure(threshold, when.unit ?? '', Number.isInteger(threshold) ? 0 : 1, lang()).trim();
  const span = when.tomorrow ? 'tomorrow' : when.ahead_h ? 'ahead' : 'now';
  const side = when.below ? 'below' : 'above';
  return kind === 'co2' ? sayRule(`when.co2_${side}_${span === 'tomorrow' ? 'ahead' : span}`, { value, time })
    : sayRule(`when.outdoor_${side}_${span}`, { value, time });
}

function condition(when: RuleWhen): string {
  const { threshold = 0 } = when;
  if (when.kind === 'co2' || when.kind === 'outdoor' || when.kind === 'overrun')
    return outlookWords(when);
  if (when.kind === 'day')
    return dayWords(when);
  if (when.kind === 'cheapest')
    return sayRule('when.cheapest', { n: threshold });
  if (when.kind === 'presence')
    return sayRule(`when.${when.presence ?? 'home'}`);
  if (when.kind === 'order')
    return threshold > 0 && threshold < 1e6 ? sayRule('when.order_below', { id: when.limit ?? '', va: nominal(threshold, lang(), 'VA') })
      : sayRule('when.order', { id: when.limit ?? '' });
  if (when.kind === 'ecowatt' && when.ahead_h)
    return sayRule('when.ecowatt_ahead', { time: duration(when.ahead_h * 3600, lang()), level: levelWords(threshold) });
  if (when.kind === 'time')
    return timeWords(when);
  if (when.kind === 'surplus')
    return say('rules.surplus', { power: nominal(threshold, lang()) });
  if (when.kind === 'ecowatt')
    return say('rules.ecowatt', { level: levelWords(threshold) });
  if (when.kind === 'price')
    return say(when.below ? 'rules.price_below' : 'rules.price_above', { price: price(threshold, lang()) });
  const decimals = Number.isInteger(threshold) ? 0 : 1;
  return say(when.below ? 'rules.below' : 'rules.above', {
    quantity: quantityWords(when.quantity ?? ''), device: when.device ?? '',
    value: measure(threshold, when.unit ?? '', decimals, lang()).trim(),
  });
}

const lasting = (when: RuleWhen) =>
  condition(when) + (when.for_s ? ' ' + say('rules.for', { time: duration(when.for_s, lang()) }) : '');

/** « Quand le surplus solaire dépasse 1,5 kW pendant 5 min, alors Chauffe-eau en marche, au moins 20 min. » */
export function sentence(rule: RuleText, name: (id: string) => string): string {
  const more = [
    rule.at_least_s ? say('rules.at_least', { time: duration(rule.at_least_s, lang()) }) : '',
    rule.at_most_s ? say('rules.at_most', { time: duration(rule.at_most_s, lang()) }) : '',
  ].filter(Boolean).map((words) => `, ${words}`).join('');
  const otherwise = rule.otherwise ? say(rule.then === 'fed' ? 'rules.else_shed' : 'rules.else_fed') : '';
  /* French elides: « sauf s’il est entre », « ou s’il est ». */
  const unless = rule.unless.length
    ? sayRule('unless', { when: rule.unless.map(lasting).join(sayRule('or')) }).replace(/\bsi (?=il\b)/g, 's’') : '';
  return say('rules.sentence', {
    when: rule.when.map(lasting).join(say('rules.and')), load: name(rule.load ?? ''), then: rule.setpoint_a ? sayRule('then.setpoint', { power: measure(rule.setpoint_a, 'A', Number.isInteger(rule.setpoint_a) ? 0 : 1, lang()).trim() })
      : rule.setpoint_w ? sayRule('then.setpoint', { power: nominal(rule.setpoint_w, lang()) })
      : rule.order ? say('rules.then.order', { order: say(`order.${rule.order}`) }) : say(`rules.then.${rule.then}`),
    more: more + unless, otherwise,
  });
}
