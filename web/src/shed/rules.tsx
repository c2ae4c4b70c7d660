/* The household's rules as sentences, whether they hold, and what others would have done. */
import { useState } from 'preact/hooks';
import { api } from '../api/client';
import { ApiError } from '../api/client';
import type { Load, Rule, RuleTrial, RuleWhen, Session } from '../api/types';
import { measure, nominal, price } from '../lib/format';
import { useAsked } from '../lib/ask';
import { duration } from '../lib/time';
import { moment } from '../lib/words';
import { isKey, lang, t } from '../i18n';
import { mayOverride } from '../model';
import { Card, refusalWords } from '../ui/parts';
import { Icon } from '../ui/icons';
import { READY, sure } from './ready';
import { say } from './words';

const AGAIN_MS = 5_000;
const PATIENCE_MS = 65_000;

const two = (n: number) => String(n).padStart(2, '0');
const minuteOf = (n: number) => `${two(Math.floor(n / 60))}:${two(n % 60)}`;
const quantityOf = (code: string) => {
  const key = `quantity.${code}`;
  return (isKey(key) ? t(key) : code).toLowerCase();
};

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

function condition(when: RuleWhen): string {
  const { threshold = 0 } = when;
  if (when.kind === 'time')
    return timeWords(when);
  if (when.kind === 'surplus')
    return say('rules.surplus', { power: nominal(threshold, lang()) });
  if (when.kind === 'ecowatt')
    return say('rules.ecowatt', { level: (isKey(`ecowatt.${threshold}`) ? t(`ecowatt.${threshold}` as 'ecowatt.2') : String(threshold)).toLowerCase() });
  if (when.kind === 'price')
    return say(when.below ? 'rules.price_below' : 'rules.price_above', { price: price(threshold, lang()) });
  const decimals = Number.isInteger(threshold) ? 0 : 1;
  return say(when.below ? 'rules.below' : 'rules.above', {
    quantity: quantityOf(when.quantity ?? ''), device: when.device ?? '',
    value: measure(threshold, when.unit ?? '', decimals, lang()).trim(),
  });
}

/** « Quand le surplus solaire dépasse 1,5 kW pendant 5 min, alors Chauffe-eau en marche, au moins 20 min. » */
export function sentence(rule: Rule, name: (id: string) => string): string {
  const whens = rule.when.map((when) =>
    condition(when) + (when.for_s ? ' ' + say('rules.for', { time: duration(when.for_s, lang()) }) : ''));
  const more = [
    rule.at_least_s ? say('rules.at_least', { time: duration(rule.at_least_s, lang()) }) : '',
    rule.at_most_s ? say('rules.at_most', { time: duration(rule.at_most_s, lang()) }) : '',
  ].filter(Boolean).map((words) => `, ${words}`).join('');
  const otherwise = rule.otherwise ? say(rule.then === 'fed' ? 'rules.else_shed' : 'rules.else_fed') : '';
  return say('rules.sentence', {
    when: whens.join(say('rules.and')), load: name(rule.load ?? ''), then: say(`rules.then.${rule.then}`), more, otherwise,
  });
}

function Item({ rule, name, now, zone }: { rule: Rule; name: (id: string) => string; now: number; zone: string }) {
  const key = rule.holds === null ? 'rules.unknown' : rule.active ? 'rules.active' : 'rules.idle';
  return (
    <li class="rule" data-rule={rule.id}>
      <p>{sentence(rule, name)}</p>
      <p class={rule.holds === null ? 'tone-text-warn' : 'quiet'}>
        <Icon name={rule.holds === null ? 'unknown' : rule.active ? 'check' : 'clock'} size={16} />{' '}
        {say(key, { when: rule.since ? moment(rule.since, now, zone) : '' })}
        {(rule.active || rule.otherwise) && rule.holds !== null && !rule.wins && <> {say('rules.beaten')}</>}
      </p>
    </li>
  );
}

function Trial({ trial, name, now, zone }: { trial: RuleTrial; name: (id: string) => string; now: number; zone: string }) {
  return (
    <div role="status">
      <p class="quiet">{say('rules.tried', { from: moment(trial.from, now, zone), to: moment(trial.to, now, zone) })}</p>
      <ul class="rules">
        {trial.items.map((item) => (
          <li key={item.id} class="rule" data-trial={item.id}>
            <p><strong>{item.id}</strong> : {item.times === 0 ? say('rules.never')
              : say('rules.acted', { n: item.times, time: duration(item.active_s, lang()) })}
              {item.unknown_s > 0 && <> {say('rules.not_known', { time: duration(item.unknown_s, lang()) })}</>}</p>
            {item.last.length > 0 && (
              <p class="quiet">{item.last.slice(0, 3).map((e) => `${moment(e.from, now, zone)} – ${moment(e.to, now, zone)}`).join(' · ')}</p>
            )}
          </li>
        ))}
      </ul>
      {trial.loads.map((one) => (
        <p key={one.load} class="quiet">{say('rules.switchings', { load: name(one.load), n: one.switchings })}</p>
      ))}
      {trial.lacks.map((lack) => <p key={lack} class="tone-text-warn">{say(`rules.lack.${lack}`)}</p>)}
      <p class="quiet">{say('rules.arm')}</p>
    </div>
  );
}

function Try({ loads, name, now, zone }: { loads: Load[]; name: (id: string) => string; now: number; zone: string }) {
  const [yaml, setYaml] = useState('');
  const [trial, setTrial] = useState<RuleTrial | null>(null);
  const [errors, setErrors] = useState<string[]>([]);
  const [busy, setBusy] = useState(false);
  const run = () => {
    setBusy(true);
    setErrors([]);
    setTrial(null);
    api<RuleTrial>('POST', '/rules/trial', { yaml, days: 7 }, PATIENCE_MS).then(setTrial, (reason) => {
      const lines = reason instanceof ApiError ? reason.details : [];
      setErrors(lines.length ? lines : [refusalWords(reason)]);
    }).then(() => setBusy(false));
  };
  const insert = (make: (load: string) => string) =>
    setYaml((yaml.trim() ? yaml.trimEnd() + '\n' : 'rules:\n') + make(sure(loads[0]?.id)));
  return (
    <form onSubmit={(e) => { e.preventDefault(); run(); }}>
      <div class="actions rules-ready">
        {READY.map((ready) => (
          <button key={ready.key} type="button" class="button" onClick={() => insert(ready.make)}>{say(ready.key)}</button>
        ))}
      </div>
      <div class="field">
        <label for="rules-yaml">{say('rules.yaml')}</label>
        <textarea id="rules-yaml" rows={8} spellcheck={false} value={yaml} onInput={(e) => setYaml(e.currentTarget.value)} />
      </div>
      <div class="actions">
        <button type="submit" class="button" disabled={busy || !yaml.trim()}>{say(busy ? 'rules.busy' : 'rules.try')}</button>
      </div>
      {errors.length > 0 && (
        <div role="alert"><ul class="lacks">{errors.map((line) => <li key={line} class="error">{line}</li>)}</ul></div>
      )}
      {trial && <Trial trial={trial} name={name} now={now} zone={zone} />}
    </form>
  );
}

export function RulesCard({ loads, now, zone, session }: {
  loads: Load[]; now: number; zone: string; session: Session | null;
}) {
  const { data, error } = useAsked<{ items: Rule[] }>('/rules', AGAIN_MS);
  const name = (id: string) => loads.find((l) => l.id === id)?.name ?? id;
  return (
    <Card title={say('rules.title')} area="rules">
      {error && <p class="tone-text-warn" role="alert">{refusalWords(error)}</p>}
      {data && data.items.length === 0 && <p class="quiet">{say('rules.none')}</p>}
      <ul class="rules">
        {(data?.items ?? []).map((rule) => <Item key={rule.id} rule={rule} name={name} now={now} zone={zone} />)}
      </ul>
      {mayOverride(session) && (
        <details class="rules-try">
          <summary>{say('rules.try_title')}</summary>
          <Try loads={loads} name={name} now={now} zone={zone} />
        </details>
      )}
    </Card>
  );
}
