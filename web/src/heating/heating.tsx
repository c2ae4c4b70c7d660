/* Chauffage: each zone with its temperature, its set point and what is done for it, the coming day
 * of its plan, its schedule, and how well it is known. */
import { useState } from 'preact/hooks';
import { del, put } from '../api/client';
import type { Load, Plan as PlanData, Session, State } from '../api/types';
import type { Twin, Zone, Zones } from '../api/zones';
import { ForceDialog } from '../home/forms';
import { useAsked } from '../lib/ask';
import { energy, measure, power } from '../lib/format';
import { dayName } from '../lib/time';
import { moment, why } from '../lib/words';
import { lang, t } from '../i18n';
import { isPlanned } from '../plan/facts';
import { Level } from '../plan/plan';
import { PlanTabs } from '../plan/tabs';
import { Icon } from '../ui/icons';
import { mayOverride } from '../model';
import { Big, Card, refusalWords } from '../ui/parts';
import { inOrder, planOf, plannedWh, SET_MAX, SET_MIN, SET_STEP, setOf, stretches } from './facts';
import { has, say } from './words';
import '../style/plan.css';
import '../style/heating.css';

const AGAIN_MS = 10_000, PLAN_MS = 30_000;
const YAML = [
  'zones:', '  - id: living', '    name: Séjour', '    sensor: living_thermometer', '    loads: [heating]',
  '    schedule:', '      - {at: "06:00", set_c: 20}', '      - {at: "22:00", set_c: 17}',
];

interface Seen { now: number; zone: string }

/** 2024 began on a Monday. */
const weekday = (day: number) => dayName(`2024-01-0${day}`, lang(), 'short').split(' ')[0] ?? '';
const minuteClock = (minute: number) => `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
const degrees = (c: number | null) => measure(c, '°C', 1, lang());
const kelvins = (k: number) => measure(k, 'K', 1, lang());

function Now({ zone, loads, seen }: { zone: Zone; loads: Load[]; seen: Seen }) {
  const known = zone.temperature_c !== null;
  const mine = loads.filter((load) => zone.loads.includes(load.id));
  const asks = `asks.${zone.asks}`;
  return (
    <>
      <p class="headline">
        <Big q={known ? { value: degrees(zone.temperature_c).split('\u00a0')[0] ?? '', unit: '°C' } : { value: '—', unit: '' }} dim={!known} />
        <span class="headline-words">{say('air')}</span>
      </p>
      {!known && (
        <p class={zone.state === 'silent' ? 'plan-old' : 'quiet'}>
          {say(zone.state === 'silent' ? 'air.silent' : 'air.starting')} {say(`silent.${zone.when_silent}`)}
        </p>
      )}
      <p>
        {zone.override
          ? say('set.until', {
            set: degrees(zone.override.set_c), due: degrees(zone.scheduled_c),
            time: zone.override.until ? moment(zone.override.until, seen.now, seen.zone) : '—',
          })
          : say('set', { set: degrees(zone.set_c) })}
        {known && has(asks) && <>{' '}{say(asks, { frost: degrees(zone.frost_c) })}</>}
      </p>
      <ul class="heat-loads">
        {mine.map((load) => <li key={load.id}>{say('load', { name: load.name, why: why(load) })}</li>)}
      </ul>
    </>
  );
}

function Hands({ zone, seen, after }: { zone: Zone; seen: Seen; after: (zone: Zone) => void }) {
  const [open, setOpen] = useState(false);
  const [text, setText] = useState('');
  const [error, setError] = useState('');
  const path = `/zones/${zone.id}/set`;
  const apply = async (until: number) => {
    const set_c = setOf(text);
    if (set_c === null)
      throw new Error(say('dialog.bad', { low: degrees(SET_MIN), high: degrees(SET_MAX) }));
    after(await put<Zone>(path, { set_c, until: new Date(until).toISOString() }));
  };
  const back = async () => {
    try {
      setError('');
      after(await del<Zone>(path));
    } catch (refused) {
      setError(refusalWords(refused));
    }
  };
  return (
    <div class="actions">
      <button type="button" class="button" onClick={() => { setText(String(zone.set_c ?? zone.scheduled_c)); setOpen(true); }}>{say('change')}</button>
      {zone.override && <button type="button" class="button" onClick={() => void back()}>{say('back')}</button>}
      {error && <p class="error" role="alert">{error}</p>}
      {open && (
        <ForceDialog title={say('dialog', { name: zone.name })} help={say('dialog.help')} now={seen.now} zone={seen.zone}
          apply={apply} onClose={() => setOpen(false)}>
          <label class="field">
            <span>{say('dialog.set')}</span>
            <input type="number" inputMode="decimal" min={SET_MIN} max={SET_MAX} step={SET_STEP} value={text} required
              onInput={(e) => setText(e.currentTarget.value)} />
          </label>
        </ForceDialog>
      )}
    </div>
  );
}

function Next({ zone, told, seen }: { zone: Zone; told: PlanData | null; seen: Seen }) {
  const plan = told && isPlanned(told) ? told : null;
  const load = planOf(plan, zone);
  return (
    <div class="sub">
      <h3>{say('next.title')}</h3>
      {plan && load ? (
        <>
          <Level load={load} plan={plan} now={seen.now} zone={seen.zone} caption={say('next', {
            low: degrees(Math.min(...load.level)), high: degrees(Math.max(...load.level)),
            energy: energy(plannedWh(load, plan.step_s), lang()),
          })} />
          <p class="quiet">{say('next.band', { below: kelvins(zone.below_k), above: kelvins(zone.above_k) })}</p>
        </>
      ) : <p class="quiet">{!told ? t('app.loading') : say(told.state === 'starting' ? 'next.starting' : 'next.none')}</p>}
    </div>
  );
}

function dayWords(weekdays: number[]): string {
  if (weekdays.length === 7)
    return say('days.all');
  return stretches(weekdays)
    .map(([from, to]) => (from === to ? weekday(from) : say('days.span', { from: weekday(from), to: weekday(to) }))).join(', ');
}

function Schedule({ zone }: { zone: Zone }) {
  return (
    <div class="sub">
      <h3>{say('schedule.title')}</h3>
      <div class="tables" tabIndex={0} role="group" aria-label={say('schedule.caption', { name: zone.name })}>
        <table>
          <caption class="sr">{say('schedule.caption', { name: zone.name })}</caption>
          <thead><tr><th scope="col">{say('col.days')}</th><th scope="col">{say('col.time')}</th><th scope="col">{say('col.set')}</th></tr></thead>
          <tbody>
            {inOrder(zone.schedule).map((time) => (
              <tr key={`${time.minute} ${time.weekdays.join()}`}>
                <th scope="row">{dayWords(time.weekdays)}</th><td>{minuteClock(time.minute)}</td><td>{degrees(time.set_c)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="quiet">{say('frost', { frost: degrees(zone.frost_c) })}</p>
    </div>
  );
}

function Known({ twin, seen }: { twin: Twin; seen: Seen }) {
  const per = (w: number | null) => power(w, lang());
  const days = say('unit.days', { n: measure(twin.days ?? 0, '', (twin.days ?? 0) < 10 ? 1 : 0, lang()).trim() });
  const lacks = `lacks.${twin.lacks}`;
  const store = energy(twin.store_wh_per_k, lang());
  return (
    <div class="sub">
      <h3>{say('twin.title')}</h3>
      {twin.state === 'none' && <p>{say('twin.none', { days })}</p>}
      {twin.state === 'configured' && <p>{say('twin.configured', { loss: per(twin.loss_w_per_k), store })}</p>}
      {twin.state === 'learnt' && (
        <p>
          {say('twin.learnt', { days, loss: per(twin.loss_w_per_k), low: per(twin.loss_low_w_per_k), high: per(twin.loss_high_w_per_k), store })}
          {' '}{twin.made && say('twin.error', { error: kelvins(twin.error_k ?? 0), time: moment(twin.made, seen.now, seen.zone) })}
        </p>
      )}
      {twin.state !== 'learnt' && twin.lacks && <p class="quiet">{say('twin.lacks', { why: has(lacks) ? say(lacks) : twin.lacks })}</p>}
    </div>
  );
}

function ZoneCard({ zone, loads, told, seen, hands, after }: {
  zone: Zone; loads: Load[]; told: PlanData | null; seen: Seen; hands: boolean; after: (zone: Zone) => void;
}) {
  return (
    <Card title={zone.name} area="zone" tools={<Icon name="heat" />}>
      <Now zone={zone} loads={loads} seen={seen} />
      {hands && <Hands zone={zone} seen={seen} after={after} />}
      <Next zone={zone} told={told} seen={seen} />
      <Schedule zone={zone} />
      <Known twin={zone.twin} seen={seen} />
    </Card>
  );
}

export function Heating(props: { state: State | null; now: number; zone: string; session: Session | null }) {
  return <><PlanTabs here="zones" /><ZonesOf {...props} /></>;
}

function ZonesOf({ state, now, zone, session }: {
  state: State | null; now: number; zone: string; session: Session | null;
}) {
  const { data, error } = useAsked<Zones>('/zones', AGAIN_MS);
  const plan = useAsked<PlanData>('/plan', PLAN_MS).data;
  /* What a hand just changed, until the next answer says it. */
  const [changed, setChanged] = useState<{ over: Zones; zone: Zone } | null>(null);
  if (!data)
    return <p role={error ? 'alert' : 'status'}>{error ? say('failed') : t('app.loading')}</p>;
  if (data.items.length === 0)
    return (
      <div class="plan-page">
        <Card title={say('none.title')} area="plan-none">
          <p role="status">{say('none')}</p>
          <pre class="add" tabIndex={0}><code>{YAML.join('\n')}</code></pre>
        </Card>
      </div>
    );
  return (
    <div class="plan-page heat-page">
      {error && <p class="plan-old" role="alert">{say('failed')}</p>}
      {data.items.map((item) => (
        <ZoneCard key={item.id} zone={changed?.over === data && changed.zone.id === item.id ? changed.zone : item}
          loads={state?.loads ?? []} told={plan} seen={{ now, zone }} hands={mayOverride(session)}
          after={(fresh) => setChanged({ over: data, zone: fresh })} />
      ))}
    </div>
  );
}
