/* A rule written as a sentence: quand … et … alors … sauf si …, simulated, then armed. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { api } from '../api/client';
import type { DayCode, Rule, RuleTrial, Rules, WhenKind } from '../api/rules';
import { settingOf } from '../api/settings';
import type { Load, Meter } from '../api/types';
import { emptyForm, emptyWhen, faultsOf, formOf, idOf, KINDS, ruleOf, WHENS_MAX, yamlOf, type Ask, type FaultKey, type RuleForm, type WhenForm, asking, asksOf, inAmperes } from './rule_form';
import { refusalLines } from './rule_fault';
import { levelWords, quantityWords, sentence } from './rule_sentence';
import { sayRule } from './rule_words';
import { TrialView, TRIAL_PATIENCE_MS } from './rule_trial';
import { say } from './words';

interface Field { id: string; label: string; children: ComponentChildren }

function Frame({ id, label, children }: Field) {
  return <div class="field"><label for={id}>{label}</label>{children}</div>;
}

/** `said`: the id of what is said of it below; `wrong`: that it is a fault. */
function Text({ id, label, value, onValue, decimal = true, said, wrong = false }: {
  id: string; label: string; value: string; onValue: (value: string) => void; decimal?: boolean; said?: string | undefined; wrong?: boolean;
}) {
  return (
    <Frame id={id} label={label}>
      <input id={id} type="text" inputMode={decimal ? 'decimal' : 'text'} value={value} aria-invalid={wrong} aria-describedby={said}
        onInput={(e) => onValue(e.currentTarget.value)} />
    </Frame>
  );
}

function Choice({ id, label, value, all, onValue }: {
  id: string; label: string; value: string; all: readonly (readonly [string, string])[]; onValue: (value: string) => void;
}) {
  return (
    <Frame id={id} label={label}>
      <select id={id} value={value} onChange={(e) => onValue(e.currentTarget.value)}>
        {!all.some(([code]) => code === value) && <option value={value}>{value || sayRule('form.pick')}</option>}
        {all.map(([code, words]) => <option key={code} value={code}>{words}</option>)}
      </select>
    </Frame>
  );
}

type Set = <K extends keyof WhenForm>(key: K) => (value: WhenForm[K]) => void;
interface Part { id: string; w: WhenForm; set: Set; meters: Meter[]; limits: string[] }

function Side({ id, w, set }: Part) {
  return (
    <Choice id={`${id}-side`} label={sayRule('form.side')} value={w.below ? 'below' : 'above'}
      all={[['below', sayRule('form.below')], ['above', sayRule('form.above')]]} onValue={(side) => set('below')(side === 'below')} />
  );
}

function ValueFields(part: Part) {
  const { id, w, set, meters } = part;
  const values = meters.find((m) => m.device === w.device)?.values.filter((v) => typeof v.value === 'number') ?? [];
  const unit = values.find((v) => v.quantity === w.quantity)?.unit ?? '';
  return (
    <>
      <Choice id={`${id}-device`} label={sayRule('form.device')} value={w.device} all={meters.map((m) => [m.device, m.name] as const)} onValue={set('device')} />
      <Choice id={`${id}-quantity`} label={sayRule('form.quantity')} value={w.quantity}
        all={values.map((v) => [v.quantity, quantityWords(v.quantity)] as const)} onValue={set('quantity')} />
      <Side {...part} />
      <Text id={`${id}-value`} label={unit ? sayRule('form.value_unit', { unit }) : sayRule('form.value')} value={w.value} onValue={set('value')} />
    </>
  );
}

function TimeFields({ id, w, set }: Part) {
  const flip = (day: number) => set('days')(w.days.includes(day) ? w.days.filter((d) => d !== day) : [...w.days, day].sort());
  return (
    <>
      {(['from', 'to'] as const).map((key) => (
        <Frame key={key} id={`${id}-${key}`} label={sayRule(`form.${key}`)}>
          <input id={`${id}-${key}`} type="time" value={w[key]} onInput={(e) => set(key)(e.currentTarget.value)} />
        </Frame>
      ))}
      <div class="rule-days" role="group" aria-label={sayRule('form.days')}>
        {([1, 2, 3, 4, 5, 6, 7] as const).map((day) => (
          <button key={day} type="button" class="button" aria-pressed={w.days.includes(day)} onClick={() => flip(day)}>
            {say(`rules.day.${day}`).slice(0, 3)}
          </button>
        ))}
      </div>
    </>
  );
}

function DayFields({ id, w, set }: Part) {
  return (
    <>
      <Choice id={`${id}-day`} label={sayRule('form.day')} value={w.day}
        all={(['blue', 'white', 'red', 'normal', 'peak'] as const).map((day) => [day, sayRule(`day.${day}`)] as const)} onValue={(day) => set('day')(day as DayCode)} />
      <Choice id={`${id}-which`} label={sayRule('form.which')} value={w.which}
        all={(['today', 'tomorrow', 'ahead'] as const).map((one) => [one, sayRule(`which.${one}`)] as const)} onValue={(one) => set('which')(one as WhenForm['which'])} />
      {w.which === 'ahead' && <Text id={`${id}-ahead`} label={sayRule('form.ahead')} value={w.ahead} onValue={set('ahead')} />}
    </>
  );
}

function Fields(part: Part) {
  const { id, w, set } = part;
  switch (w.kind) {
    case 'value':
      return <ValueFields {...part} />;
    case 'time':
      return <TimeFields {...part} />;
    case 'surplus':
      return <Text id={`${id}-value`} label={sayRule('form.watts')} value={w.value} onValue={set('value')} />;
    case 'price':
      return <><Side {...part} /><Text id={`${id}-value`} label={sayRule('form.price')} value={w.value} onValue={set('value')} /></>;
    case 'ecowatt':
      return (
        <>
        <Choice id={`${id}-level`} label={sayRule('form.level')} value={w.level}
          all={([1, 2, 3] as const).map((n) => [String(n), levelWords(n)] as const)} onValue={set('level')} />
          <Text id={`${id}-ahead`} label={sayRule('form.ahead_now')} value={w.ahead} onValue={set('ahead')} />
        </>
      );
    case 'day':
      return <DayFields {...part} />;
    case 'cheapest':
      return <Text id={`${id}-value`} label={sayRule('form.hours')} value={w.value} onValue={set('value')} />;
    case 'presence':
      return (
        <Choice id={`${id}-presence`} label={sayRule('form.presence')} value={w.away ? 'away' : 'home'}
          all={(['home', 'away'] as const).map((one) => [one, sayRule(`when.${one}`)] as const)} onValue={(one) => set('away')(one === 'away')} />
      );
    case 'co2':
      return (
        <>
          <Side {...part} />
          <Text id={`${id}-value`} label={sayRule('form.co2')} value={w.value} onValue={set('value')} />
          <Text id={`${id}-ahead`} label={sayRule('form.ahead_within_now')} value={w.ahead} onValue={set('ahead')} />
        </>
      );
    case 'outdoor':
      return (
        <>
          <Side {...part} />
          <Text id={`${id}-value`} label={sayRule('form.outdoor')} value={w.value} onValue={set('value')} />
          <Choice id={`${id}-which`} label={sayRule('form.when_of')} value={w.which}
            all={(['today', 'tomorrow', 'ahead'] as const).map((one) => [one, sayRule(`form.span_${one}`)] as const)} onValue={(one) => set('which')(one as WhenForm['which'])} />
          {w.which === 'ahead' && <Text id={`${id}-ahead`} label={sayRule('form.ahead_within')} value={w.ahead} onValue={set('ahead')} />}
        </>
      );
    case 'overrun':
      return (
        <>
          <Text id={`${id}-ahead`} label={sayRule('form.ahead_within')} value={w.ahead} onValue={set('ahead')} />
          <Text id={`${id}-value`} label={sayRule('form.overrun_w')} value={w.value} onValue={set('value')} />
        </>
      );
    case 'order':
      return (
        <>
          <Choice id={`${id}-limit`} label={sayRule('form.limit')} value={w.limit} all={part.limits.map((one) => [one, one] as const)} onValue={set('limit')} />
          <Text id={`${id}-value`} label={sayRule('form.order_va')} value={w.value} onValue={set('value')} />
        </>
      );
  }
}

function Condition({ id, word, w, kinds, meters, limits, fault, onWhen, onRemove }: {
  id: string; word: string; w: WhenForm; kinds: readonly WhenKind[]; meters: Meter[]; limits: string[]; fault: FaultKey | undefined; onWhen: (w: WhenForm) => void;
  onRemove: (() => void) | null;
}) {
  const set: Set = (key) => (value) => onWhen({ ...w, [key]: value });
  return (
    <fieldset class="rule-when" aria-describedby={fault && `${id}-fault`}>
      <legend>{word}</legend>
      <Choice id={`${id}-kind`} label={sayRule('form.kind')} value={w.kind}
        all={KINDS.filter((kind) => kind === w.kind || kinds.includes(kind)).map((kind) => [kind, sayRule(`kind.${kind}`)] as const)}
        onValue={(kind) => onWhen(emptyWhen(kind as WhenKind))} />
      <Fields id={id} w={w} set={set} meters={meters} limits={limits} />
      <Text id={`${id}-for`} label={sayRule('form.for')} value={w.for_min} onValue={set('for_min')} />
      {onRemove && <button type="button" class="button" onClick={onRemove}>{sayRule('form.remove')}</button>}
      <p id={`${id}-fault`} class="tone-text-warn wide" role="status">{fault && sayRule(fault)}</p>
    </fieldset>
  );
}

type Faults = Record<string, FaultKey>;

function Conditions({ form, onForm, kinds, meters, limits, faults }: {
  form: RuleForm; onForm: (form: RuleForm) => void; kinds: readonly WhenKind[]; meters: Meter[]; limits: string[]; faults: Faults;
}) {
  const room = form.when.length + form.unless.length < WHENS_MAX;
  const list = (key: 'when' | 'unless', first: 'form.when' | 'form.unless', next: 'form.and' | 'form.or', few: number) =>
    form[key].map((w, n) => (
      <Condition key={`${key}-${n}`} id={`rule-${key}-${n}`} word={sayRule(n === 0 ? first : next)} w={w} kinds={kinds} meters={meters} limits={limits}
        fault={faults[`rule-${key}-${n}`]}
        onWhen={(one) => onForm({ ...form, [key]: form[key].map((old, i) => (i === n ? one : old)) })}
        onRemove={form[key].length > few ? () => onForm({ ...form, [key]: form[key].filter((_, i) => i !== n) }) : null} />
    ));
  return (
    <>
      {list('when', 'form.when', 'form.and', 1)}
      {list('unless', 'form.unless', 'form.or', 0)}
      {room && (
        <div class="actions">
          <button type="button" class="button" onClick={() => onForm({ ...form, when: [...form.when, emptyWhen('time')] })}>{sayRule('form.add_when')}</button>
          <button type="button" class="button" onClick={() => onForm({ ...form, unless: [...form.unless, emptyWhen('time')] })}>{sayRule('form.add_unless')}</button>
        </div>
      )}
    </>
  );
}

const askWords = (ask: Ask, load: Load | undefined) =>
  ask === 'setpoint' ? sayRule(inAmperes(load) ? 'form.some_amperes' : 'form.some_watts') : ask === 'fed' || ask === 'shed' ? say(`rules.then.${ask}`) : say(`order.${ask}`);

function setpointLabel(form: RuleForm, load: Load | undefined): string {
  const { min_w = 1, w_per_a = 1 } = load ? settingOf(load) : {};
  const per = form.amperes ? w_per_a : 1;
  return sayRule(form.amperes ? 'form.amperes' : 'form.setpoint', {
    least: String(Math.ceil(min_w / per)), most: load ? String(Math.ceil(load.nominal_w / per)) : '',
  });
}

function Then({ form, onForm, loads, faults }: { form: RuleForm; onForm: (form: RuleForm) => void; loads: Load[]; faults: Faults }) {
  const set = <K extends keyof RuleForm>(key: K) => (value: RuleForm[K]) => onForm({ ...form, [key]: value });
  const chosen = loads.find((l) => l.id === form.load);
  const asks = asksOf(chosen);
  const wrong = (id: string) => (faults[id] ? `${id}-fault` : undefined);
  return (
    <fieldset class="rule-when" aria-describedby={wrong('rule-load')}>
      <legend>{sayRule('form.then')}</legend>
      <Choice id="rule-load" label={sayRule('form.load')} value={form.load} all={loads.filter((l) => !l.never_shed || l.id === form.load).map((l) => [l.id, l.name] as const)} onValue={(id) => onForm(asking(form, loads.find((l) => l.id === id), form.then))} />
      <Choice id="rule-then" label={sayRule('form.state')} value={form.then}
        all={asks.map((ask) => [ask, askWords(ask, chosen)] as const)}
        onValue={(then) => onForm(asking(form, chosen, asks.find((ask) => ask === then) ?? 'fed'))} />
      {form.then === 'setpoint' && (
        <Text id="rule-setpoint" label={setpointLabel(form, chosen)}
          value={form.setpoint} onValue={set('setpoint')} said={wrong('rule-setpoint')} wrong={!!wrong('rule-setpoint')} />
      )}
      <label class="check wide"><input type="checkbox" checked={form.otherwise} onChange={(e) => set('otherwise')(e.currentTarget.checked)} /> {sayRule('form.otherwise')}</label>
      <details class="wide">
        <summary>{sayRule('form.more')}</summary>
        <div class="rule-more">
          <Text id="rule-least" label={sayRule('form.least')} value={form.least_min} onValue={set('least_min')} said={wrong('rule-least')} wrong={!!wrong('rule-least')} />
          <Text id="rule-most" label={sayRule('form.most')} value={form.most_min} onValue={set('most_min')} said={wrong('rule-most')} wrong={!!wrong('rule-most')} />
          <Choice id="rule-priority" label={sayRule('form.priority')} value={form.priority}
            all={['1', '2', '3', '4', '5', '6', '7', '8', '9'].map((n) => [n, n] as const)} onValue={set('priority')} />
        </div>
      </details>
      {(['rule-load', 'rule-setpoint', 'rule-least', 'rule-most'] as const).map((id) => (
        <p key={id} id={`${id}-fault`} class="tone-text-warn wide" role="status">{faults[id] && sayRule(faults[id])}</p>
      ))}
    </fieldset>
  );
}

/** What is being done with the version in the form. */
interface Work { yaml: string; trial: RuleTrial | null }

export function RuleEditor({ rule, loads, kinds, meters, limits, others, now, zone, onDone, onClose }: {
  rule: Rule | null; loads: Load[]; kinds: readonly WhenKind[]; meters: Meter[]; limits: string[]; others: string[]; now: number; zone: string; onDone: (rules: Rules) => void; onClose: () => void;
}) {
  const [form, setForm] = useState<RuleForm>(() => (rule && formOf(rule)) ?? emptyForm((loads.find((l) => !l.never_shed) ?? loads[0])?.id ?? ''));
  const [work, setWork] = useState<Work | null>(null);
  const [errors, setErrors] = useState<string[]>([]);
  const [busy, setBusy] = useState(false);
  const title = useRef<HTMLHeadingElement>(null);
  /* It opens below a list that may be long: that is where one goes on. */
  useEffect(() => title.current?.focus(), []);
  const name = (id: string) => loads.find((l) => l.id === id)?.name ?? id;
  const unit = (device: string, quantity: string) => meters.find((m) => m.device === device)?.values.find((v) => v.quantity === quantity)?.unit ?? '';
  /* A new rule of a name that is taken would put itself in that one's place. */
  const taken = !rule && others.includes(idOf(form.name));
  const faults = { ...faultsOf(form), ...(taken ? { 'rule-name': 'fault.taken' as const } : {}) };
  const whole = Object.keys(faults).length === 0;
  const yaml = whole ? yamlOf(form) : '';
  const text = ruleOf(form, unit);
  const tried = work?.yaml === yaml && work.trial !== null;
  const ask = <T,>(what: Promise<T>, then: (answer: T) => void) => {
    setBusy(true);
    setErrors([]);
    what.then(then, (reason) => setErrors(refusalLines(reason, name))).then(() => setBusy(false));
  };
  const run = () => ask(api<RuleTrial>('POST', '/rules/trial', { yaml, days: 7 }, TRIAL_PATIENCE_MS), (trial) => setWork({ yaml, trial }));
  const put = (armed: boolean, anyway: boolean) =>
    ask(api<Rules>('PUT', `/rules/${encodeURIComponent(idOf(form.name))}`, { yaml, armed, anyway }), onDone);
  return (
    <form class="rule-editor" aria-label={rule ? sayRule('form.change', { id: rule.id }) : sayRule('form.new')}
      onSubmit={(e) => { e.preventDefault(); run(); }}>
      <h3 ref={title} tabIndex={-1}>{rule ? sayRule('form.change', { id: rule.id }) : sayRule('form.new')}</h3>
      {!rule && (
        <>
          <Text id="rule-name" decimal={false} label={sayRule('form.name')} value={form.name} onValue={(value) => setForm({ ...form, name: value })}
            said="rule-name-said" wrong={!!faults['rule-name'] && form.name !== ''} />
          <p id="rule-name-said" role="status" class={faults['rule-name'] ? 'tone-text-warn' : 'quiet'}>{faults['rule-name'] ? sayRule(faults['rule-name']) : sayRule('form.name_hint', { id: idOf(form.name) })}</p>
        </>
      )}
      <Conditions form={form} onForm={setForm} kinds={kinds} meters={meters} limits={limits} faults={faults} />
      <Then form={form} onForm={setForm} loads={loads} faults={faults} />
      <section class="rule-said" aria-label={sayRule('form.sentence')}>
        <p id="rule-said" role="status"><strong>{text ? sentence(text, name) : sayRule('form.unfinished')}</strong></p>
      </section>
      <div class="actions">
        <button type="submit" class="button" disabled={busy || !whole} aria-describedby="rule-said">{busy ? say('rules.busy') : sayRule('try')}</button>
        <button type="button" class="button" disabled={busy || !whole} onClick={() => put(false, false)}>{sayRule('keep')}</button>
        <button type="button" class="button" onClick={onClose}>{sayRule('close')}</button>
      </div>
      {errors.length > 0 && <div role="alert"><ul class="lacks">{errors.map((line) => <li key={line} class="error">{line}</li>)}</ul></div>}
      {tried && work.trial && <TrialView trial={work.trial} name={name} now={now} zone={zone} />}
      {whole && <p class="quiet">{sayRule(tried ? 'tried_now' : 'try_first')}</p>}
      <div class="actions">
        {tried
          ? <button type="button" class="button primary" disabled={busy} onClick={() => put(true, false)}>{sayRule('arm')}</button>
          : <button type="button" class="button" disabled={busy || !whole} onClick={() => put(true, true)}>{sayRule('arm_anyway')}</button>}
      </div>
    </form>
  );
}
