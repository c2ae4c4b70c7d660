/* The battery of the plan: what it does by itself, what it is told instead, and why. */
import { useState } from 'preact/hooks';
import type { BatteryAction, BatteryDoes, PlanBattery } from '../api/battery';
import type { Load } from '../api/types';
import { measure, money, nominal, price } from '../lib/format';
import { moment } from '../lib/words';
import { lang } from '../i18n';
import { Icon } from '../ui/icons';
import { ViewSwitch } from '../ui/parts';
import { drawSeries, endOf, startOf, type Planned } from './facts';
import { Frame, HIGH, WIDTH } from './frame';
import { has, say } from './words';

interface Seen { plan: Planned; now: number; zone: string }

/** "charge à 1 500 W", "se repose". */
const doesWords = (does: BatteryDoes, watts: number | undefined) =>
  say(`battery.${does}`, { power: nominal(Math.abs(watts ?? 0), lang()) });

function whyWords(a: BatteryAction): string {
  const own = `battery.why.${a.why}`, key = has(own) ? own : `why.${a.why}`;
  const eur = (value: number) => price(value, lang());
  return has(key) ? say(key, { price: eur(a.price_eur_per_kwh), instead: eur(a.instead_eur_per_kwh) }) : a.why;
}

function Actions({ actions, name, now, zone }: { actions: BatteryAction[]; name: string; now: number; zone: string }) {
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
                <th scope="row">{say('time', { from: begun ? say('now') : moment(Date.parse(a.from), now, zone), to: moment(Date.parse(a.to), now, zone) })}</th>
                <td>{doesWords(a.does, a.power_w)}</td>
                <td>{whyWords(a)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function Level({ battery, seen }: { battery: PlanBattery; seen: Seen }) {
  const level = battery.level_percent ?? [];
  const line = drawSeries(level, 0, 100, WIDTH, HIGH);
  if (!line)
    return null;
  const percent = (value: number) => measure(value, '%', 0, lang());
  const x = ((seen.now - startOf(seen.plan)) / (endOf(seen.plan) - startOf(seen.plan))) * WIDTH;
  const reserve = HIGH - (battery.reserve_percent / 100) * HIGH;
  return (
    <figure class="plan-level">
      <Frame plan={seen.plan} zone={seen.zone} most={percent(100)} least={percent(0)}>
        <path class="plan-band" d={`M0 ${reserve}L${WIDTH} ${reserve}L${WIDTH} 0L0 0Z`} />
        <path class="plan-line" d={line} />
        {x >= 0 && x <= WIDTH && <path class="bars-now" d={`M${x} 0v${HIGH}`} />}
      </Frame>
      <figcaption class="quiet">
        {say('battery.level', { low: percent(Math.min(...level)), high: percent(Math.max(...level)), reserve: percent(battery.reserve_percent) })}
      </figcaption>
    </figure>
  );
}

export function BatteryCard({ battery, known, seen }: { battery: PlanBattery; known: Load | undefined; seen: Seen }) {
  const [table, setTable] = useState(false);
  const name = known?.name ?? battery.load;
  const actions = (battery.actions ?? []).filter((a) => Date.parse(a.to) > seen.now);
  const first = actions[0];
  const less = (battery.own_eur ?? 0) - (battery.plan_eur ?? 0);
  return (
    <section class="plan-load" aria-label={name}>
      <header class="card-head">
        <h3><Icon name="battery" /> {name}</h3>
        {battery.state === 'planned' && <ViewSwitch table={table} onChange={setTable} drawing={say('view')} />}
      </header>
      {battery.state === 'own' && <p role="status">{say(battery.error ? 'battery.unknown' : 'battery.unplanned')}</p>}
      {first && (
        <p class="plan-next">
          <strong>{doesWords(first.does, first.power_w)}</strong> {say('until', { time: moment(Date.parse(first.to), seen.now, seen.zone) })}{' '}{whyWords(first)}.
        </p>
      )}
      {battery.state === 'planned' && (table ? <Actions actions={actions} name={name} now={seen.now} zone={seen.zone} />
        : <Level battery={battery} seen={seen} />)}
      {battery.state === 'planned' && (
        <p class="quiet">
          {less > 0.005 ? say('battery.saves', { saved: money(less, lang()) }) : say('battery.same')} {say('battery.safe')}
        </p>
      )}
    </section>
  );
}
