/* What the weather explains: the month against what its degree days let expect (ISO 50006). */
import { useState } from 'preact/hooks';
import type { SeriesItem } from '../api/types';
import type { Baseline, Stats } from '../api/analysis';
import { useAsked } from '../lib/ask';
import { energy, measure, number } from '../lib/format';
import { addMonths } from '../lib/period';
import { startOfDay } from '../lib/time';
import { lang } from '../i18n';
import { Card, refusalWords } from '../ui/parts';
import { monthWords } from './month_ways';
import { say } from './words';

const YEARS = 3;
const OUTSIDE = /ext|out|dehors|weather|meteo/i;

/** The series that tell a temperature, those that look like the outdoor one first. */
export function temperatures(items: SeriesItem[]): string[] {
  const keys = items.map((s) => s.key).filter((key) => key.endsWith('/temperature'));
  return keys.sort((a, b) => Number(OUTSIDE.test(b)) - Number(OUTSIDE.test(a)));
}

/** The one that is outside by its name; null: a room's must not pass for the weather. */
export const outsideOf = (keys: string[]): string | null => keys.find((key) => OUTSIDE.test(key)) ?? null;

function Month({ baseline, month }: { baseline: Baseline; month: string }) {
  const one = baseline.months.find((m) => m.month === month.slice(0, 7));
  if (!one)
    return <p class="quiet">{say('weather.no_month')}</p>;
  const wh = (kwh: number | null) => energy(kwh === null ? null : kwh * 1000, lang());
  const off = one.expected_kwh_per_day === null || one.kwh_per_day === null ? null : 100 * (one.kwh_per_day / one.expected_kwh_per_day - 1);
  return (
    <>
      <p>{say('weather.degree_days', { meteo: number(one.degree_days_meteo ?? NaN, 0, lang()), costic: number(one.degree_days_costic ?? NaN, 0, lang()) })}</p>
      {off !== null && (
        <p><strong>{say('weather.expected', {
          expected: wh(one.expected_kwh_per_day), actual: wh(one.kwh_per_day), off: (off > 0 ? '+' : '') + number(off, 0, lang()), month: monthWords(month),
        })}</strong></p>
      )}
      {off !== null && one.cusum_kwh !== null && <p class="quiet">{say('weather.cusum', { kwh: wh(one.cusum_kwh) })}</p>}
    </>
  );
}

export function WeatherCard({ month, zone }: { month: string; zone: string }) {
  const { data } = useAsked<{ items: SeriesItem[] }>('/series');
  const keys = temperatures(data?.items ?? []);
  const [chosen, setChosen] = useState<string | null>(null);
  const key = chosen ?? outsideOf(keys);
  const at = (date: string) => new Date(startOfDay(date, zone)).toISOString();
  const end = addMonths(month, 1);
  const asked = useAsked<Stats>(key === null ? null
    : `/analysis/stats?by=year&from=${at(addMonths(end, -12 * YEARS))}&to=${at(end)}&temperature=${encodeURIComponent(key)}`);
  if (keys.length === 0)
    return null;
  const baseline = asked.data?.baseline ?? null;
  return (
    <Card title={say('weather.title')} area="weather">
      <div class="field">
        <label for="weather-key">{say('weather.series')}</label>
        <select id="weather-key" value={key ?? ''} onChange={(e) => setChosen(e.currentTarget.value)}>
          {key === null && <option value="">{say('weather.choose')}</option>}
          {keys.map((k) => <option key={k} value={k}>{k.split('/').slice(1, 3).join(' · ')}</option>)}
        </select>
      </div>
      {asked.error && <p class="tone-text-warn" role="alert">{say('failed', { why: refusalWords(asked.error) })}</p>}
      {key !== null && !asked.data && !asked.error && <p class="quiet" role="status">{say('loading')}</p>}
      {baseline && (
        <>
          <Month baseline={baseline} month={month} />
          <p class="quiet">
            {baseline.verdict === 'good'
              ? say('weather.good', { base: measure(baseline.kwh_per_day, 'kWh', 1, lang()), dd: measure(baseline.kwh_per_degree_day, 'kWh', 2, lang()), r2: number(baseline.r2 ?? NaN, 2, lang()) })
              : say(`weather.${baseline.verdict.startsWith('fewer') ? 'short' : baseline.verdict.startsWith('no spread') ? 'flat' : 'loose'}`, { n: baseline.months_fitted })}
          </p>
        </>
      )}
    </Card>
  );
}
