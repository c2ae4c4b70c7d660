/* Réseau & qualité: the three phases now, and what five weeks to a year of them say: risks, balance,
 * reactive energy and what it costs, the voltage against EN 50160. */
import { useState } from 'preact/hooks';
import type { Load, Meter, State } from '../api/types';
import type { Quality, Risk, Spread, Week, WeekKind } from '../api/analysis';
import { useAsked } from '../lib/ask';
import { mainMeter, meterFreshness, type Link } from '../lib/freshness';
import { measure, money, number, percent } from '../lib/format';
import { periodName, periodOf } from '../lib/period';
import { addDays, dateOf, startOfDay } from '../lib/time';
import { day, when } from '../lib/words';
import { lang, t } from '../i18n';
import { GridTabs } from '../grid/tabs';
import { Card, refusalWords } from '../ui/parts';
import { PhasesCard } from './phases';
import { say } from './words';
import '../style/grid.css';
import '../style/quality.css';

const RANGES = [35, 120, 365] as const;
const VUF_LIMIT_PCT = 2;
const LEAST_MOVE_A = 1; /* less is no work for an electrician */
const HOME_VA = 36_000; /* reactive energy is billed above */
const VOLTS = 230;

const figure = (value: number | null, unit: string) => {
  if (unit === '1')
    return value === null ? measure(null, '', 0, lang()) : number(value, 2, lang());
  if (unit === 'VA' && value !== null)
    return measure(value / 1000, 'kVA', 2, lang());
  return measure(value, unit, 1, lang());
};

function RiskRow({ risk, now, zone }: { risk: Risk; now: number; zone: string }) {
  return (
    <li class={`risk risk-${risk.level}`} data-risk={risk.kind}>
      <p><span class="risk-level">{say(`level.${risk.level as 'minor' | 'major' | 'critical'}`)}</span> <strong>{say(`kind.${risk.kind}`)}</strong></p>
      <p class="quiet">{say('risk.figures', {
        worst: figure(risk.worst, risk.unit), limit: figure(risk.limit, risk.unit), share: percent(risk.share_beyond ?? 0, lang()),
        when: risk.last_beyond ? when(risk.last_beyond, now, zone) : '',
      })}</p>
      <p>{say(`action.${risk.action}`)}</p>
    </li>
  );
}

function RisksCard({ risks, now, zone }: { risks: Quality['risks']; now: number; zone: string }) {
  return (
    <Card title={say('risk.title')} area="risks">
      {risks.found.length === 0 ? <p>{say('risk.normal')}</p>
        : <ul class="risks">{risks.found.map((r) => <RiskRow key={r.kind} risk={r} now={now} zone={zone} />)}</ul>}
      {risks.lacks.length > 0 && (
        <p class="quiet">{say('risk.lacks', { kinds: risks.lacks.map((k) => say(`kind.${k}`)).join(', ') })}</p>
      )}
    </Card>
  );
}

function SpreadRow({ name, spread, unit, limit }: { name: string; spread: Spread | null; unit: string; limit?: number }) {
  if (!spread)
    return null;
  const of = (v: number | null) => measure(v, unit, unit === '%' ? 1 : 0, lang());
  const bad = limit !== undefined && (spread.p95 ?? 0) > limit;
  return (
    <div>
      <dt>{name}</dt>
      <dd class={bad ? 'tone-text-warn' : ''}>
        {say('balance.spread', { median: of(spread.median), p95: of(spread.p95), max: of(spread.max) })}
        {limit !== undefined && <> · {say('balance.limit', { limit: of(limit) })}</>}
      </dd>
    </div>
  );
}

/** The single-phase load there whose current is nearest to what should be moved. */
export function loadToMove(loads: Load[], phase: number, amps: number): { name: string; amps: number } | null {
  const there = loads.filter((l) => l.phase === phase)
    .map((l) => ({ name: l.name || l.id, amps: (l.learnt_w ?? l.nominal_w) / VOLTS }))
    .filter((l) => l.amps < 2 * amps) /* more would tilt it the other way */
    .sort((a, b) => Math.abs(a.amps - amps) - Math.abs(b.amps - amps));
  return there[0] ?? null;
}

function BalanceCard({ q, loads }: { q: Quality; loads: Load[] }) {
  const { currents, unbalance } = q;
  if (!currents?.unbalance_pct && !unbalance.pvur_pct && !unbalance.vuf_pct)
    return <Card title={say('balance.title')} area="balance"><p class="quiet">{say('balance.none')}</p></Card>;
  const move = currents?.move && currents.move.amps >= LEAST_MOVE_A ? currents.move : null;
  const which = move && loadToMove(loads, move.from_phase, move.amps);
  const amps = (a: number | null) => measure(a, 'A', 1, lang());
  return (
    <Card title={say('balance.title')} area="balance">
      <dl class="q-facts">
        <SpreadRow name={say('balance.vuf')} spread={unbalance.vuf_pct} unit="%" limit={VUF_LIMIT_PCT} />
        <SpreadRow name={say('balance.pvur')} spread={unbalance.pvur_pct} unit="%" />
        <SpreadRow name={say('balance.currents')} spread={currents?.unbalance_pct ?? null} unit="%" />
        <SpreadRow name={say(currents?.neutral_from === 'measured' ? 'balance.neutral' : 'balance.neutral_guess')}
          spread={currents?.neutral_a ?? null} unit="A" />
        {currents && currents.mean_a.some((a) => a !== null) && (
          <div><dt>{say('balance.mean')}</dt><dd>{currents.mean_a.map((a, i) => `L${i + 1}\u00a0${amps(a)}`).join(' · ')}</dd></div>
        )}
      </dl>
      {currents && (move
        ? (
          <p class="q-advice">
            {say('balance.move', { amps: amps(move.amps), from: move.from_phase, to: move.to_phase })}
            {which && <> {say('balance.which', { name: which.name, amps: amps(which.amps) })}</>}
          </p>
        )
        : currents.mean_a.some((a) => a !== null) && <p class="quiet">{say('balance.small')}</p>)}
    </Card>
  );
}

function ReactiveTable({ reactive }: { reactive: NonNullable<Quality['reactive']> }) {
  const kvarh = (v: number | null) => measure(v, 'kvarh', 0, lang());
  const priced = reactive.months.some((m) => m.cost_eur !== null);
  return (
    <div class="tables" tabIndex={0} role="group" aria-label={say('reactive.caption')}>
      <table>
        <caption>{say('reactive.caption')}</caption>
        <thead><tr>
          <th scope="col">{say('reactive.month')}</th><th scope="col" class="num">{say('reactive.kwh')}</th>
          <th scope="col" class="num">{say('reactive.kvarh')}</th><th scope="col" class="num">{say('reactive.tan')}</th>
          <th scope="col" class="num">{say('reactive.billed')}</th>
        </tr></thead>
        <tbody>
          {reactive.months.map((m) => (
            <tr key={m.month}>
              <th scope="row">{periodName(periodOf('month', `${m.month}-01`), lang())}</th>
              <td class="num">{measure(m.kwh, 'kWh', 0, lang())}</td>
              <td class="num">{kvarh(m.kvarh)}</td>
              <td class={`num${(m.tan_phi ?? 0) > reactive.tan_phi_limit ? ' tone-text-warn' : ''}`}>{m.tan_phi === null ? '\u2014' : number(m.tan_phi, 2, lang())}</td>
              <td class="num">{m.counts ? kvarh(m.billed_kvarh) + (priced ? ` · ${money(m.cost_eur, lang())}` : '') : say('reactive.not_counted')}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function bankWords(reactive: NonNullable<Quality['reactive']>): string {
  if (!reactive.capacitor)
    return say('reactive.unknown');
  const { bank } = reactive.capacitor;
  if (!bank || !bank.kvar)
    return say('reactive.no_bank');
  return say('reactive.bank', { kvar: number(bank.kvar, 1, lang()), steps: bank.steps, limit: number(reactive.tan_phi_limit, 2, lang()) });
}

function ReactiveCard({ q, contract_va }: { q: Quality; contract_va: number | null }) {
  const { reactive, power_factor } = q;
  if (!reactive)
    return <Card title={say('reactive.title')} area="reactive"><p class="quiet">{say('reactive.none')}</p></Card>;
  const factor = power_factor?.factor;
  return (
    <Card title={say('reactive.title')} area="reactive">
      {contract_va !== null && contract_va <= HOME_VA && <p class="quiet">{say('reactive.home')}</p>}
      {factor && <p>{say('reactive.factor', { median: number(factor.median ?? NaN, 2, lang()), p05: number(factor.p05 ?? NaN, 2, lang()) })}</p>}
      <ReactiveTable reactive={reactive} />
      <p class="quiet">{say('reactive.limit', { limit: number(reactive.tan_phi_limit, 2, lang()) })}</p>
      <p>{bankWords(reactive)} {reactive.capacitor?.bank?.detuned && say('reactive.detuned')}</p>
    </Card>
  );
}

const isKind = (of: unknown): of is WeekKind => typeof of === 'object' && of !== null;

/** The phase that was least often within its limits. */
export function worstPhase(week: Week): number | null {
  const shares = ['u1', 'u2', 'u3'].flatMap((k) => (isKind(week[k]) ? [week[k].share_within] : []))
    .filter((s): s is number => s !== null);
  return shares.length ? Math.min(...shares) : null;
}

/* A verdict on a week that was measured in part is an indication, as the standard asks for whole ones. */
function verdictOf(week: Week, coarse: boolean): string {
  const verdict = say(`verdict.${week.verdict}`);
  const partly = week.indication_only && !coarse && week.verdict !== 'too little measured';
  return partly ? say('volts.indicative', { verdict, covered: percent(week.covered ?? 0, lang()) }) : verdict;
}

function VoltsCard({ q, now, zone }: { q: Quality; now: number; zone: string }) {
  const { voltage, en50160 } = q;
  if (!voltage)
    return <Card title={say('volts.title')} area="volts"><p class="quiet">{say('volts.none')}</p></Card>;
  const volts = (v: number | null, decimals = 0) => measure(v, 'V', decimals, lang());
  return (
    <Card title={say('volts.title')} area="volts">
      <p>{say('volts.spread', {
        min: volts(voltage.min_v, 1), max: volts(voltage.max_v, 1), share: percent(voltage.share_outside ?? 0, lang()),
        low: volts(voltage.nominal_v * 0.9), high: volts(voltage.nominal_v * 1.1),
      })}</p>
      {voltage.rows_interrupted > 0 && <p class="tone-text-warn">{say('volts.cut', { n: voltage.rows_interrupted })}</p>}
      <div class="tables" tabIndex={0} role="group" aria-label={say('volts.caption')}>
        <table>
          <caption>{say('volts.caption')}</caption>
          <thead><tr>
            <th scope="col">{say('volts.week')}</th><th scope="col" class="num">{say('volts.worst')}</th><th scope="col">{say('volts.verdict')}</th>
          </tr></thead>
          <tbody>
            {en50160.weeks.map((week) => {
              const worst = worstPhase(week);
              return (
                <tr key={week.monday}>
                  <th scope="row">{day(week.monday, dateOf(now, zone))}</th>
                  <td class="num">{worst === null ? '\u2014' : measure(100 * worst, '%', 1, lang())}</td>
                  <td class={week.verdict === 'broken' ? 'tone-text-warn' : ''}>{verdictOf(week, en50160.indication_only)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      {en50160.indication_only && <p class="quiet">{say('volts.indication')}</p>}
    </Card>
  );
}

function Range({ chosen, onChoose }: { chosen: number; onChoose: (days: number) => void }) {
  return (
    <div class="switch" role="group" aria-label={say('range')}>
      {RANGES.map((days) => (
        <button key={days} type="button" aria-pressed={days === chosen} onClick={() => onChoose(days)}>{say(`range.${days}`)}</button>
      ))}
    </div>
  );
}

function Said({ q, state, now, zone }: { q: Quality; state: State; now: number; zone: string }) {
  return (
    <>
      <RisksCard risks={q.risks} now={now} zone={zone} />
      <BalanceCard q={q} loads={state.loads} />
      <VoltsCard q={q} now={now} zone={zone} />
      <ReactiveCard q={q} contract_va={state.site.contract_va} />
    </>
  );
}

const LIVE_MS = 3_000;

function Shown({ state, link, now, zone }: { state: State; link: Link; now: number; zone: string }) {
  const [days, setDays] = useState<number>(RANGES[0]);
  const main = mainMeter(state);
  const live = useAsked<Meter>(main ? `/meters/${encodeURIComponent(main.device)}` : null, LIVE_MS);
  const from = new Date(startOfDay(addDays(dateOf(now, zone), -days), zone)).toISOString();
  const asked = useAsked<Quality>(`/analysis/quality?from=${from}`);
  const dead = main ? meterFreshness(main, link.since_s).tone !== 'ok' : true;
  return (
    <>
      <GridTabs here="quality" />
      <div class="quality-page">
        {live.data ? <PhasesCard meter={live.data} dead={dead || live.error !== null} /> : <p class="quiet" role="status">{live.error ? say('failed', { why: refusalWords(live.error) }) : say('loading')}</p>}
        <Range chosen={days} onChoose={setDays} />
        {asked.error && (
          <p class="quiet" role="alert">{asked.error.status === 404 ? say('none') : say('failed', { why: refusalWords(asked.error) })}</p>
        )}
        {!asked.data && !asked.error && <p class="quiet" role="status">{say('loading')}</p>}
        {asked.data && <Said q={asked.data} state={state} now={now} zone={zone} />}
      </div>
    </>
  );
}

export function QualityPage(props: { state: State | null; link: Link; now: number; zone: string }) {
  return props.state ? <Shown {...props} state={props.state} /> : <p role="status">{t('app.loading')}</p>;
}
