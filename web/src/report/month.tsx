/* Bilan du mois: what a householder reads in a minute, and can print. */
import type { Bill, State } from '../api/types';
import type { Stats, StatsPeriod } from '../api/analysis';
import type { Alarms } from '../api/watch';
import { has as hasCost, say as sayCost } from '../costs/words';
import { useAsked } from '../lib/ask';
import { energy, energyOf, money, number, percent, power } from '../lib/format';
import { addMonths } from '../lib/period';
import { dateOf, startOfDay } from '../lib/time';
import { when } from '../lib/words';
import { lang, t } from '../i18n';
import { Big, Card, refusalWords } from '../ui/parts';
import { adviceOf, alarmsIn, energyPrice, partsOf, periodAt, tariffParts } from './facts';
import { MonthWays, monthOf, monthWords } from './month_ways';
import { monthPath } from './parts';
import { UseTabs } from '../use/tabs';
import { WeatherCard } from './weather';
import { say } from './words';
import '../style/grid.css';
import '../style/system.css';
import '../style/use.css';
import '../style/report.css';

const wh = (kwh: number | null | undefined) => energy(kwh === null || kwh === undefined ? kwh : kwh * 1000, lang());
const kw = (value: number | null | undefined) => power(value === null || value === undefined ? value : value * 1000, lang());

function change(pct: number): string {
  const n = Math.round(Math.abs(pct));
  return n === 0 ? say('month.same') : say(pct > 0 ? 'month.more' : 'month.less', { n: number(n, 0, lang()) });
}

function Headline({ period, bill, error, month, whole }: {
  period: StatsPeriod; bill: Bill | null; error: string; month: string; whole: boolean;
}) {
  const { against_period_before_pct: before, against_year_before_pct: year } = period;
  return (
    <div class="month-head">
      <div>
        <p class="quiet">{say('month.used')}</p>
        <p class="headline"><Big q={energyOf((period.energy_kwh ?? NaN) * 1000, lang())} /></p>
        {before !== null && <p class="quiet">{say('month.before', { change: change(before) })}</p>}
        {year !== null && <p class="quiet">{say('month.year', { change: change(year), month: monthWords(addMonths(month, -12)) })}</p>}
        {whole && (period.covered ?? 1) < 0.98 && <p class="quiet">{say('covered', { share: percent(period.covered ?? 0, lang()) })}</p>}
      </div>
      <div>
        <p class="quiet">{say('month.cost')}</p>
        {bill ? <p class="headline"><span class="big">{money(bill.total_eur, lang())}</span></p>
          : <p class="quiet">{error ? say('month.no_cost', { why: error }) : say('loading')}</p>}
      </div>
    </div>
  );
}

function Facts({ stats, period, bill, now, zone, days }: {
  stats: Stats; period: StatsPeriod; bill: Bill | null; now: number; zone: string; days: number;
}) {
  /* A site that feeds in without a meter of production hides what it uses meanwhile. */
  const base_kwh = period.base_kw !== null && period.base_kw > 0 ? period.base_kw * 24 * days : null;
  const price = energyPrice(bill);
  const periodName = (line: string) => {
    const key = `period.${line}`;
    return hasCost(key) ? sayCost(key) : line;
  };
  return (
    <dl class="sys-facts">
      <div><dt>{say('month.mean')}</dt><dd>{wh(period.mean_kw === null ? null : period.mean_kw * 24)}</dd></div>
      {period.peak_at && (
        <div><dt>{say('month.peak')}</dt><dd>{say('month.peak_words', { power: kw(period.peak_kw), when: when(period.peak_at, now, zone) })}</dd></div>
      )}
      {base_kwh !== null && (
        <div><dt>{say('month.base')}</dt><dd>
          {price === null ? say('month.base_no_price', { power: kw(period.base_kw), kwh: wh(base_kwh) })
            : say('month.base_words', { power: kw(period.base_kw), kwh: wh(base_kwh), eur: money(base_kwh * price, lang()) })}
        </dd></div>
      )}
      {stats.solar && (
        <div><dt>{say('month.solar')}</dt><dd>{say('month.solar_words', {
          made: wh(stats.solar.produced_kwh), used: wh(stats.solar.used_at_once_kwh), cover: percent(stats.solar.self_sufficiency ?? 0, lang()),
        })}</dd></div>
      )}
      {bill && tariffParts(bill).length > 1 && (
        <div><dt>{say('month.periods')}</dt><dd>
          {tariffParts(bill).map((p) => `${periodName(p.line)} ${wh(p.kwh)} (${percent(p.kwh / Math.max(bill.import_kwh, 1e-9), lang())})`).join(' · ')}
        </dd></div>
      )}
    </dl>
  );
}

const W = 320, H = 110;

/** A mean day: two lines over 24 hours. */
function MeanDay({ stats }: { stats: Stats }) {
  const { monday_to_friday: week, week_end: end } = stats.mean_day_kw;
  const most = Math.max(...[...week, ...end].map((v) => v ?? 0), 0.001);
  const path = (of: (number | null)[]) => of.map((v, h) => (v === null ? '' : `${h === 0 || of[h - 1] === null ? 'M' : 'L'}${(h + 0.5) * (W / 24)} ${H - (v / most) * (H - 8)}`)).join(' ');
  return (
    <figure class="mean-day">
      <svg viewBox={`0 0 ${W} ${H + 16}`} role="img" aria-label={say('month.days_words')}>
        <path class="axis" d={`M0 ${H}H${W}`} />
        <path class="working" d={path(week)} />
        <path class="weekend" d={path(end)} />
        {[0, 6, 12, 18].map((h) => <text key={h} x={h * (W / 24)} y={H + 13}>{`${h}\u00a0h`}</text>)}
        <text x={W} y={10} text-anchor="end">{kw(most)}</text>
      </svg>
      <figcaption class="quiet">{say('month.days_words')}</figcaption>
    </figure>
  );
}

function YearTable({ stats, month }: { stats: Stats; month: string }) {
  const rows = stats.periods.filter((p) => p.from <= month && p.from > addMonths(month, -12) && p.energy_kwh !== null);
  const most = Math.max(...rows.map((p) => p.energy_kwh ?? 0), 0.001);
  return (
    <div class="tables" tabIndex={0} role="group" aria-label={say('month.year_caption')}>
      <table>
        <caption>{say('month.year_caption')}</caption>
        <thead><tr><th scope="col">{say('month.month')}</th><th scope="col" class="num">{say('parts.energy')}</th><th scope="col" class="num">{say('parts.peak')}</th></tr></thead>
        <tbody>
          {rows.map((p) => (
            <tr key={p.from}>
              <th scope="row">{monthWords(p.from)}</th>
              <td class="num share-cell">
                <span class="share-bar" aria-hidden="true"><span style={{ width: `${(100 * (p.energy_kwh ?? 0)) / most}%` }} /></span>{wh(p.energy_kwh)}
              </td>
              <td class="num">{kw(p.peak_kw)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Top({ stats, nameOf }: { stats: Stats; nameOf: (id: string) => string }) {
  const { rows } = partsOf(stats);
  return (
    <Card title={say('month.top')} area="top">
      <ol class="plain">
        {rows.slice(0, 5).map((r) => (
          <li key={r.id}><strong>{nameOf(r.id)}</strong> · {wh(r.part.kwh)} ({percent(r.part.share ?? 0, lang())}) · {money(r.part.cost_eur, lang())}</li>
        ))}
      </ol>
    </Card>
  );
}

/** What to take from the month, and what the alarms of it were. */
function Noting({ period, kva, whole, from, to }: { period: StatsPeriod; kva: number | null; whole: boolean; from: number; to: number }) {
  const watched = useAsked<Alarms>('/analysis/alarms');
  const alarms = alarmsIn(watched.data?.alarms ?? [], from, to);
  const advice = adviceOf(period, kva, whole).filter((a) => a.key !== 'advice.none' || (watched.data && !alarms.length));
  return (
    <Card title={say('month.advice')} area="advice">
      <ul class="plain">
        {alarms.map((a) => (
          <li key={a.id}>
            <a href="#/alertes">{(lang() === 'fr' ? a.fr : a.en).title}</a>{' · '}
            {a.end === null ? say('alarm.on') : say('alarm.over')}
            {a.cost_eur_per_day !== null && ` · ${say('alarm.cost', { price: money(a.cost_eur_per_day, lang()) })}`}
          </li>
        ))}
        {advice.map((a) => <li key={a.key}>{say(a.key, { share: percent(a.share, lang()) })}</li>)}
      </ul>
      {watched.error && <p class="quiet" role="alert">{say('failed', { why: refusalWords(watched.error) })}</p>}
    </Card>
  );
}

function Shown({ state, now, zone }: { state: State; now: number; zone: string }) {
  const today = dateOf(now, zone);
  const month = monthOf(location.hash, today);
  const end = addMonths(month, 1);
  const at = (date: string) => new Date(startOfDay(date, zone)).toISOString();
  const year = useAsked<Stats>(`/analysis/stats?by=month&from=${at(addMonths(month, -12))}&to=${at(end)}`);
  const one = useAsked<Stats>(monthPath(month, zone));
  const bill = useAsked<Bill>(`/bill?from=${month}&to=${end}`);
  const nameOf = (id: string) => state.meters.find((m) => m.device === id)?.name || id;
  const period = year.data && periodAt(year.data, month);
  const whole = end <= today;
  /* Up to what the answer knows: the page may stay open. */
  const known = one.data ? Date.parse(one.data.to) : now;
  const days = ((whole ? startOfDay(end, zone) : known) - startOfDay(month, zone)) / 86_400_000;
  const error = year.error ?? one.error;
  const kva = state.site.contract_va === null ? null : state.site.contract_va / 1000;
  return (
    <>
      <UseTabs here="month" />
      <div class="report-page month-page">
        <Card title={say('month.title', { month: monthWords(month) })} area="month"
          tools={<button type="button" class="button no-print" onClick={() => print()}>{say('print')}</button>}>
          <MonthWays page="bilan" month={month} today={today} />
          {!whole && <p class="quiet">{say('so_far')}</p>}
          {error && <p class="quiet" role="alert">{error.status === 404 ? say('none') : say('failed', { why: refusalWords(error) })}</p>}
          {!error && !(year.data && one.data) && <p class="quiet" role="status">{say('loading')}</p>}
          {year.data && !period && <p class="quiet">{say('none')}</p>}
          {period && <Headline period={period} bill={bill.data} month={month} whole={whole} error={bill.error ? refusalWords(bill.error) : ''} />}
          {period && one.data && <Facts stats={one.data} period={period} bill={bill.data} now={now} zone={zone} days={days} />}
        </Card>
        {period && <Noting period={period} kva={kva} whole={whole} from={startOfDay(month, zone)} to={startOfDay(end, zone)} />}
        {one.data && <Card title={say('month.days')} area="days"><MeanDay stats={one.data} /></Card>}
        <WeatherCard month={month} zone={zone} />
        {one.data?.parts && <Top stats={one.data} nameOf={nameOf} />}
        {year.data && period && <Card title={say('month.year_curve')} area="year"><YearTable stats={year.data} month={month} /></Card>}
      </div>
    </>
  );
}

export function Month(props: { state: State | null; now: number; zone: string }) {
  return props.state ? <Shown {...props} state={props.state} /> : <p role="status">{t('app.loading')}</p>;
}
