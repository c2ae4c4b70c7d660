import { useId } from 'preact/hooks';
import { clock, dateOf, HOUR_MS, instantOf } from '../lib/time';
import { t } from '../i18n';

/** When something forced ends: a duration, or a wall-clock time of the site. */
export interface End { minutes: number | null; at: string }

const MINUTE_MS = 60_000;
export const LONGEST_MS = 7 * 24 * HOUR_MS;
const CHOICES = [30, 60, 120, 240, 480, 1440];

export const firstEnd = (now: number, zone: string): End => ({
  minutes: 120, at: wall(now + 2 * HOUR_MS, zone),
});

/** As an <input type="datetime-local"> wants it, in the site's zone. */
export const wall = (ms: number, zone: string) => `${dateOf(ms, zone)}T${clock(ms, zone)}`;

/** The instant chosen, or null if it is not 1 minute to 7 days away. */
export function endOf(end: End, now: number, zone: string): number | null {
  if (end.minutes !== null)
    return now + end.minutes * MINUTE_MS;
  const found = /^(\d{4}-\d\d-\d\d)T(\d\d):(\d\d)/.exec(end.at);
  if (!found)
    return null;
  const ms = instantOf(found[1]!, Number(found[2]), Number(found[3]), zone);
  return ms >= now + MINUTE_MS && ms <= now + LONGEST_MS ? ms : null;
}

function words(minutes: number): string {
  if (minutes < 60)
    return t('override.minutes', { n: minutes });
  return minutes < 1440 ? t('override.hours', { n: minutes / 60 }) : t('override.days', { n: minutes / 1440 });
}

export function UntilField({ end, now, zone, onChange }: {
  end: End; now: number; zone: string; onChange: (end: End) => void;
}) {
  const id = useId();
  return (
    <>
      <div class="field">
        <label for={id}>{t('override.for')}</label>
        <select
          id={id} value={end.minutes === null ? 'at' : String(end.minutes)}
          onChange={(e) => {
            const value = e.currentTarget.value;
            onChange({ ...end, minutes: value === 'at' ? null : Number(value) });
          }}
        >
          {CHOICES.map((minutes) => <option key={minutes} value={String(minutes)}>{words(minutes)}</option>)}
          <option value="at">{t('override.custom')}</option>
        </select>
      </div>
      {end.minutes === null && (
        <div class="field">
          <label for={id + 'at'}>{t('override.at', { zone })}</label>
          <input
            id={id + 'at'} type="datetime-local" required value={end.at}
            min={wall(now + MINUTE_MS, zone)} max={wall(now + LONGEST_MS, zone)}
            onInput={(e) => onChange({ ...end, at: e.currentTarget.value })}
          />
        </div>
      )}
    </>
  );
}
