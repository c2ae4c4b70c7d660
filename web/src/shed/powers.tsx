/* Et si 6 kVA ? The same use under each subscribed power: what trips, who would wait, what is saved. */
import { useState } from 'preact/hooks';
import { api } from '../api/client';
import type { Load, PowerTrial, PowerTrials } from '../api/types';
import { money, number } from '../lib/format';
import { dateOf, duration } from '../lib/time';
import { day } from '../lib/words';
import { lang } from '../i18n';
import { Card, refusalWords } from '../ui/parts';
import { perYear, sizes } from './facts';
import { say } from './words';

const PATIENCE_MS = 65_000; /* the daemon gives up after a minute */

const kva = (n: number) => number(n, Number.isInteger(n) ? 0 : 1, lang()) + '\u00a0kVA';

function Verdict({ trial, trials }: { trial: PowerTrial; trials: PowerTrials }) {
  const words = trial.overruns === 0 ? 'what.never' : trial.trips === 0 ? 'what.holds'
    : trial.shed.trips === 0 ? 'what.shed' : 'what.trips';
  const { saving_eur_per_year: saving } = trial;
  const yearly = perYear(trial.trips, trials);
  return (
    <>
      <p class="verdict-line"><strong>{say(words, { kva: kva(trial.power_kva), n: trial.shed.trips })}</strong></p>
      {saving !== null && !trial.own && (
        <p>{say(saving >= 0 ? 'what.saving' : 'what.cost', { eur: money(Math.abs(saving), lang()) })}</p>
      )}
      {trial.overruns > 0 && (
        <dl class="sys-facts what-facts">
          <div><dt>{say('what.over')}</dt><dd>{say('what.over_words', {
            n: trial.overruns, time: duration(trial.over_s, lang()), longest: duration(trial.longest_s, lang()),
          })}</dd></div>
          <div><dt>{say('what.alone')}</dt><dd>{yearly === null
            ? say('what.with_words', { n: trial.trips })
            : say('what.alone_words', { n: trial.trips, a_year: number(yearly, 1, lang()) })}</dd></div>
          <div><dt>{say('what.with')}</dt><dd>
            {say('what.with_words', { n: trial.shed.trips })}
            {trial.shed.uncovered_s > 0 && <> {say('what.uncovered', { time: duration(trial.shed.uncovered_s, lang()) })}</>}
          </dd></div>
        </dl>
      )}
    </>
  );
}

function Waiting({ trial, loads }: { trial: PowerTrial; loads: Load[] }) {
  if (trial.shed.loads.length === 0)
    return null;
  return (
    <div class="tables" tabIndex={0} role="group" aria-label={say('what.who')}>
      <table>
        <caption>{say('what.who')}</caption>
        <thead><tr>
          <th scope="col">{say('what.load')}</th><th scope="col" class="num">{say('what.times')}</th>
          <th scope="col" class="num">{say('what.shed_for')}</th><th scope="col" class="num">{say('what.longest')}</th>
        </tr></thead>
        <tbody>
          {trial.shed.loads.map((one) => (
            <tr key={one.load}>
              <th scope="row">{loads.find((l) => l.id === one.load)?.name ?? one.load}</th>
              <td class="num">{say('what.count', { n: one.times })}</td>
              <td class="num">{duration(one.shed_s, lang())}</td>
              <td class="num">{duration(one.longest_s, lang())}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Lacks({ trials, now, zone }: { trials: PowerTrials; now: number; zone: string }) {
  const from = Date.parse(trials.from);
  return (
    <>
      <p class="quiet">
        {say('what.basis', { from: day(dateOf(from, zone), dateOf(now, zone)), time: duration(trials.measured_s, lang()), step: duration(Math.max(1, trials.step_s), lang()) })}
        {trials.missing_s > 3600 && <> {say('what.missing', { time: duration(trials.missing_s, lang()) })}</>}
      </p>
      <ul class="lacks">
        {trials.lacks.map((lack) => <li key={lack} class="quiet" data-lack={lack}>{say(`lack.${lack}`)}</li>)}
      </ul>
    </>
  );
}

/** Asked for by hand: a year of readings is not read each time somebody looks at the page. */
export function PowersCard({ loads, now, zone }: { loads: Load[]; now: number; zone: string }) {
  const [trials, setTrials] = useState<PowerTrials | null>(null);
  const [chosen, setChosen] = useState<number | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState('');
  const ask = () => {
    setBusy(true);
    setError('');
    api<PowerTrials>('GET', '/contract/powers', undefined, PATIENCE_MS).then(setTrials, (reason) => setError(refusalWords(reason))).then(() => setBusy(false));
  };
  const powers = trials ? sizes(trials) : [];
  const trial = powers.find((p) => p.power_kva === chosen) ?? powers.filter((p) => !p.own && p.power_kva <= 6).at(-1) ?? powers[0];
  return (
    <Card title={say('what.title')} area="powers">
      <p class="quiet">{say('what.about')}</p>
      {!trials && (
        <div class="actions">
          <button type="button" class="button" disabled={busy} onClick={ask}>{say(busy ? 'what.busy' : 'what.ask')}</button>
        </div>
      )}
      {error && <p class="tone-text-warn" role="alert">{error}</p>}
      {trials && !trial && <p class="quiet">{say('what.no_powers')}</p>}
      {trials && trial && (
        <>
          <div class="field">
            <label for="what-power">{say('what.power')}</label>
            <select id="what-power" value={String(trial.power_kva)} onChange={(e) => setChosen(Number(e.currentTarget.value))}>
              {powers.map((p) => (
                <option key={p.power_kva} value={String(p.power_kva)}>{kva(p.power_kva)}{p.own ? ` (${say('what.own')})` : ''}</option>
              ))}
            </select>
          </div>
          <div role="status"><Verdict trial={trial} trials={trials} /></div>
          <Waiting trial={trial} loads={loads} />
          <Lacks trials={trials} now={now} zone={zone} />
        </>
      )}
    </Card>
  );
}
