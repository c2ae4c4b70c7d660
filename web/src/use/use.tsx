/* Consommation: what was used, by day, week, month, year or between two dates. The address holds
 * what is looked at, so that it can be kept and the browser's back button goes back. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import '../style/use.css';
import type { State } from '../api/types';
import { DayCurve } from '../home/curve';
import { energy, energyOf, number, percent, power } from '../lib/format';
import { ageOf, mainMeter, meterFreshness, type Link } from '../lib/freshness';
import { addDays, clock, dateOf, duration } from '../lib/time';
import {
  bounds, compared, customOf, hashOf, isDate, ofHash, periodName, periodOf, shifted, stepName, UNITS,
  type Against, type Period, type Unit,
} from '../lib/period';
import { lang, t } from '../i18n';
import { say } from './words';
import { Big, Card, LiveRegion, ViewSwitch } from '../ui/parts';
import { Icon } from '../ui/icons';
import { UseTabs } from './tabs';
import { Bars, Legend } from './bars';
import { hasPeriods, useEnergy, type Answer, type By } from './read';
import { barsOf, baseLoad, compareOf, csvOf, gapsOf, totalOf, type Bar, type Part } from './sums';

const go = (period: Period) => { location.hash = hashOf(period); };

function Choice<T extends string>({ label, all, chosen, onChoose, words }: {
  label: string; all: T[]; chosen: T; onChoose: (one: T) => void; words: (one: T) => string;
}) {
  return (
    <div class="switch" role="group" aria-label={label}>
      {all.map((one) => (
        <button key={one} type="button" aria-pressed={one === chosen} onClick={() => onChoose(one)}>{words(one)}</button>
      ))}
    </div>
  );
}

function Select<T extends string>({ id, label, all, chosen, onChoose, words }: {
  id: string; label: string; all: T[]; chosen: T; onChoose: (one: T) => void; words: (one: T) => string;
}) {
  return (
    <div class="use-select">
      <label class="sr" for={id}>{label}</label>
      <select id={id} value={chosen} onChange={(e) => onChoose(e.currentTarget.value as T)}>
        {all.map((one) => <option key={one} value={one}>{words(one)}</option>)}
      </select>
    </div>
  );
}

function Dates({ period }: { period: Period }) {
  const last = addDays(period.to, -1);
  const [from, setFrom] = useState(period.from);
  const [to, setTo] = useState(last);
  const [wrong, setWrong] = useState(false);
  useEffect(() => {
    setFrom(period.from);
    setTo(last);
  }, [period.from, last]);
  return (
    <form class="use-dates" onSubmit={(e) => {
      e.preventDefault();
      const next = isDate(from) && isDate(to) ? customOf(from, addDays(to, 1)) : null;
      setWrong(!next);
      if (next)
        go(next);
    }}>
      <div class="field">
        <label for="use-from">{say('from')}</label>
        <input id="use-from" type="date" value={from} required onInput={(e) => setFrom(e.currentTarget.value)} />
      </div>
      <div class="field">
        <label for="use-to">{say('to')}</label>
        <input id="use-to" type="date" value={to} required onInput={(e) => setTo(e.currentTarget.value)} />
      </div>
      <button type="submit" class="button">{say('show')}</button>
      {wrong && <p class="error" role="alert">{say('dates_wrong')}</p>}
    </form>
  );
}

function When({ period, today }: { period: Period; today: string }) {
  const ahead = shifted(period, 1).from > today;
  return (
    <div class="use-when">
      <button type="button" class="icon-button" aria-label={say('prev')} title={say('prev')} onClick={() => go(shifted(period, -1))}>
        <Icon name="left" />
      </button>
      <p aria-live="polite">{periodName(period, lang())}</p>
      <button type="button" class="icon-button" aria-label={say('next')} title={say('next')} aria-disabled={ahead}
        onClick={() => { if (!ahead) go(shifted(period, 1)); }}>
        <Icon name="right" />
      </button>
    </div>
  );
}

/** « 12 % de moins que la période d’avant », on what both know. */
function difference(bars: Bar[], before: Bar[] | null): string {
  const both = before && compareOf(bars, before);
  if (!both)
    return before ? say('incomparable') : '';
  const words = { steps: number(both.steps, 0, lang()), now: energy(both.now, lang()), before: energy(both.before, lang()) };
  if (both.before === 0 || Math.round(100 * both.now / both.before) === 100)
    return say('same', words);
  const ratio = percent(Math.abs(both.now / both.before - 1), lang());
  return say(both.now < both.before ? 'less' : 'more', { ...words, ratio });
}

function save(bars: Bar[], parts: Part[], period: Period, zone: string): void {
  const at = (ms: number) => `${dateOf(ms, zone)} ${clock(ms, zone)}`;
  const several = parts.length > 1;
  const head = [say('csv_at', { zone }), ...(several ? parts.map((p) => `${p.name} (Wh)`) : []), `${say('total')} (Wh)`, say('quality')];
  const rows = bars.filter((bar) => !bar.ahead).map((bar) => [
    at(bar.at), ...(several ? bar.values : []), bar.total, say(`known.${bar.total === null ? 'gap' : bar.known}`)]);
  const link = document.createElement('a');
  const url = URL.createObjectURL(new Blob([csvOf(head, rows, lang())], { type: 'text/csv;charset=utf-8' }));
  link.href = url;
  link.download = `${say('file')}-${period.from}-${addDays(period.to, -1)}.csv`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

function Twin({ bars, parts, before, name, caption, hidden }: {
  bars: Bar[]; parts: Part[]; before: Bar[] | null; name: (bar: Bar) => string; caption: string; hidden: boolean;
}) {
  const several = parts.length > 1;
  return (
    <div class={hidden ? 'sr' : 'tables'} {...(hidden ? {} : { tabIndex: 0, role: 'group', 'aria-label': caption })}>
      <table>
        <caption>{caption}</caption>
        <thead><tr>
          <th scope="col">{say('when')}</th>
          {several && parts.map((p) => <th key={p.id} scope="col" class="num">{p.name}</th>)}
          <th scope="col" class="num">{say('total')}</th>
          {before && <th scope="col" class="num">{say('before_column')}</th>}
          <th scope="col">{say('quality')}</th>
        </tr></thead>
        <tbody>
          {bars.map((bar, i) => (
            <tr key={bar.at}>
              <th scope="row">{name(bar)}</th>
              {several && bar.values.map((v, k) => <td key={k} class="num">{energy(v, lang())}</td>)}
              <td class="num">{energy(bar.total, lang())}</td>
              {before && <td class="num">{energy(before[i]?.total, lang())}</td>}
              <td>{bar.ahead ? say('ahead') : say(`known.${bar.known}`)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A closer look at one bar: a year opens its months, anything else its days. */
function openerOf(period: Period, bars: Bar[], zone: string): ((i: number) => void) | null {
  if (period.step === '1h')
    return null;
  const unit = period.step === 'year' ? 'year' : period.step === 'month' ? 'month' : 'day';
  return (i) => {
    const bar = bars[i];
    if (bar)
      go(periodOf(unit, dateOf(bar.at, zone)));
  };
}

function Readout({ bar, before, parts, name, onOpen }: {
  bar: Bar | null; before: Bar | null; parts: Part[]; name: string; onOpen: (() => void) | null;
}) {
  if (!bar)
    return <p class="use-readout quiet">{say('help')}</p>;
  const told = bar.ahead ? say('ahead') : bar.total === null ? say('known.gap') : energy(bar.total, lang());
  const details = [
    ...(parts.length > 1 ? parts.flatMap((p, i) => (bar.values[i] ? [`${p.name} ${energy(bar.values[i], lang())}`] : [])) : []),
    ...(bar.total !== null && bar.known !== 'measured' ? [say(`known.${bar.known}`)] : []),
    ...(before ? [say('before', { energy: energy(before.total, lang()) })] : []),
  ];
  return (
    <div class="use-readout">
      <p><strong>{t('curve.at', { time: name, mean: told })}</strong>{details.length > 0 && <span class="quiet"> · {details.join(' · ')}</span>}</p>
      {onOpen && !bar.ahead && <button type="button" class="button" onClick={onOpen}>{say('open')}</button>}
    </div>
  );
}

function Energy({ answer, period, other, now, zone, table }: {
  answer: Answer & { kind: 'parts' }; period: Period; other: Period | null; now: number; zone: string; table: boolean;
}) {
  const [chosen, setChosen] = useState<number | null>(null);
  useEffect(() => setChosen(null), [period.from, period.to]);
  const { parts } = answer;
  const minute = Math.floor(now / 60_000);
  const bars = useMemo(() => barsOf(parts, now), [parts, minute]);
  const before = useMemo(() => (answer.before ? barsOf(answer.before, now) : null), [answer.before, minute]);
  const name = (bar: Bar, width: 'short' | 'long') =>
    stepName(dateOf(bar.at, zone), clock(bar.at, zone), period, lang(), width);
  const total = totalOf(bars);
  const gaps = gapsOf(bars);
  const open = openerOf(period, bars, zone);
  const legend = parts.map((p, i) => ({
    id: p.id, name: p.name, words: energy(totalOf(bars.map((b) => ({ ...b, total: b.values[i] ?? null }))), lang()),
  }));
  const bar = chosen === null ? null : bars[chosen] ?? null;
  const said = bar ? t('curve.at', { time: name(bar, 'long'), mean: bar.total === null ? say('known.gap') : energy(bar.total, lang()) }) : '';
  return (
    <>
      <p class="headline"><Big q={energyOf(total, lang())} /></p>
      <p class="quiet">
        {[bounds(period, zone).to_ms > now ? say('so_far') : '', gaps ? say('gaps', { n: gaps }) : '', difference(bars, before)]
          .filter(Boolean).join(' · ')}
      </p>
      {!table && (
        <>
          <Readout bar={bar} before={chosen === null ? null : before?.[chosen] ?? null} parts={parts}
            name={bar ? name(bar, 'long') : ''} onOpen={open && chosen !== null ? () => open(chosen) : null} />
          <Bars
            bars={bars} before={before && before.map((b) => b.total)} names={bars.map((b) => name(b, 'short'))}
            chosen={chosen} onChoose={setChosen} onOpen={open}
            onMove={(by) => { if (by < 0 || shifted(period, by).from <= dateOf(now, zone)) go(shifted(period, by)); }}
            help={say('label')}
          />
          <LiveRegion words={said} />
        </>
      )}
      <Legend parts={legend} compared={other && periodName(other, lang())} />
      <Twin bars={bars} parts={parts} before={before} name={(b) => name(b, 'long')} hidden={!table}
        caption={say('caption', { period: periodName(period, lang()) })} />
      <div class="use-tools">
        <button type="button" class="button" onClick={() => save(bars, parts, period, zone)}>{say('csv')}</button>
      </div>
    </>
  );
}

/** The curve of a day, and the power that the house hardly ever goes below. */
function DayOf({ state, period, now, zone }: { state: State; period: Period; now: number; zone: string }) {
  const [means, setMeans] = useState<(number | null)[]>([]);
  const [table, setTable] = useState(false);
  const base = baseLoad(means);
  return (
    <Card title={say('curve')} area="curve" tools={<ViewSwitch table={table} onChange={setTable} drawing={t('view.chart')} />}>
      {base !== null && (
        <p><strong>{say('base', { power: power(base, lang()) })}</strong> <span class="quiet">{say('base_words')}</span></p>
      )}
      <DayCurve state={state} date={period.from} now={now} zone={zone} table={table} onMeans={setMeans} />
    </Card>
  );
}

export function Use(props: { state: State | null; link: Link; now: number; zone: string }) {
  return props.state ? <Shown {...props} state={props.state} /> : <p role="status">{t('app.loading')}</p>;
}

function Shown({ state, link, now, zone }: { state: State; link: Link; now: number; zone: string }) {
  const today = dateOf(now, zone);
  const period = ofHash(location.hash, today);
  const [by, setBy] = useState<By>('whole');
  const [against, setAgainst] = useState<Against>('none');
  const [table, setTable] = useState(false);
  const other = compared(period, against);
  const answer = useEnergy(state, by, period, other, zone);
  const meter = mainMeter(state);
  const ways: By[] = answer.kind !== 'parts' ? [by]
    : ['whole', ...(hasPeriods(answer.sources, period) ? ['period' as const] : []), ...(answer.sources.device.length ? ['device' as const] : [])];
  const age = meter ? ageOf(meter, link.since_s) : null;
  const change = (unit: Unit) => go(unit === 'custom'
    ? customOf(period.from, period.to)! : periodOf(unit, period.from <= today && today < period.to ? today : period.from));
  return (
    <>
    <UseTabs here="use" />
    <div class="use">
      <Card title={t('nav.use')} area="use" tools={<ViewSwitch table={table} onChange={setTable} drawing={say('drawing')} />}>
        <div class="use-units">
          <Choice label={say('units')} all={UNITS} chosen={period.unit} onChoose={change} words={(u) => say(`unit.${u}`)} />
          {ways.length > 1 && (
            <Select id="use-by" label={say('by')} all={ways} chosen={by} onChoose={setBy} words={(w) => say(`by.${w}`)} />
          )}
          <Select id="use-against" label={say('against')} all={['none', 'before', 'year'] as Against[]} chosen={against}
            onChoose={setAgainst} words={(a) => say(`against.${a}`)} />
        </div>
        {period.unit === 'custom' && <Dates period={period} />}
        <When period={period} today={today} />
        {meter && bounds(period, zone).to_ms > now && (
          <p class={meterFreshness(meter, link.since_s).tone === 'ok' ? 'quiet' : 'tone-text-warn'}>
            {age === null ? say('never') : say('age', { age: duration(age, lang()) })}
          </p>
        )}
        {answer.kind === 'loading' && <p class="quiet curve-wait">{say('loading')}</p>}
        {answer.kind === 'failed' && <p class="tone-text-warn curve-wait" role="alert">{say('failed')}</p>}
        {answer.kind === 'none' && <p class="quiet curve-wait">{say('none')}</p>}
        {answer.kind === 'parts' && (
          <Energy answer={answer} period={period} other={other} now={now} zone={zone} table={table} />
        )}
      </Card>
      {period.unit === 'day' && <DayOf key={period.from} state={state} period={period} now={now} zone={zone} />}
    </div>
    </>
  );
}
