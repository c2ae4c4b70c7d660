/* Réseau: what the grid, the markets and the weather say, each with its source and its age. */
import { useState } from 'preact/hooks';
import type { Session, Signal, Signals, State } from '../api/types';
import { EcowattCard } from '../home/ecowatt';
import { join, measure, price, type Quantity } from '../lib/format';
import { useAsked } from '../lib/ask';
import { clock, dateOf } from '../lib/time';
import { day, moment, when } from '../lib/words';
import { lang, t } from '../i18n';
import { mayOverride } from '../model';
import { Big, Card, refusalWords, ViewSwitch } from '../ui/parts';
import { at, barsOf, best, extremes, twoDays, type Bar } from './facts';
import { Configure, Origin, sourceName, valueWords } from './origin';
import { Bars, Ribbon } from './ribbon';
import { GridTabs } from './tabs';
import { TempoCard } from './tempo';
import { has, say } from './words';
import '../style/grid.css';

const AGAIN_MS = 30_000;
const DAY_MS = 86_400_000;
const PRICES = ['{source: energy-charts, area: FR}'];
const CO2 = ['{source: eco2mix}'];

interface Seen { signals: Signals; now: number; zone: string }

const kwh = (value: number) => price(value / 1000, lang());

/** A price in large: the number apart from its unit. */
function priceQuantity(value: number): Quantity {
  const words = kwh(value);
  const cut = words.search(/[\u00a0/]/);
  return { value: words.slice(0, cut), unit: words.slice(cut).trim() };
}

function span(bar: Bar, now: number, zone: string): string {
  const date = dateOf(bar.from, zone);
  return say('price.at', {
    day: day(date, dateOf(now, zone)), from: clock(bar.from, zone), to: clock(bar.to, zone), price: kwh(bar.value),
  });
}

function PriceTable({ bars, now, zone }: { bars: Bar[]; now: number; zone: string }) {
  const first = bars[0]!, last = bars.at(-1)!;
  return (
    <div class="tables ribbon-table" tabIndex={0} role="group" aria-label={say('price.title')}>
      <table>
        <caption>{say('price.caption', { from: moment(first.from, now, zone), to: moment(last.to, now, zone) })}</caption>
        <thead><tr>
          <th scope="col">{say('price.col_when')}</th><th scope="col" class="num">{say('price.col_price')}</th>
        </tr></thead>
        <tbody>
          {bars.map((bar) => (
            <tr key={bar.from}>
              <th scope="row">{day(dateOf(bar.from, zone), dateOf(now, zone))} {clock(bar.from, zone)}</th>
              <td class="num">{kwh(bar.value)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function PriceFacts({ signal, bars, now, zone }: { signal: Signal; bars: Bar[]; now: number; zone: string }) {
  const days = twoDays(now, zone);
  const ends = extremes(bars);
  const held = at(bars, now);
  return (
    <>
      {held ? (
        <p class="headline">
          <Big q={priceQuantity(held.value)} dim={signal.state !== 'fresh'} />
          <span class="headline-words">{say('price.now', { time: clock(held.to, zone) })}</span>
        </p>
      ) : <p class="quiet">{say('price.no_now')}</p>}
      {ends && ends.low !== ends.high && (
        <p class="quiet">
          {say('price.low', { price: kwh(ends.low.value), when: when(ends.low.from, now, zone) })}
          {' · '}{say('price.high', { price: kwh(ends.high.value), when: when(ends.high.from, now, zone) })}
        </p>
      )}
      {!bars.some((bar) => bar.to > days.noon) && <p class="quiet price-tomorrow">{say('price.tomorrow')}</p>}
    </>
  );
}

function PriceCard({ signals, now, zone }: Seen) {
  const [table, setTable] = useState(false);
  const signal = best(signals.signals, 'price');
  if (!signal)
    return <Card title={say('price.title')} area="price"><Configure words={say('price.off')} lines={PRICES} /></Card>;
  const days = twoDays(now, zone);
  const bars = barsOf(signal.segments, days.from, days.to);
  const h = (n: number) => `${n}\u00a0h`;
  return (
    <Card title={say('price.title')} area="price"
      tools={bars.length > 0 && <ViewSwitch table={table} onChange={setTable} drawing={say('price.view')} />}>
      {bars.length === 0 ? <p class="quiet">{say('price.nothing')}</p>
        : <PriceFacts signal={signal} bars={bars} now={now} zone={zone} />}
      {bars.length > 0 && (table ? <PriceTable bars={bars} now={now} zone={zone} /> : (
        <Ribbon bars={bars} from={days.from} to={days.to} now={now} label={say('price.ribbon')}
          words={(bar) => span(bar, now, zone)} rest={`${t('day.today')} · ${t('day.tomorrow')}`}
          scale={[h(0), h(12), h(0), h(12), h(24)]} />
      ))}
      <p class="quiet">{say(signal.source === 'tibber' ? 'price.all' : 'price.spot')}</p>
      <Origin signal={signal} now={now} zone={zone} />
    </Card>
  );
}

function Co2Card({ signals, now, zone }: Seen) {
  const signal = best(signals.signals, 'co2');
  if (!signal)
    return <Card title={say('co2.title')} area="co2"><Configure words={say('co2.off')} lines={CO2} /></Card>;
  const bars = barsOf(signal.segments, now - DAY_MS, now);
  const held = at(barsOf(signal.segments, 0, Infinity), now);
  const last = held ?? bars.at(-1);
  const ends = extremes(bars);
  const grams = (value: number): Quantity => ({ value: measure(value, '', 0, lang()).trim(), unit: signal.unit });
  return (
    <Card title={say('co2.title')} area="co2">
      {last ? (
        <p class="headline">
          <Big q={grams(last.value)} dim={!held || signal.state !== 'fresh'} />
          <span class="headline-words">
            {held ? say('co2.now') : say('co2.last', { when: when(last.to, now, zone) })}
          </span>
        </p>
      ) : <p class="quiet">{say('co2.none')}</p>}
      {ends && bars.length > 2 && (
        <>
          <Bars bars={bars} from={now - DAY_MS} to={now} now={now} small />
          <p class="quiet">{say('co2.range', { low: join(grams(ends.low.value)), high: join(grams(ends.high.value)) })}</p>
        </>
      )}
      <p class="quiet">{say('co2.help')}</p>
      <Origin signal={signal} now={now} zone={zone} />
    </Card>
  );
}

function SourcesCard({ signals, now, zone, demo }: Seen & { demo: boolean }) {
  return (
    <Card title={say('sources.title')} area="signals">
      {signals.signals.length === 0 && <p class="quiet">{say(demo ? 'sources.demo' : 'sources.none')}</p>}
      <ul class="signals">
        {signals.signals.map((signal) => {
          const topic = `topic.${signal.topic}`;
          return (
            <li key={`${signal.id}/${signal.series}`}>
              <p class="signal-head">
                <strong>{has(topic) ? say(topic) : signal.topic}</strong>
                <span class="quiet">{sourceName(signal.source, signal.id)}{signal.series && ` · ${signal.series}`}</span>
                <span class="signal-value">{valueWords(signal, signal.now)}</span>
              </p>
              <Origin signal={signal} now={now} zone={zone} name={false} />
            </li>
          );
        })}
      </ul>
    </Card>
  );
}

export function Grid({ state, now, zone, session }: {
  state: State | null; now: number; zone: string; session: Session | null;
}) {
  const { data: signals, error } = useAsked<Signals>('/signals', AGAIN_MS);
  if (!state)
    return <p role="status">{t('app.loading')}</p>;
  const seen = signals && { signals, now, zone };
  return (
    <>
      <GridTabs here="signals" />
      {error && <p class="tone-text-warn zone" role="alert">{say('failed')} {refusalWords(error)}</p>}
      <div class="grid-page">
        <EcowattCard ecowatt={state.ecowatt} now={now} zone={zone} may={mayOverride(session)} />
        {!seen && !error && <p role="status">{t('app.loading')}</p>}
        {seen && <TempoCard {...seen} />}
        {seen && <PriceCard {...seen} />}
        {seen && <Co2Card {...seen} />}
        {seen && <SourcesCard {...seen} demo={state.site.demo} />}
      </div>
    </>
  );
}
