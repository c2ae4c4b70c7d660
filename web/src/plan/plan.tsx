/* Prévisions & plan: the prices and the sun that come, what each planned appliance will do and
 * why, and what that saves against its thermostat alone. */
import { useState } from 'preact/hooks';
import type { Load, Plan as PlanData, PlanAction, PlanGave, PlanLoad, Session, State } from '../api/types';
import { Bars, Ribbon } from '../grid/ribbon';
import type { Bar } from '../grid/facts';
import { useAsked } from '../lib/ask';
import { energy, measure, money, number, power, price, type Quantity } from '../lib/format';
import { clock } from '../lib/time';
import { moment } from '../lib/words';
import { lang, t } from '../i18n';
import { Icon, loadIcon } from '../ui/icons';
import { Big, Card, ViewSwitch } from '../ui/parts';
import { actionsOf, drawLevel, endOf, isOld, isPlanned, madeOf, priceBars, runsOf, saved, scaleOf, startOf, stepMs, type Planned } from './facts';
import { mayOverride } from '../model';
import { BatteryCard } from './battery';
import { CarForm } from './car';
import { Frame, HIGH, Hours, WIDTH } from './frame';
import { PlanTabs } from './tabs';
import { has, say } from './words';
import '../style/grid.css';
import '../style/plan.css';

const AGAIN_MS = 30_000;
const YAML = ['plan:', '  water: {load: water_heater, litres: 200}', '  car: {load: car, need_kwh: 8, home: "18:30", ready: "07:00"}'];

interface Seen { plan: Planned; now: number; zone: string }

/** Money in large: the number apart from its sign. */
const euros = (value: number): Quantity => ({ value: number(value, 2, lang()), unit: '€' });

function Relaxed({ plan, loads }: { plan: Planned; loads: Load[] }) {
  if (plan.plan.relaxed.length === 0)
    return null;
  const name = (id: string) => loads.find((l) => l.id === id)?.name ?? id;
  const words = ({ limit, load, most }: PlanGave) => {
    const key = `relaxed.${limit}`;
    const what = has(key) ? say(key, { most: measure(most, '', 1, lang()).trim() }) : limit;
    return load && limit.startsWith('temp_') ? say('relaxed.of', { load: name(load), what }) : what;
  };
  return (
    <div class="sub">
      <h3>{say('relaxed.title')}</h3>
      <ul class="plan-relaxed">
        {plan.plan.relaxed.map((r) => (
          <li key={`${r.limit} ${r.load}`}>{say('relaxed.line', { what: words(r), price: money(r.cost_eur, lang()) })}</li>
        ))}
      </ul>
    </div>
  );
}

/** When the plan was made; that it is old, or can't be read any more, is said aloud. */
function Age({ plan, now, zone, lost }: Seen & { lost: boolean }) {
  const time = moment(madeOf(plan), now, zone);
  const key = lost ? 'made.lost' : isOld(plan, now) ? 'made.old' : 'made';
  return <p class={key === 'made' ? 'quiet' : 'plan-old'} role={key === 'made' ? undefined : 'alert'}>{say(key, { time })}</p>;
}

function SavedCard({ plan, now, zone, lost, loads }: Seen & { lost: boolean; loads: Load[] }) {
  const less = saved(plan);
  const key = less.all > 0.005 ? 'saved.more' : less.all < -0.005 ? 'saved.less' : 'saved.same';
  const eur = (value: number) => money(value, lang());
  return (
    <Card title={say('saved.title')} area="plan-saved">
      <p class="headline">
        <Big q={euros(Math.abs(less.all))} />
        <span class="headline-words">{say(key)}</span>
      </p>
      <Age plan={plan} now={now} zone={zone} lost={lost} />
      <p>{say('saved.paid', { plan: eur(plan.plan.paid_eur), without: eur(plan.thermostat.paid_eur) })}</p>
      {(plan.plan.comfort_eur >= 0.005 || plan.thermostat.comfort_eur >= 0.005) && (
        <p>{say('saved.comfort', { plan: eur(plan.plan.comfort_eur), without: eur(plan.thermostat.comfort_eur) })}</p>
      )}
      {(plan.plan.wear_eur >= 0.005 || plan.thermostat.wear_eur >= 0.005) && (
        <p>{say('saved.wear', { plan: eur(plan.plan.wear_eur), without: eur(plan.thermostat.wear_eur) })}</p>
      )}
      {plan.plan.stored_eur >= 0.005 && <p>{say('saved.stored', { plan: eur(plan.plan.stored_eur) })}</p>}
      <Relaxed plan={plan} loads={loads} />
      <p class="quiet">{say('saved.help', { time: moment(endOf(plan), now, zone) })} {say('limits')}</p>
    </Card>
  );
}

/** Hours in which less may be drawn than is subscribed, or Ecowatt holds appliances off. */
function Asked({ plan, now, zone }: Seen) {
  if (plan.limits.length === 0)
    return null;
  return (
    <div class="sub">
      <h3>{say('limits.title')}</h3>
      <ul class="plan-relaxed">
        {plan.limits.map((l) => {
          const words = { from: moment(Date.parse(l.from), now, zone), to: moment(Date.parse(l.to), now, zone) };
          const key = `limits.${l.limit}`;
          return <li key={l.from}>{has(key) ? say(key, words)
            : say('limits.other', { ...words, limit: l.limit, kw: measure(l.import_w / 1000, 'kW', 1, lang()) })}</li>;
        })}
      </ul>
    </div>
  );
}

function PriceCard({ plan, now, zone }: Seen) {
  const bars = priceBars(plan);
  const from = startOf(plan), to = endOf(plan);
  const kwh = (watts: number[]) => energy((watts.reduce((sum, w) => sum + w, 0) * plan.step_s) / 3600, lang());
  const words = (bar: Bar) => say('price.at', {
    from: moment(bar.from, now, zone), to: moment(bar.to, now, zone), price: price(bar.value, lang()),
  });
  const known = from + plan.priced * stepMs(plan);
  return (
    <Card title={say('price.title')} area="plan-price">
      <Ribbon bars={bars} from={from} to={to} now={now} label={say('price.ribbon')} words={words}
        rest={say('price.rest', { time: moment(to, now, zone) })}
        scale={scaleOf(plan).map((at) => clock(at, zone))} />
      <p>{say('price.sun', { sun: kwh(plan.sun_w), most: power(Math.max(0, ...plan.sun_w), lang()), grid: kwh(plan.import_w) })}</p>
      {plan.sun_w.some((w) => w > 0) && (
        <>
          <Bars bars={plan.sun_w.map((value, k) => ({ from: from + k * stepMs(plan), to: from + (k + 1) * stepMs(plan), value }))}
            from={from} to={to} now={now} small />
          <Hours plan={plan} zone={zone} />
        </>
      )}
      <Asked plan={plan} now={now} zone={zone} />
      <p class="quiet">{say(`base.${plan.forecast.base}`, { days: String(plan.forecast.base_days) })}{plan.forecast.sun === 'learnt' && <>{' '}{say('sun.learnt')}</>}</p>
      {known < to && <p class="quiet">{say('price.assumed', { time: moment(known, now, zone) })}</p>}
    </Card>
  );
}

/** Energy that costs nothing later is the site's own sun. */
function whyWords(a: PlanAction): string {
  const plain = `why.${a.why}`, sunny = `${plain}.sun`;
  const key = a.instead_eur_per_kwh === 0 && has(sunny) ? sunny : plain;
  const eur = (value: number) => price(value, lang());
  return has(key) ? say(key, { price: eur(a.price_eur_per_kwh), instead: eur(a.instead_eur_per_kwh) }) : a.why;
}

function Actions({ name, actions, now, zone }: { name: string; actions: PlanAction[]; now: number; zone: string }) {
  return (
    <div class="tables plan-table" tabIndex={0} role="group" aria-label={say('caption', { name })}>
      <table>
        <caption class="sr">{say('caption', { name })}</caption>
        <thead><tr>
          <th scope="col">{say('col.when')}</th><th scope="col">{say('col.what')}</th><th scope="col">{say('col.why')}</th>
        </tr></thead>
        <tbody>
          {actions.map((a) => {
            const begun = Date.parse(a.from) <= now;
            return (
              <tr key={a.from} class={begun ? 'plan-now' : ''}>
                <th scope="row">{say('time', { from: begun ? say('now') : moment(a.from, now, zone), to: moment(a.to, now, zone) })}</th>
                <td>{say(a.state)}</td>
                <td>{whyWords(a)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

export function Level({ load, plan, now, zone, caption }: { load: PlanLoad; caption?: string } & Seen) {
  const drawing = drawLevel(load, WIDTH, HIGH);
  if (!drawing)
    return null;
  const unit = load.unit === 'C' ? '°C' : 'kWh';
  const words = (value: number) => measure(value, unit, 1, lang());
  const key = load.unit === 'C' ? 'level.C' : load.kind === 'car' ? 'level.car' : 'level.kWh';
  const x = ((now - startOf(plan)) / (endOf(plan) - startOf(plan))) * WIDTH;
  return (
    <figure class="plan-level">
      <Frame plan={plan} zone={zone} most={words(drawing.high)} least={words(drawing.low)}>
        {runsOf(load, WIDTH).map((run) => <rect key={run.x} class="plan-run" x={run.x} y={0} width={run.width} height={HIGH} />)}
        <path class="plan-band" d={drawing.band} />
        <path class="plan-line" d={drawing.line} />
        {x >= 0 && x <= WIDTH && <path class="bars-now" d={`M${x} 0v${HIGH}`} />}
      </Frame>
      <figcaption class="quiet">
        {caption ?? `${say(key, { low: words(Math.min(...load.level)), high: words(Math.max(...load.level)) })}.`}
        {load.estimated && <>{' '}{say('estimated')}</>}
      </figcaption>
    </figure>
  );
}

function LoadCard({ load, known, seen, may }: { load: PlanLoad; known: Load | undefined; seen: Seen; may: boolean }) {
  const [table, setTable] = useState(false);
  const name = known?.name ?? load.load;
  const actions = actionsOf(seen.plan, load.load, seen.now);
  const first = actions[0];
  return (
    <section class="plan-load" aria-label={name}>
      <header class="card-head">
        <h3><Icon name={loadIcon({ id: load.load, name })} /> {name}</h3>
        <ViewSwitch table={table} onChange={setTable} drawing={say('view')} />
      </header>
      {first && (
        <p class="plan-next">
          <strong>{say(first.state)}</strong> {say('until', { time: moment(first.to, seen.now, seen.zone) })}{' '}{whyWords(first)}.
        </p>
      )}
      {table ? <Actions name={name} actions={actions} now={seen.now} zone={seen.zone} />
        : <Level load={load} {...seen} />}
      {load.kind === 'car' && seen.plan.car && (
        <CarForm key={`${seen.plan.car.need_kwh} ${seen.plan.car.ready ?? seen.plan.car.ready_minute}`} car={seen.plan.car} now={seen.now} zone={seen.zone} may={may} />
      )}
    </section>
  );
}

/** Why there is no plan, in the page's language; what only the solver can say stays as it says it. */
function whyNot(error: string): string {
  switch (error) {
    case 'the clock is not set': return say('why.clock');
    case 'there is no contract: prices are not known': return say('why.contract');
    case 'no price is known': return say('why.price');
    case 'neither the weather nor the room\'s temperature is known': return say('why.weather');
    case 'how full the battery is nobody says': return say('why.battery');
    default: return error;
  }
}

function Without({ plan }: { plan: PlanData }) {
  return (
    <Card title={say('saved.title')} area="plan-none">
      <p role="status">
        {plan.state === 'off' ? say('off') : plan.state === 'starting' ? say('starting') : say('none', { error: whyNot(plan.error ?? '') })}
      </p>
      {plan.state === 'off' && <pre class="add" tabIndex={0}><code>{YAML.join('\n')}</code></pre>}
    </Card>
  );
}

export function Plan(props: { state: State | null; now: number; zone: string; session: Session | null }) {
  return <><PlanTabs here="plan" /><Day {...props} /></>;
}

function Day({ state, now, zone, session }: { state: State | null; now: number; zone: string; session: Session | null }) {
  const { data, error } = useAsked<PlanData>('/plan', AGAIN_MS);
  if (!data)
    return <p role={error ? 'alert' : 'status'}>{error ? say('failed') : t('app.loading')}</p>;
  if (!isPlanned(data))
    return <div class="plan-page"><Without plan={data} /></div>;
  const seen = { plan: data, now, zone };
  return (
    <div class="plan-page">
      <SavedCard {...seen} lost={!!error} loads={state?.loads ?? []} />
      <PriceCard {...seen} />
      <Card title={say('loads.title')} area="plan-loads">
        <p class="quiet">{say('loads.key')}</p>
        {data.loads.map((load) => (
          <LoadCard key={load.load} load={load} known={state?.loads.find((l) => l.id === load.load)} seen={seen} may={mayOverride(session)} />
        ))}
        {data.battery && <BatteryCard battery={data.battery} known={state?.loads.find((l) => l.id === data.battery!.load)} seen={seen} />}
      </Card>
    </div>
  );
}
