import { useState } from 'preact/hooks';
import type { Ecowatt, EcowattDay, EcowattHour } from '../api/types';
import { clock, dateOf, quarters, startOfDay, addDays } from '../lib/time';
import { day, ecowattError, level, when } from '../lib/words';
import { t } from '../i18n';
import { forceLevel, releaseLevel } from '../model';
import { Card, refusalWords } from '../ui/parts';
import { Icon, levelIcon } from '../ui/icons';
import { LevelDialog } from './forms';

interface Run { from: number; to: number; level: number; manual: boolean }

/** Neighbouring hours of one level as one stretch. */
export function runsOf(hours: EcowattHour[]): Run[] {
  const runs: Run[] = [];
  for (const hour of [...hours].sort((a, b) => Date.parse(a.from) - Date.parse(b.from))) {
    const from = Date.parse(hour.from);
    const to = Date.parse(hour.to);
    const manual = hour.manual === true;
    const last = runs.at(-1);
    if (last && last.to === from && last.level === hour.level && last.manual === manual)
      last.to = to;
    else
      runs.push({ from, to, level: hour.level, manual });
  }
  return runs;
}

const known = (value: number) => (value >= 0 && value <= 3 ? value : 'x');
const WIDTH = 240;

/** The day as a strip: 23, 24 or 25 hours wide, each level with its own pattern. */
function Strip({ date, hours, now, zone }: { date: string; hours: EcowattHour[]; now: number; zone: string }) {
  const start = startOfDay(date, zone);
  const length = startOfDay(addDays(date, 1), zone) - start;
  const x = (ms: number) => ((ms - start) / length) * WIDTH;
  const ticks = quarters(date, zone).map((part) => part * WIDTH);
  return (
    <svg class="strip" viewBox={`0 -3 ${WIDTH} 25`} preserveAspectRatio="none" aria-hidden="true">
      <rect class="strip-none" y="0" width={WIDTH} height="16" rx="3" />
      {hours.map((hour) => {
        const from = Date.parse(hour.from);
        const wide = x(Date.parse(hour.to)) - x(from);
        const inset = Math.min(0.4, wide * 0.1); /* a spell may last minutes only */
        const width = wide - 2 * inset;
        const name = known(hour.level);
        return (
          <g key={hour.from} transform={`translate(${x(from) + inset} 0)`}>
            <rect class={`lv lv-${name}`} width={width} height="16" rx={Math.min(1.5, width / 3)} />
            {hour.level !== 1 && <rect class="lv-marks" fill={`url(#pat-${name})`} width={width} height="16" />}
            {hour.manual && <rect class="lv-hand" y="17.5" width={width} height="2" />}
          </g>
        );
      })}
      {ticks.map((at) => <path key={at} class="strip-tick" d={`M${at} 17v3`} />)}
      {now >= start && now < start + length && <path class="strip-now" d={`M${x(now)} -3v22`} />}
    </svg>
  );
}

const Patterns = () => (
  <svg class="defs" width="0" height="0" aria-hidden="true">
    <defs>
      <pattern id="pat-0" width="5" height="5" patternUnits="userSpaceOnUse"><circle cx="2.5" cy="2.5" r="1" /></pattern>
      <pattern id="pat-2" width="5" height="5" patternUnits="userSpaceOnUse"><path d="M-1 6 6 -1M-1 1l2-2M4 6l2-2" /></pattern>
      <pattern id="pat-3" width="5" height="5" patternUnits="userSpaceOnUse"><path d="M-1 6 6 -1M-1 -1 6 6" /></pattern>
      <pattern id="pat-x" width="4" height="4" patternUnits="userSpaceOnUse"><path d="M2 0v4" /></pattern>
    </defs>
  </svg>
);

interface Line { level: number; words: string }

/** « Réseau tendu : 08:00 – 10:00, 18:00 – 20:00 »: a line a level, the worst first. Of today,
 * what is over is left to the strip. */
function linesOf(all: Run[], whole: EcowattDay, now: number, zone: string): Line[] {
  const runs = all.filter((run) => run.to > now);
  if (runs.length === 0)
    return [{ level: whole.level, words: `${level(whole.level)}. ${t('ecowatt.no_hours')}` }];
  const levels = [...new Set(runs.map((run) => run.level))].sort((a, b) => b - a);
  const span = runs.length === all.length ? 'ecowatt.all_day' : 'ecowatt.rest';
  if (levels.length === 1 && !runs.some((run) => run.manual))
    return [{ level: levels[0]!, words: `${level(levels[0]!)}, ${t(span)}` }];
  const lines: Line[] = [];
  for (const l of levels) {
    const told = runs.filter((run) => run.level === l && (l !== 1 || run.manual));
    const hours = told.map((run) =>
      `${clock(run.from, zone)}\u00a0–\u2060\u00a0${clock(run.to, zone)}` + (run.manual ? ` (${t('ecowatt.manual')})` : ''));
    if (hours.length)
      lines.push({ level: l, words: t('ecowatt.hours', { level: level(l), hours: hours.join(', ') }) });
  }
  return lines;
}

function DayRow({ item, now, zone }: { item: EcowattDay; now: number; zone: string }) {
  return (
    <li class="eco-day">
      <p class="eco-day-name">{day(item.date, dateOf(now, zone))}</p>
      <div class="eco-day-strip">
        <Strip date={item.date} hours={item.hours} now={now} zone={zone} />
        {linesOf(runsOf(item.hours), item, now, zone).map((line) => (
          <p key={line.level} class={`eco-words eco-${known(line.level)}`}>
            <Icon name={levelIcon(line.level)} size={16} />
            <span>{line.words}</span>
          </p>
        ))}
      </div>
    </li>
  );
}

/** The hours above the strips, for eyes only: the words below say them. */
const Scale = () => (
  <div class="eco-scale" aria-hidden="true">
    {[0, 6, 12, 18, 24].map((h) => <span key={h}>{h}{'\u00a0h'}</span>)}
  </div>
);

function sourceWords(eco: Ecowatt, now: number, zone: string): string {
  if (eco.state === 'stale' && eco.fetched)
    return t('ecowatt.stale', { when: when(eco.fetched, now, zone) });
  if (eco.source === 'demo')
    return t('ecowatt.source_demo');
  if (eco.source === 'manual')
    return t('ecowatt.source_manual');
  return eco.source === 'rte' && eco.made
    ? t('ecowatt.source_rte', { when: when(eco.made, now, zone) })
    : t('ecowatt.source_other', { source: eco.source });
}

function NowLine({ eco }: { eco: Ecowatt }) {
  if (eco.now === null)
    return <p class="eco-now eco-x"><Icon name="unknown" size={24} /> <strong>{t('ecowatt.no_now')}</strong></p>;
  return (
    <p class={`eco-now eco-${known(eco.now)}`}>
      <Icon name={levelIcon(eco.now)} size={26} />
      <span><span class="quiet">{t('ecowatt.now')}</span><strong>{level(eco.now)}</strong></span>
    </p>
  );
}

export function EcowattCard({ ecowatt, now, zone, may }: {
  ecowatt: Ecowatt; now: number; zone: string; may: boolean;
}) {
  const [open, setOpen] = useState(false);
  const [error, setError] = useState('');
  const manual = ecowatt.days.some((d) => d.hours.some((h) => h.manual && Date.parse(h.to) > now));

  const release = () => releaseLevel().then(() => setError(''), (e) => setError(refusalWords(e)));
  return (
    <Card title={t('ecowatt.title')} area="ecowatt">
      <Patterns />
      {ecowatt.days.length === 0 ? <p class="quiet">{t(ecowatt.state === 'off' ? 'ecowatt.off' : 'ecowatt.none')}</p> : (
        <>
          <NowLine eco={ecowatt} />
          <Scale />
          <ul class="eco-days">
            {ecowatt.days.slice(0, 4).map((item) => <DayRow key={item.date} item={item} now={now} zone={zone} />)}
          </ul>
        </>
      )}
      <p class={ecowatt.state === 'stale' ? 'quiet tone-text-warn' : 'quiet'}>
        {ecowatt.days.length > 0 && sourceWords(ecowatt, now, zone)}
        {ecowatt.error && ` ${t('ecowatt.error', { error: ecowattError(ecowatt.error) })}`}
      </p>
      {may && (
        <div class="actions">
          {manual && <button type="button" class="button" onClick={release}><Icon name="auto" size={18} /> {t('ecowatt.release')}</button>}
          <button type="button" class="button" onClick={() => setOpen(true)}><Icon name="hand" size={18} /> {t('ecowatt.override')}</button>
        </div>
      )}
      {error && <p class="error" role="alert">{error}</p>}
      {open && (
        <LevelDialog
          now={now} zone={zone} onClose={() => setOpen(false)}
          apply={(value, until) => forceLevel(Math.floor(now / 60_000) * 60_000, until, value)}
        />
      )}
    </Card>
  );
}
