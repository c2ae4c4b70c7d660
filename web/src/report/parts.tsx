/* Machines et appartements: what each sub-meter counted in a month, what it cost, what is left over. */
import { useState } from 'preact/hooks';
import type { SeriesItem, State } from '../api/types';
import type { Stats, StatsPart, StatsPeak, StatsSource } from '../api/analysis';
import { useAsked } from '../lib/ask';
import { energy, measure, money, number, percent, power } from '../lib/format';
import { addMonths } from '../lib/period';
import { dateOf, startOfDay } from '../lib/time';
import { when } from '../lib/words';
import { lang, t } from '../i18n';
import { Card, refusalWords } from '../ui/parts';
import { partsOf, periodAt, type PartRow } from './facts';
import { MonthWays, monthOf, monthWords } from './month_ways';
import { UseTabs } from '../use/tabs';
import { say } from './words';
import '../style/grid.css';
import '../style/use.css';
import '../style/report.css';

const wh = (kwh: number | null | undefined) => energy(kwh === null || kwh === undefined ? kwh : kwh * 1000, lang());
const kw = (value: number | null | undefined) => power(value === null || value === undefined ? value : value * 1000, lang());

/** The question about a month: whole local days. */
export const monthPath = (month: string, zone: string, more = '') => {
  const at = (date: string) => new Date(startOfDay(date, zone)).toISOString();
  return `/analysis/stats?by=month&from=${at(month)}&to=${at(addMonths(month, 1))}${more}`;
};

function Share({ of }: { of: number | null }) {
  return (
    <>
      <span class="share-bar" aria-hidden="true"><span style={{ width: `${Math.max(0, Math.min(100, 100 * (of ?? 0)))}%` }} /></span>
      {of === null ? '\u2014' : percent(of, lang())}
    </>
  );
}

function PartLine({ name, part, common }: { name: string; part: StatsPart; common: boolean }) {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td class="num">{wh(part.kwh)}</td>
      <td class="num share-cell"><Share of={part.share} /></td>
      <td class="num">{money(part.cost_eur, lang())}</td>
      <td class="num">{part.peak_kw === undefined ? '' : kw(part.peak_kw)}</td>
      {common && <td class="num">{part.with_common_kwh === undefined ? '' : wh(part.with_common_kwh)}</td>}
    </tr>
  );
}

function PartsTable({ stats, month, nameOf }: { stats: Stats; month: string; nameOf: (id: string) => string }) {
  const { rows, rest, hours } = partsOf(stats);
  const caption = say('parts.caption', { month: monthWords(month) });
  const sum = (of: (row: PartRow) => number | null) => rows.reduce((all, row) => all + (of(row) ?? 0), 0);
  const cost = rows.every((r) => r.part.cost_eur !== null) ? sum((r) => r.part.cost_eur) + (rest?.cost_eur ?? 0) : null;
  return (
    <>
      {(rest?.steps_parts_exceed_whole ?? 0) > 0 && (
        <p class="tone-text-warn" role="status">{say('parts.exceed', { n: rest!.steps_parts_exceed_whole! })}</p>
      )}
      <div class="tables" tabIndex={0} role="group" aria-label={caption}>
        <table>
          <caption>{caption}</caption>
          <thead><tr>
            <th scope="col">{say('parts.name')}</th><th scope="col" class="num">{say('parts.energy')}</th>
            <th scope="col" class="num">{say('parts.share')}</th><th scope="col" class="num">{say('parts.cost')}</th>
            <th scope="col" class="num">{say('parts.peak')}</th><th scope="col" class="num">{say('parts.common')}</th>
          </tr></thead>
          <tbody>
            {rows.map((row) => <PartLine key={row.id} name={nameOf(row.id)} part={row.part} common />)}
            {rest && <PartLine name={say('parts.rest')} part={rest} common />}
          </tbody>
          <tfoot><tr>
            <th scope="row">{say('parts.total')}</th><td class="num">{wh(sum((r) => r.part.kwh) + (rest?.kwh ?? 0))}</td>
            <td /><td class="num">{money(cost, lang())}</td><td /><td />
          </tr></tfoot>
        </table>
      </div>
      <p class="quiet">{say('parts.steps', { hours: number(hours, 0, lang()) })} {say('parts.common_words')} {cost !== null && say('parts.priced')}</p>
    </>
  );
}

/** Energy for each piece, where something counts what is made. */
function PiecesCard({ month, zone }: { month: string; zone: string }) {
  const { data } = useAsked<{ items: SeriesItem[] }>('/series');
  const counters = (data?.items ?? []).filter((s) => s.key.endsWith('/pieces'));
  const [chosen, setChosen] = useState<string | null>(null);
  const key = chosen ?? counters[0]?.key ?? null;
  const asked = useAsked<Stats>(key === null ? null : monthPath(month, zone, `&pieces=${encodeURIComponent(key)}`));
  if (counters.length === 0)
    return null;
  const period = asked.data && periodAt(asked.data, month);
  return (
    <Card title={say('pieces.title')} area="pieces">
      <div class="field">
        <label for="pieces-key">{say('pieces.series')}</label>
        <select id="pieces-key" value={key ?? ''} onChange={(e) => setChosen(e.currentTarget.value)}>
          {counters.map((c) => <option key={c.key} value={c.key}>{c.key.split('/').slice(1, 3).join(' · ')}</option>)}
        </select>
      </div>
      {asked.error && <p class="tone-text-warn" role="alert">{say('failed', { why: refusalWords(asked.error) })}</p>}
      {!asked.data && !asked.error && <p class="quiet" role="status">{say('loading')}</p>}
      {period && (period.pieces
        ? <p>{say('pieces.words', { pieces: number(period.pieces, 0, lang()), kwh: measure(period.kwh_per_piece, 'kWh', 3, lang()) })}</p>
        : <p class="quiet">{say('pieces.nothing')}</p>)}
    </Card>
  );
}

/** Each peak and the parts that were above their usual then. */
export function Peak({ peak, nameOf, now, zone }: { peak: StatsPeak; nameOf: (id: string) => string; now: number; zone: string }) {
  const cold = peak.temperature_c !== null && peak.usual_temperature_c !== null && peak.temperature_c < peak.usual_temperature_c - 3;
  const degrees = (c: number | null) => measure(c, '\u00b0C', 0, lang());
  const words = [
    ...(peak.causes ?? []).map((c) => say('peaks.cause', {
      part: c.part === 'remainder' ? say('parts.rest') : nameOf(c.part), power: kw(c.kw), usual: kw(c.usual_kw),
    })),
    ...(cold ? [say('peaks.cold', { temperature: degrees(peak.temperature_c), usual: degrees(peak.usual_temperature_c) })] : []),
  ];
  return (
    <li>
      <strong>{when(peak.at, now, zone)}</strong>{' '}
      {peak.usual_kw === null ? kw(peak.kw) : say('peaks.usual', { power: kw(peak.kw), usual: kw(peak.usual_kw) })}
      {words.length > 0 && <span class="quiet"> · {words.join(' · ')}</span>}
      {words.length === 0 && peak.causes && <span class="quiet"> · {say('peaks.none')}</span>}
    </li>
  );
}

function PeaksCard({ stats, nameOf, now, zone }: { stats: Stats; nameOf: (id: string) => string; now: number; zone: string }) {
  return (
    <Card title={say('peaks.title')} area="peaks">
      <ol class="plain">{stats.peaks.map((p) => <Peak key={p.at} peak={p} nameOf={nameOf} now={now} zone={zone} />)}</ol>
      {!stats.parts && <p class="quiet">{say('peaks.no_parts')}</p>}
    </Card>
  );
}

function SourceLine({ name, source, now, zone }: { name: string; source: StatsSource; now: number; zone: string }) {
  return (
    <li>{say('sources.words', {
      name, off: measure(source.off_pct, '%', 1, lang()), mean: kw(source.mean_abs_kw), worst: kw(source.worst_kw),
      when: source.worst_at ? when(source.worst_at, now, zone) : '\u2014', covered: percent(source.covered ?? 0, lang()),
    })}</li>
  );
}

function Shown({ state, now, zone }: { state: State; now: number; zone: string }) {
  const today = dateOf(now, zone);
  const month = monthOf(location.hash, today);
  const asked = useAsked<Stats>(monthPath(month, zone));
  const nameOf = (id: string) => state.meters.find((m) => m.device === id)?.name || id;
  const stats = asked.data;
  return (
    <>
      <UseTabs here="parts" />
      <div class="report-page">
        <Card title={say('parts.title')} area="parts">
          <MonthWays page="postes" month={month} today={today} />
          {asked.error && <p class="quiet" role="alert">{asked.error.status === 404 ? say('none') : say('failed', { why: refusalWords(asked.error) })}</p>}
          {!stats && !asked.error && <p class="quiet" role="status">{say('loading')}</p>}
          {stats && !stats.parts && (
            <>
              <p class="quiet">{say('parts.none')}</p>
              <pre class="add"><code>{'meters:\n  - {id: four, submeters_of: main, …}'}</code></pre>
            </>
          )}
          {stats?.parts && <PartsTable stats={stats} month={month} nameOf={nameOf} />}
        </Card>
        {stats && stats.peaks.length > 0 && <PeaksCard stats={stats} nameOf={nameOf} now={now} zone={zone} />}
        <PiecesCard month={month} zone={zone} />
        {stats?.sources && (
          <Card title={say('sources.title')} area="sources">
            <ul class="plain">{Object.entries(stats.sources).map(([id, s]) => <SourceLine key={id} name={nameOf(id)} source={s} now={now} zone={zone} />)}</ul>
          </Card>
        )}
      </div>
    </>
  );
}

export function Parts(props: { state: State | null; now: number; zone: string }) {
  return props.state ? <Shown {...props} state={props.state} /> : <p role="status">{t('app.loading')}</p>;
}
