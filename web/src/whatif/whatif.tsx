/* Et si ? Panels, a battery, another contract or power, other walls or set points on the measured use: asked by a button. */
import { useState } from 'preact/hooks';
import { api } from '../api/client';
import type { WhatIf as Told, WhatIfItem, WhatIfZone } from '../api/whatif';
import { energy, measure, money, number, percent, power } from '../lib/format';
import { endWords, startWords } from '../costs/facts';
import { CostsTabs } from '../costs/tabs';
import { has as hasPeriod, say as sayCosts } from '../costs/words';
import { has as hasHeating, say as sayHeating } from '../heating/words';
import { lang } from '../i18n';
import { Card, refusalWords } from '../ui/parts';
import { best, changes, heats, isPaidFor, isShort, unseen, pathOf, payBack, perYear, priceOf, type Wish } from './facts';
import { say } from './words';
import '../style/whatif.css';

const PATIENCE_MS = 65_000; /* the daemon gives up after a minute */
const CONTRACTS = ['own', 'base', 'hphc', 'tempo'] as const;

const amount = (n: number) => number(n, Number.isInteger(n) ? 0 : 1, lang());
const kva = (n: number) => measure(n, 'kVA', Number.isInteger(n) ? 0 : 1, lang());
const kwh = (n: number | undefined) => energy(n === undefined ? null : n * 1000, lang());
const share = (ratio: number | null | undefined) => (typeof ratio === 'number' ? percent(ratio, lang()) : '—');

const signed = (n: number) => (n > 0 ? '+' : n < 0 ? '−' : '') + amount(Math.abs(n));

/** « 3 kWc, 5 kWh de batterie, Tarif Bleu Tempo 6 kVA ». */
function nameOf(item: WhatIfItem): string {
  const words = [
    ...(item.pv_kwp > 0 ? [say('with.pv', { n: amount(item.pv_kwp) })] : []),
    ...(item.battery_kwh > 0 ? [say('with.battery', { n: amount(item.battery_kwh) })] : []),
    ...(item.insulation !== 1 ? [say('with.insulation', { n: signed(Math.round((item.insulation - 1) * 1000) / 10) })] : []),
    ...(item.setpoint_k !== 0 ? [say('with.setpoint', { n: signed(item.setpoint_k) })] : []),
    ...(item.own ? [] : [say('with.contract', { name: item.contract, kva: kva(item.power_kva) })]),
  ];
  return words.join(', ');
}

function periodWords(id: string): string {
  const key = `period.${id}`;
  return hasPeriod(key) ? sayCosts(key) : id;
}

interface Prices { kwp: number; kwh: number }

function Row({ item, told, prices, today }: { item: WhatIfItem; told: Told; prices: Prices; today: boolean }) {
  const name = today ? say('today') : nameOf(item);
  if (item.fault)
    return <tr><th scope="row">{name}</th><td colSpan={9 + (heats(told) ? 2 : 0) + (told.co2_g_per_kwh === null ? 0 : 1)}>{say(`fault.${item.fault}`)}</td></tr>;
  const price = priceOf(item, prices.kwp, prices.kwh);
  const years = payBack(item, price, told);
  const back = today || price <= 0 || !isPaidFor(item) ? '—' : years === null ? say('never') : say('back.years', { n: Math.max(1, Math.round(years)) });
  return (
    <tr>
      <th scope="row">{name}</th>
      <td class="num">{money(perYear(item.total_eur ?? 0, told), lang())}</td>
      <td class="num">{today ? '—' : money(perYear(item.saving_eur ?? 0, told), lang())}</td>
      <td class="num">{back}</td>
      <td class="num">{kwh(item.import_kwh)}</td>
      <td class="num">{kwh(item.export_kwh)}</td>
      <td class="num">{item.pv_kwp > 0 ? kwh(item.pv_kwh) : '—'}</td>
      <td class="num">{share(item.self_consumption)}</td>
      <td class="num">{item.pv_kwp > 0 || item.battery_kwh > 0 ? share(item.self_sufficiency) : '—'}</td>
      <td class="num">{power(item.peak_w, lang())}</td>
      {heats(told) && <td class="num">{kwh(item.heating_kwh)}</td>}
      {heats(told) && <td class="num">{measure(item.cold_kh ?? 0, '°C·h', 0, lang())}</td>}
      {told.co2_g_per_kwh !== null && <td class="num">{measure(perYear(item.co2_kg ?? 0, told), 'kg', 0, lang())}</td>}
    </tr>
  );
}

const HEADS = ['cost', 'saved', 'back', 'import', 'export', 'made', 'own_use', 'own_need', 'peak'] as const;

function Cases({ told, prices }: { told: Told; prices: Prices }) {
  return (
    <div class="tables" tabIndex={0} role="group" aria-label={say('caption')}>
      <table class="whatif-cases">
        <caption>{say('caption')}</caption>
        <thead><tr>
          <th scope="col">{say('what')}</th>
          {HEADS.map((head) => <th key={head} scope="col" class="num">{say(head)}</th>)}
          {heats(told) && <th scope="col" class="num">{say('heating')}</th>}
          {heats(told) && <th scope="col" class="num">{say('cold')}</th>}
          {told.co2_g_per_kwh !== null && <th scope="col" class="num">{say('co2.year')}</th>}
        </tr></thead>
        <tbody>
          <Row item={told.base} told={told} prices={prices} today />
          {changes(told).map((item, i) => <Row key={i} item={item} told={told} prices={prices} today={false} />)}
        </tbody>
      </table>
    </div>
  );
}

function Periods({ told }: { told: Told }) {
  const rows = [told.base, ...changes(told)].filter((item) => !item.fault);
  return (
    <details>
      <summary>{say('periods')}</summary>
      <ul class="whatif-periods" aria-label={say('period.caption')}>
        {rows.map((item, i) => (
          <li key={i}>
            <strong>{i === 0 && item === told.base ? say('today') : nameOf(item)}</strong>{' '}
            {(item.periods ?? []).filter((p) => p.kwh > 0).map((p) => `${periodWords(p.period)} ${kwh(p.kwh)}`).join(' · ')}
          </li>
        ))}
      </ul>
    </details>
  );
}

function SunBasis({ told }: { told: Told }) {
  if (told.sun === 'own')
    return <li class="quiet">{say('basis.sun.own', { n: amount(told.own_kwp ?? 0) })}</li>;
  return (
    <>
      <li class="quiet">{say('basis.weather')}</li>
      {told.sun_lacks && <li class="quiet">{say(`basis.sun.${told.sun_lacks}`)}</li>}
      {!told.place_known && <li class="quiet">{say('basis.place')}</li>}
    </>
  );
}

function ZoneBasis({ zone }: { zone: WhatIfZone }) {
  const lacks = `lacks.${zone.lacks}`;
  const per = (w: number | null) => power(w, lang());
  return (
    <li class="quiet">
      {zone.known
        ? say('basis.zone', { name: zone.name, loss: per(zone.loss_w_per_k), low: per(zone.loss_low_w_per_k), high: per(zone.loss_high_w_per_k),
          days: Math.round(zone.days) })
        : say('basis.zone.not', { name: zone.name, why: hasHeating(lacks) ? sayHeating(lacks) : zone.lacks ?? '' })}
    </li>
  );
}

function HeatingBasis({ told }: { told: Told }) {
  if (!told.heating)
    return <li class="quiet">{say('basis.zones.none')}</li>;
  return (
    <>
      {heats(told) && <li class="quiet">{say('basis.heating')}</li>}
      {heats(told) && unseen(told) > 0 && <li class="tone-text-warn">{say('basis.unseen', { kwh: kwh(unseen(told)) })}</li>}
      {heats(told) && <li class="quiet">{say('basis.outdoor', { n: told.heating.weather_days })}</li>}
      {told.heating.zones.map((zone) => <ZoneBasis key={zone.id} zone={zone} />)}
    </>
  );
}

function Basis({ told }: { told: Told }) {
  const panels = told.items.some((item) => item.pv_kwp > 0);
  const battery = told.items.some((item) => item.battery_kwh > 0);
  const hours = Math.round(told.missing_s / 3600);
  return (
    <ul class="lacks">
      <li class="quiet">{say('basis', { days: Math.round(told.days), from: startWords(told.from), to: endWords(told.to) })}</li>
      {isShort(told) && <li class="quiet">{say('basis.short')}</li>}
      {hours > 0 && <li class="quiet">{say('basis.missing', { hours })}</li>}
      {panels && <SunBasis told={told} />}
      {panels && <li class="quiet">{say('basis.today')}</li>}
      {battery && <li class="quiet">{say('basis.battery')}</li>}
      {told.co2_g_per_kwh !== null && <li class="quiet">{say('basis.co2', { g: amount(told.co2_g_per_kwh) })}</li>}
      <HeatingBasis told={told} />
    </ul>
  );
}

function Verdict({ told }: { told: Told }) {
  const item = best(told);
  return (
    <p class="verdict-line" role="status"><strong>
      {item ? say('best', { eur: money(perYear(item.saving_eur ?? 0, told), lang()), what: nameOf(item) }) : say('best.none')}
    </strong></p>
  );
}

function Field({ id, label, hint, value, set, text }: {
  id: string; label: string; hint?: string; value: string; set: (value: string) => void; text?: boolean;
}) {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input id={id} type="text" inputMode={text ? 'text' : 'decimal'} value={value} onInput={(e) => set(e.currentTarget.value)}
        {...(hint ? { 'aria-describedby': `${id}-hint` } : {})} />
      {hint && <small id={`${id}-hint`} class="quiet">{hint}</small>}
    </div>
  );
}

const priced = (text: string) => {
  const value = Number(text.trim().replace(',', '.'));
  return Number.isFinite(value) && value > 0 ? value : 0;
};

export function WhatIf() {
  const [wish, setWish] = useState<Wish>({ pv: '0 3 6', battery: '0 5', contract: '', kva: '', yields: '1000', own: '', spared: '', setpoint: '', co2: '' });
  const [prices, setPrices] = useState({ kwp: '2000', kwh: '600' });
  const [told, setTold] = useState<Told | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState('');
  const change = (part: Partial<Wish>) => setWish({ ...wish, ...part });
  const ask = () => {
    const asked = pathOf(wish);
    setError('wrong' in asked ? say(`wrong.${asked.wrong}`) : '');
    if ('wrong' in asked || busy)
      return;
    setBusy(true);
    setTold(null);
    api<Told>('GET', asked.path, undefined, PATIENCE_MS).then(setTold, (reason) => setError(refusalWords(reason))).then(() => setBusy(false));
  };
  return (
    <>
      <CostsTabs here="whatif" />
      <div class="whatif-page">
        <Card title={say('title')} area="whatif">
          <p class="quiet">{say('about')}</p>
          <form class="whatif-form" onSubmit={(e) => { e.preventDefault(); ask(); }}>
            <Field id="whatif-pv" label={say('pv')} hint={say('pv.hint')} value={wish.pv} set={(pv) => change({ pv })} />
            <Field id="whatif-yield" label={say('yields')} hint={say('yields.hint')} value={wish.yields} set={(yields) => change({ yields })} />
            <Field id="whatif-own" label={say('own')} hint={say('own.hint')} value={wish.own} set={(own) => change({ own })} />
            <Field id="whatif-battery" label={say('battery')} hint={say('battery.hint')} value={wish.battery} set={(battery) => change({ battery })} />
            <div class="field">
              <label for="whatif-contract">{say('contract')}</label>
              <select id="whatif-contract" value={wish.contract} onChange={(e) => change({ contract: e.currentTarget.value })}>
                {CONTRACTS.map((name) => <option key={name} value={name === 'own' ? '' : `bleu-${name}`}>{say(`contract.${name}`)}</option>)}
              </select>
            </div>
            <Field id="whatif-kva" label={say('kva')} hint={say('kva.hint')} value={wish.kva} set={(kva) => change({ kva })} />
            <Field id="whatif-spared" label={say('spared')} hint={say('spared.hint')} value={wish.spared} set={(spared) => change({ spared })} />
            <Field id="whatif-setpoint" label={say('setpoint')} hint={say('setpoint.hint')} value={wish.setpoint} set={(setpoint) => change({ setpoint })} text />
            <Field id="whatif-co2" label={say('co2')} hint={say('co2.hint')} value={wish.co2} set={(co2) => change({ co2 })} />
            <Field id="whatif-kwp" label={say('per_kwp')} value={prices.kwp} set={(kwp) => setPrices({ ...prices, kwp })} />
            <Field id="whatif-kwh" label={say('per_kwh')} value={prices.kwh} set={(kwh) => setPrices({ ...prices, kwh })} />
            <button type="submit" class="button" aria-disabled={busy}>{say('ask')}</button>
          </form>
          {busy && <p role="status">{say('busy')}</p>}
          {error && <p class="tone-text-warn" role="alert">{error}</p>}
          {told && (
            <>
              <Verdict told={told} />
              <Cases told={told} prices={{ kwp: priced(prices.kwp), kwh: priced(prices.kwh) }} />
              <Periods told={told} />
              <Basis told={told} />
            </>
          )}
        </Card>
      </div>
    </>
  );
}
