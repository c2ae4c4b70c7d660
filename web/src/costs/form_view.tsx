/* The fields of the contract's form; what is wrong is told at the field. */
import type { ComponentChildren } from 'preact';
import { kvaWords } from './bill';
import {
  CHARGES, DAYS, emptyCharge, emptyPrice, emptySlot, HOLIDAYS, idsOf, KVA, PERIODS_MAX,
  type ContractForm, type FormCharge, type FormPeriod, type FormPrice, type FormSlot, type Kind,
} from './form';
import { sayForm } from './form_words';
import { say } from './words';

/** Words for the faults by field: the form's own, or the daemon's. */
export type Told = Record<string, string>;

interface Field { id: string; label: string; told: Told }

function Frame({ id, label, told, hint, children }: Field & { hint?: string | undefined; children: ComponentChildren }) {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children}
      {told[id] && <p id={`${id}-fault`} class="field-fault">{told[id]}</p>}
      {hint && <p id={`${id}-hint`} class="quiet">{hint}</p>}
    </div>
  );
}

function Text({ id, label, told, value, onValue, hint, decimal = false, type = 'text' }: Field & {
  value: string; onValue: (value: string) => void; hint?: string; decimal?: boolean; type?: 'text' | 'date';
}) {
  const about = {
    id, value, 'aria-invalid': told[id] ? true : undefined,
    'aria-describedby': [told[id] && `${id}-fault`, hint && `${id}-hint`].filter(Boolean).join(' ') || undefined,
    onInput: (e: { currentTarget: HTMLInputElement }) => onValue(e.currentTarget.value),
  };
  return (
    <Frame id={id} label={label} told={told} hint={hint}>
      {type === 'date' ? <input {...about} type="date" /> : <input {...about} type="text" inputMode={decimal ? 'decimal' : 'text'} />}
    </Frame>
  );
}

function Choice<V extends string>({ id, label, told, value, all, words, onValue }: Field & {
  value: V; all: readonly V[]; words: (value: V) => string; onValue: (value: V) => void;
}) {
  return (
    <Frame id={id} label={label} told={told}>
      <select id={id} value={value} onChange={(e) => onValue(e.currentTarget.value as V)}>
        {all.map((one) => <option key={one} value={one}>{words(one)}</option>)}
      </select>
    </Frame>
  );
}

const replaced = <T,>(all: readonly T[], n: number, one: T) => all.map((old, i) => (i === n ? one : old));
const without = <T,>(all: readonly T[], n: number) => all.filter((_, i) => i !== n);

function Slot({ id, n, slot, told, onSlot, onRemove }: {
  id: string; n: number; slot: FormSlot; told: Told; onSlot: (slot: FormSlot) => void; onRemove: (() => void) | null;
}) {
  const set = <K extends keyof FormSlot>(key: K) => (value: FormSlot[K]) => onSlot({ ...slot, [key]: value });
  return (
    <fieldset class="contract-price">
      <legend>{sayForm('slot', { n: n + 1 })}</legend>
      <Text id={`${id}-hours`} told={told} label={sayForm('slot_hours')} value={slot.hours} onValue={set('hours')} />
      <Choice id={`${id}-days`} told={told} label={sayForm('slot_days')} value={slot.days} all={DAYS} words={(day) => sayForm(`days_${day}`)} onValue={set('days')} />
      <Choice id={`${id}-holiday`} told={told} label={sayForm('slot_holiday')} value={slot.holiday} all={HOLIDAYS} words={(one) => sayForm(`holiday_${one}`)} onValue={set('holiday')} />
      <Text id={`${id}-from`} told={told} label={sayForm('season_from')} value={slot.from} onValue={set('from')} />
      <Text id={`${id}-to`} told={told} label={sayForm('season_to')} value={slot.to} onValue={set('to')} />
      {onRemove && <button type="button" class="button" onClick={onRemove}>{sayForm('remove_slot')}</button>}
    </fieldset>
  );
}

function Period({ p, period, told, onPeriod, onRemove }: {
  p: number; period: FormPeriod; told: Told; onPeriod: (period: FormPeriod) => void; onRemove: (() => void) | null;
}) {
  const slots = (all: FormSlot[]) => onPeriod({ ...period, slots: all });
  return (
    <section class="contract-period" aria-label={sayForm('period', { n: p + 1 })}>
      <Text id={`c-period-${p}`} told={told} label={`${sayForm('period_name')}${p === 0 ? ` (${sayForm('rest').toLowerCase()})` : ''}`}
        value={period.name} onValue={(name) => onPeriod({ ...period, name })} />
      {p > 0 && period.slots.map((slot, k) => (
        <Slot key={k} id={`c-slot-${p}-${k}`} n={k} slot={slot} told={told} onSlot={(next) => slots(replaced(period.slots, k, next))}
          onRemove={period.slots.length > 1 ? () => slots(without(period.slots, k)) : null} />
      ))}
      {p > 0 && (
        <div class="contract-buttons">
          <button type="button" class="button" onClick={() => slots([...period.slots, emptySlot()])}>{sayForm('add_slot')}</button>
          {onRemove && <button type="button" class="button" onClick={onRemove}>{sayForm('remove_period')}</button>}
        </div>
      )}
    </section>
  );
}

function Periods({ form, told, onForm }: Part) {
  const periods = (all: FormPeriod[]) => onForm({ ...form, periods: all });
  return (
    <>
      <p class="quiet">{sayForm('periods_hint')} {sayForm('season_hint')}</p>
      {form.periods.map((period, p) => (
        <Period key={p} p={p} period={period} told={told} onPeriod={(next) => periods(replaced(form.periods, p, next))}
          onRemove={p > 1 ? () => periods(without(form.periods, p)) : null} />
      ))}
      {form.periods.length < PERIODS_MAX && (
        <button type="button" class="button" onClick={() => periods([...form.periods, { name: '', slots: [emptySlot()] }])}>{sayForm('add_period')}</button>
      )}
    </>
  );
}

function Spot({ form, told, onForm }: Part) {
  const set = (key: keyof ContractForm['spot']) => (value: string) => onForm({ ...form, spot: { ...form.spot, [key]: value } });
  return (
    <fieldset class="contract-price">
      <legend>{sayForm('kind_spot')}</legend>
      {(['factor', 'loss', 'fee', 'tax'] as const).map((key) => (
        <Text key={key} id={`c-spot-${key}`} decimal told={told} label={sayForm(`spot_${key}`)} value={form.spot[key]} onValue={set(key)} />
      ))}
      <p class="quiet wide">{sayForm('spot_hint')}</p>
    </fieldset>
  );
}

const taxWords = (form: ContractForm) => sayForm(form.taxed ? 'tax' : 'no_tax');

function periodName(form: ContractForm, n: number): string {
  if (form.kind === 'base')
    return say('form.base_name');
  return form.kind === 'hphc' ? say(n === 0 ? 'form.hp_name' : 'form.hc_name') : form.periods[n]?.name || sayForm('period', { n: n + 1 });
}

function Price({ n, form, told, price, onPrice, onRemove }: {
  n: number; form: ContractForm; told: Told; price: FormPrice; onPrice: (price: FormPrice) => void; onRemove: (() => void) | null;
}) {
  const tax = taxWords(form);
  return (
    <fieldset class="contract-price">
      <legend>{say('form.price_n', { n: n + 1 })}</legend>
      <Text id={`c-from-${n}`} type="date" told={told} label={say('form.from')} value={price.from} onValue={(from) => onPrice({ ...price, from })} />
      {form.kind !== 'spot' && idsOf(form).map((id, k) => (
        <Text key={id} id={`c-price-${n}-${k}`} decimal told={told} label={sayForm('price_of', { period: periodName(form, k), tax })}
          value={price.energy[id] ?? ''} onValue={(value) => onPrice({ ...price, energy: { ...price.energy, [id]: value } })} />
      ))}
      <Text id={`c-month-${n}`} decimal told={told} label={sayForm('month', { tax })} value={price.month} onValue={(month) => onPrice({ ...price, month })} />
      {onRemove && <button type="button" class="button" onClick={onRemove}>{say('form.remove')}</button>}
    </fieldset>
  );
}

function Charge({ n, taxed, told, charge, onCharge, onRemove }: {
  n: number; taxed: boolean; told: Told; charge: FormCharge; onCharge: (charge: FormCharge) => void; onRemove: () => void;
}) {
  const id = `c-charge-${n}`;
  const known = CHARGES.includes(charge.id) ? charge.id : 'autre';
  return (
    <fieldset class="contract-price">
      <legend>{sayForm('charge', { n: n + 1 })}</legend>
      <Choice id={`${id}-id`} told={told} label={sayForm('charge_id')} value={known} all={CHARGES}
        words={(one) => sayForm(`charge_${one}` as 'charge_cta')} onValue={(one) => onCharge({ ...emptyCharge(one), amount: charge.amount })} />
      <Choice id={`${id}-unit`} told={told} label={sayForm('charge_unit')} value={charge.unit} all={['kwh', 'year'] as const}
        words={(one) => sayForm(`unit_${one}`)} onValue={(unit) => onCharge({ ...charge, unit })} />
      <Text id={`${id}-amount`} decimal told={told} label={sayForm(`charge_amount_${charge.unit}`)} value={charge.amount} onValue={(amount) => onCharge({ ...charge, amount })} />
      {!taxed && (
        <Choice id={`${id}-vat`} told={told} label={sayForm('charge_vat')} value={charge.vat} all={['energy', 'subscription'] as const}
          words={(one) => sayForm(`vat_as_${one}`)} onValue={(vat) => onCharge({ ...charge, vat })} />
      )}
      <button type="button" class="button" onClick={onRemove}>{sayForm('remove_charge')}</button>
    </fieldset>
  );
}

function Taxes({ form, told, onForm }: Part) {
  const charges = (all: FormCharge[]) => onForm({ ...form, charges: all });
  const vat = (key: 'energy' | 'subscription') => (value: string) => onForm({ ...form, vat: { ...form.vat, [key]: value } });
  return (
    <details open={!form.taxed || form.charges.length > 0}>
      <summary>{sayForm('taxes')}</summary>
      <Choice id="c-taxed" told={told} label={sayForm('taxed')} value={form.taxed ? 'yes' : 'no'} all={['yes', 'no'] as const}
        words={(one) => sayForm(`taxed_${one}`)} onValue={(one) => onForm({ ...form, taxed: one === 'yes' })} />
      {!form.taxed && (
        <>
          <Text id="c-vat-energy" decimal told={told} label={sayForm('vat_energy')} value={form.vat.energy} onValue={vat('energy')} />
          <Text id="c-vat-subscription" decimal told={told} label={sayForm('vat_subscription')} value={form.vat.subscription} onValue={vat('subscription')} />
        </>
      )}
      {form.charges.map((charge, n) => (
        <Charge key={n} n={n} taxed={form.taxed} told={told} charge={charge} onCharge={(next) => charges(replaced(form.charges, n, next))}
          onRemove={() => charges(without(form.charges, n))} />
      ))}
      <button type="button" class="button" onClick={() => charges([...form.charges, emptyCharge(CHARGES[form.charges.length] ?? 'autre')])}>{sayForm('add_charge')}</button>
      <p class="quiet">{sayForm('charges_hint')}</p>
    </details>
  );
}

function Professional({ form, told, onForm }: Part) {
  const p = form.professional;
  const set = (key: 'tan_phi' | 'reactive' | 'hours' | 'from' | 'to' | 'per_hour' | 'per_kva') => (value: string) =>
    onForm({ ...form, professional: { ...p, [key]: value } });
  return (
    <details open={p.on}>
      <summary>{sayForm('pro')}</summary>
      <label class="choice" for="c-pro-on">
        <input id="c-pro-on" type="checkbox" checked={p.on} onChange={(e) => onForm({ ...form, professional: { ...p, on: e.currentTarget.checked } })} />
        {sayForm('pro_on')}
      </label>
      {p.on && (
        <div class="contract-price">
          <Text id="c-pro-tan" decimal told={told} label={sayForm('pro_tan')} value={p.tan_phi} onValue={set('tan_phi')} />
          <Text id="c-pro-reactive" decimal told={told} label={sayForm('pro_reactive')} value={p.reactive} onValue={set('reactive')} />
          <Text id="c-pro-hours" told={told} label={sayForm('pro_hours')} value={p.hours} onValue={set('hours')} />
          <Text id="c-pro-from" told={told} label={sayForm('pro_from')} value={p.from} onValue={set('from')} />
          <Text id="c-pro-to" told={told} label={sayForm('pro_to')} value={p.to} onValue={set('to')} />
          <Text id="c-pro-hour" decimal told={told} label={sayForm('pro_hour')} value={p.per_hour} onValue={set('per_hour')} />
          <Text id="c-pro-kva" decimal told={told} label={sayForm('pro_kva')} value={p.per_kva} onValue={set('per_kva')} />
        </div>
      )}
    </details>
  );
}

interface Part { form: ContractForm; told: Told; onForm: (form: ContractForm) => void }

const kindWords = (kind: Kind) => kind === 'base' ? say('form.kind_base') : kind === 'hphc' ? say('form.kind_hphc') : sayForm(`kind_${kind}`);

export function Fields({ form, told, onForm, today }: Part & { today: string }) {
  const set = <K extends keyof ContractForm>(key: K) => (value: ContractForm[K]) => onForm({ ...form, [key]: value });
  const prices = set('prices');
  return (
    <>
      <Text id="c-name" told={told} label={say('form.name')} value={form.name} onValue={set('name')} />
      <Choice id="c-kva" told={told} label={say('form.kva')} value={form.kva} all={KVA} words={(kva) => kvaWords(Number(kva))} onValue={set('kva')} />
      <Choice id="c-kind" told={told} label={say('form.kind')} value={form.kind} all={['base', 'hphc', 'periods', 'spot'] as const} words={kindWords} onValue={set('kind')} />
      {form.kind === 'hphc' && <Text id="c-hours" told={told} label={say('form.hours')} value={form.hours} hint={say('form.hours_hint')} onValue={set('hours')} />}
      {form.kind === 'periods' && <Periods form={form} told={told} onForm={onForm} />}
      {form.kind === 'spot' && <Spot form={form} told={told} onForm={onForm} />}
      {form.prices.map((price, n) => (
        <Price key={n} n={n} form={form} told={told} price={price} onPrice={(next) => prices(replaced(form.prices, n, next))}
          onRemove={n > 0 ? () => prices(without(form.prices, n)) : null} />
      ))}
      <button type="button" class="button" onClick={() => prices([...form.prices, emptyPrice(today)])}>{say('form.add')}</button>
      <Taxes form={form} told={told} onForm={onForm} />
      <Professional form={form} told={told} onForm={onForm} />
      <Text id="c-feed" decimal told={told} label={say('form.feed_in')} value={form.feed_in} onValue={set('feed_in')} />
    </>
  );
}
