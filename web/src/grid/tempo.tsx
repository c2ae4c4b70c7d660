/* Tempo: the colour that holds, the next one or that it is not told yet, and what is left of the season. */
import type { Signals, TempoColour, TempoDay } from '../api/types';
import { number } from '../lib/format';
import { clock } from '../lib/time';
import { moment } from '../lib/words';
import { lang } from '../i18n';
import { Card } from '../ui/parts';
import { seasonOf, tempoDay, type Season } from './facts';
import { Configure, Origin, sourceName } from './origin';
import { say } from './words';

const SOURCES = ['{source: tempo-couleur}', '{source: tempo-services-rte}'];

/** A shape for each colour, since blue, white and red may look the same to some. */
function Mark({ colour }: { colour: TempoColour | null }) {
  return (
    <svg class={`tempo-mark mark-${colour ?? 'NONE'}`} viewBox="0 0 40 40" width="40" height="40" aria-hidden="true">
      {colour === 'BLUE' && <circle cx="20" cy="20" r="16" />}
      {colour === 'WHITE' && <rect x="5" y="5" width="30" height="30" rx="4" />}
      {colour === 'RED' && <path d="M13 3h14l10 10v14L27 37H13L3 27V13z" />}
      {colour === null && <path d="M6 20h28" />}
    </svg>
  );
}

const colourWords = (colour: TempoColour | null) => (colour === null ? say('tempo.unpublished') : say(`tempo.${colour}`));

function Day({ title, hours, day, signals, now, zone }: {
  title: string; hours: string; day: TempoDay; signals: Signals; now: number; zone: string;
}) {
  const told = signals.signals.find((s) => s.topic === 'colour' && s.source === day.source);
  return (
    <li class="tempo-now">
      <Mark colour={day.colour} />
      <div>
        <p><span class="quiet">{title}, {hours}</span></p>
        <p class="tempo-colour"><strong>{colourWords(day.colour)}</strong></p>
        {day.source === null && day.colour !== null && <p class="tone-text-warn">{say('tempo.assumed')}</p>}
        {told && <Origin signal={told} now={now} zone={zone} />}
      </div>
    </li>
  );
}

function Left({ season, source }: { season: Season; source: string }) {
  const partial = season.known < season.elapsed;
  return (
    <>
      <h3 class="sub">{say('tempo.season', { years: season.years })}</h3>
      <ul class="season">
        {season.colours.map(({ colour, used, max, left }) => (
          <li key={colour}>
            <p class="season-head">
              <Mark colour={colour} />
              <span>
                <strong>{say(`tempo.${colour}`)}</strong>{' '}
                <span class="season-left">{say(partial ? 'tempo.left_most' : 'tempo.left', { n: number(left, 0, lang()) })}</span>
              </span>
              <span class="quiet season-used">{say('tempo.used', { n: number(used, 0, lang()), max: number(max, 0, lang()) })}</span>
            </p>
            <svg class="season-bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
              <rect class="season-all" width="100" height="6" />
              <rect class={`mark-${colour}`} width={(100 * Math.min(used, max)) / max} height="6" />
            </svg>
          </li>
        ))}
      </ul>
      {partial && (
        <p class="tone-text-warn">
          {say('tempo.partial', { known: number(season.known, 0, lang()), elapsed: number(season.elapsed, 0, lang()) })}
        </p>
      )}
      <p class="quiet">{say('source', { source })}. {say('tempo.rule')}</p>
    </>
  );
}

export function TempoCard({ signals, now, zone }: { signals: Signals; now: number; zone: string }) {
  const { tempo } = signals;
  if (!tempo)
    return <Card title={say('tempo.title')} area="tempo"><Configure words={say('tempo.off')} lines={SOURCES} /></Card>;
  const day = tempoDay(now, zone);
  const time = clock(day.end, zone);
  const teller = signals.signals.find((s) => s.source === tempo.season?.source && s.topic === 'colour');
  return (
    <Card title={say('tempo.title')} area="tempo">
      <ul class="tempo-two">
        <Day title={say('tempo.now')} hours={say('tempo.until', { time: moment(day.end, now, zone) })}
          day={tempo.today} signals={signals} now={now} zone={zone} />
        <Day title={say(day.nextIsToday ? 'tempo.later_today' : 'tempo.tomorrow')} hours={say('tempo.from', { time })}
          day={tempo.tomorrow} signals={signals} now={now} zone={zone} />
      </ul>
      {tempo.season
        ? <Left season={seasonOf(tempo.season, day.date)} source={sourceName(tempo.season.source, teller?.id ?? tempo.season.source)} />
        : <div class="sub"><Configure words={say('tempo.season_none')} lines={['{source: tempo-services-rte}']} /></div>}
    </Card>
  );
}
