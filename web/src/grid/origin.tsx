/* Where a number comes from and how old it is: never one without the other. */
import type { Signal } from '../api/types';
import { measure, number, price } from '../lib/format';
import { duration } from '../lib/time';
import { level, when } from '../lib/words';
import { lang } from '../i18n';
import { has, say } from './words';

/* Proper names, the same in every language. */
const NAMES: Record<string, string> = {
  'ecowatt': 'RTE (Ecowatt)', 'tempo': 'RTE', 'tempo-services-rte': 'services-rte.com',
  'tempo-couleur': 'api-couleur-tempo.fr', 'ejp': 'EDF', 'demand-response': 'RTE', 'entsoe': 'ENTSO-E',
  'energy-charts': 'Energy-Charts', 'nordpool': 'Nord Pool', 'awattar': 'aWATTar', 'tibber': 'Tibber',
  'eco2mix': 'RTE (éCO2mix)', 'open-meteo': 'Open-Meteo', 'forecast-solar': 'forecast.solar', 'openadr': 'OpenADR',
};

export const sourceName = (source: string, id: string): string =>
  source === 'meter' ? say('source_meter', { id }) : NAMES[source] ?? id;

export function errorWords(code: string): string {
  const key = `error.${/^http_5\d\d$/.test(code) ? 'http_5xx' : code}`;
  return has(key) ? say(key) : say('error.other', { code });
}

const DECIMALS: Record<string, number> = { '°C': 1, 'kW': 2, 'kWh': 2 };

/** A value of a signal in words, with its unit. */
export function valueWords(signal: Signal, value: number | string | null): string {
  if (value === null)
    return say('sources.nothing');
  const names: Record<string, string> = { colour: 'tempo', ejp: 'ejp', demand_response: 'response' };
  const key = `${names[signal.topic] ?? ''}.${value}`;
  if (has(key))
    return say(key);
  if (typeof value === 'string')
    return value;
  if (signal.topic === 'tension')
    return level(value);
  if (signal.unit === 'EUR/MWh')
    return price(value / 1000, lang());
  if (signal.unit === 'level')
    return say('event.level', { n: number(value, 0, lang()) });
  return signal.unit ? measure(value, signal.unit, DECIMALS[signal.unit] ?? 0, lang())
    : say('no_unit', { n: number(value, 2, lang()) });
}

export function Origin({ signal, now, zone, name = true }: {
  signal: Signal; now: number; zone: string; name?: boolean;
}) {
  const age = signal.fetched === null ? null : (now - Date.parse(signal.fetched)) / 1000;
  const facts = [
    name && say('source', { source: sourceName(signal.source, signal.id) }),
    age === null ? say('never') : say('received', { age: duration(age, lang()) }),
    signal.made && signal.made !== signal.fetched && say('published', { when: when(signal.made, now, zone) }),
  ].filter(Boolean);
  const faults = [
    signal.state === 'stale' && say('stale'),
    signal.state === 'none' && age !== null && say('over'),
    signal.error && say('last_error', { error: errorWords(signal.error) }),
    signal.error && signal.next && say('next', { when: when(signal.next, now, zone) }),
  ].filter(Boolean);
  return (
    <>
      <p class="quiet origin">{facts.join(' · ')}</p>
      {faults.length > 0 && <p class="tone-text-warn origin">{faults.join(' · ')}</p>}
    </>
  );
}

/** What to write into the configuration where nobody is asked yet. */
export function Configure({ words, lines }: { words: string; lines: string[] }) {
  return (
    <>
      <p class="quiet">{words}</p>
      <p class="quiet add-words">{say('add')}</p>
      <pre class="add" tabIndex={0}><code>{['signals:', ...lines.map((line) => `  - ${line}`)].join('\n')}</code></pre>
    </>
  );
}
