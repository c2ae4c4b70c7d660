/* Compteurs: every source with its state, its age and its faults in plain words; from close by its
 * last frame; and, for who administers, a new source tried before it is configured. */
import { useEffect, useState } from 'preact/hooks';
import type { Meter, Session, State } from '../api/types';
import { get } from '../api/client';
import { Counters, Facts, Values } from '../home/detail';
import { meterFreshness, type Link, type Tone } from '../lib/freshness';
import { measure, number } from '../lib/format';
import { duration } from '../lib/time';
import { isKey, lang, t } from '../i18n';
import { Card } from '../ui/parts';
import { Icon, type IconName } from '../ui/icons';
import { Frame } from './frame';
import { Setup } from './setup';
import { say } from './words';

const ICON: Record<Tone, IconName> = { ok: 'check', warn: 'warn', bad: 'dead', wait: 'clock' };

/** What went wrong since the start, the faults alone. */
const FAULTS = ['bad_fcs', 'gaps', 'tag_failures', 'replays', 'unknown_layout', 'no_key', 'timeouts', 'late', 'refused', 'reconnects'];

export function faultWords(counters: Record<string, number>): string {
  const found = FAULTS.filter((name) => (counters[name] ?? 0) > 0);
  return found.map((name) => {
    const key = `counter.${name}`;
    return `${number(counters[name]!, 0, lang())} ${isKey(key) ? t(key) : name}`;
  }).join(', ');
}

/** The one value that says most: power first, else whatever comes first. */
function headline(meter: Meter): string {
  const value = meter.values.find((v) => ['power_import', 'power'].includes(v.quantity)) ?? meter.values[0];
  return value && typeof value.value === 'number'
    ? measure(value.value, value.unit, value.unit === 'Wh' ? 0 : 1, lang()) : '';
}

function Whole({ brief, since_s, now, zone }: { brief: Meter; since_s: number; now: number; zone: string }) {
  const [whole, setWhole] = useState<Meter | null>(brief.whole === false ? null : brief);
  useEffect(() => {
    let gone = false;
    if (brief.whole === false)
      get<Meter>(`/meters/${encodeURIComponent(brief.device)}`)
        .then((meter) => { if (!gone) setWhole(meter); }).catch(() => undefined);
    else
      setWhole(brief);
    return () => { gone = true; };
  }, [brief]);
  const meter = whole ?? brief;
  return (
    <>
      <Facts meter={meter} since_s={since_s} now={now} zone={zone} />
      {meter.values.length > 0 && <Values meter={meter} />}
      {Object.keys(meter.counters ?? {}).length > 0 && <Counters meter={meter} heading="h3" />}
      <Frame device={meter.device} now={now} zone={zone} />
    </>
  );
}

function Row({ meter, link, now, zone }: { meter: Meter; link: Link; now: number; zone: string }) {
  const [open, setOpen] = useState(false);
  const fresh = meterFreshness(meter, link.since_s);
  const faults = faultWords(meter.counters ?? {});
  const network = meter.protocol === 'mqtt' || meter.protocol === 'http' ? `sensor.${meter.state}.do` : '';
  const advice = isKey(network) ? network : `meter.${meter.state}.do`;
  return (
    <li class="source">
      <button type="button" class="source-head" aria-expanded={open} onClick={() => setOpen(!open)}>
        <span class={`source-state tone-${fresh.tone}`}><Icon name={ICON[fresh.tone]} size={18} /> {t(fresh.key)}</span>
        <span class="source-name">{meter.name || meter.device}</span>
        <span class="source-what quiet">
          {meter.protocol}{fresh.age_s !== null && <> · {t('fresh.age', { age: duration(fresh.age_s, lang()) })}</>}
        </span>
        <span class="source-value">{fresh.tone === 'bad' ? '' : headline(meter)}</span>
        <span class={open ? 'source-turn open' : 'source-turn'}><Icon name="down" size={18} /></span>
      </button>
      {meter.state !== 'ok' && isKey(advice) && (
        <p class={`source-advice tone-${fresh.tone}`}>{t(advice, { age: fresh.age_s === null ? '—' : duration(fresh.age_s, lang()) })}</p>
      )}
      {faults && <p class="quiet source-faults">{t('meters.faults', { words: faults })}</p>}
      {open && <div class="source-body"><Whole brief={meter} since_s={link.since_s} now={now} zone={zone} /></div>}
    </li>
  );
}

export function Meters({ state, link, now, zone, session }: {
  state: State | null; link: Link; now: number; zone: string; session: Session | null;
}) {
  const [words, setWords] = useState('');
  if (!state)
    return <p role="status">{t('app.loading')}</p>;
  const wanted = words.trim().toLowerCase();
  const meters = state.meters.filter((m) => `${m.name} ${m.device} ${m.zone} ${m.protocol}`.toLowerCase().includes(wanted));
  return (
    <div class="meters">
      <Card title={t('meters.title')} area="sources">
        <p class="quiet">{t('meters.count', { n: state.meters.length })}</p>
        {state.meters.length > 10 && (
          <div class="field">
            <label for="meters-find">{t('meters.find')}</label>
            <input id="meters-find" type="search" value={words} onInput={(e) => setWords(e.currentTarget.value)} />
          </div>
        )}
        <ul class="sources">
          {meters.map((meter) => <Row key={meter.device} meter={meter} link={link} now={now} zone={zone} />)}
        </ul>
      </Card>
      {session?.role === 'admin' ? <Setup />
        : <p class="quiet">{say(session?.demo ? 'demo' : 'admin')}</p>}
    </div>
  );
}
