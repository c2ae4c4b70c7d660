/* Facts of the API into sentences for a household. */
import { isKey, lang, t, type Key } from '../i18n';
import type { BatteryDoes } from '../api/battery';
import type { Load } from '../api/types';
import { addDays, clock, dateOf, dayName } from './time';

/** « à 22:00 », « demain à 06:00 », « mar. 24 nov. à 06:00 »: always in the site's zone. */
export function when(at: string | number, now: number, zone: string): string {
  const ms = typeof at === 'number' ? at : Date.parse(at);
  const day = dateOf(ms, zone);
  const today = dateOf(now, zone);
  const time = clock(ms, zone);
  if (day === today)
    return t('when.at', { time });
  if (day === addDays(today, 1))
    return t('when.tomorrow', { time });
  return t('when.day', { day: dayName(day, lang(), 'short'), time });
}

/** The same without « à », for « depuis 14:02 », « jusqu’à 18:30 ». */
export function moment(at: string | number, now: number, zone: string): string {
  const ms = typeof at === 'number' ? at : Date.parse(at);
  const day = dateOf(ms, zone);
  const time = clock(ms, zone);
  return day === dateOf(now, zone) ? time : `${dayName(day, lang(), 'short')} ${time}`;
}

export function day(date: string, today: string, width: 'short' | 'long' = 'short'): string {
  if (date === today)
    return t('day.today');
  if (date === addDays(today, 1))
    return t('day.tomorrow');
  if (date === addDays(today, -1))
    return t('day.yesterday');
  return dayName(date, lang(), width);
}

export function level(value: number): string {
  const key = `ecowatt.${value}`;
  return isKey(key) ? t(key) : t('ecowatt.unknown', { level: value });
}

/** What is said of a load, or of a decision about it. */
type Asked = Pick<Load, 'state' | 'cause' | 'held_by' | 'level'>
  & { battery?: BatteryDoes; limit?: string | null; setpoint_w?: number };

/** What asked: a limit that has a name of its own is said by it. */
function askedBy(load: Asked): string {
  if (load.battery && load.cause === 'plan')
    return `why.battery.${load.battery}`;
  const limited = load.cause === 'breaker' || load.cause === 'cap' || load.cause === 'grid';
  if (limited && load.state === 'fed' && load.setpoint_w !== undefined)
    return `why.lowered.${load.cause}`;
  const named = load.state === 'shed' && load.limit && load.limit !== 'main';
  if (named && (load.cause === 'breaker' || load.cause === 'cap'))
    return load.cause === 'cap' ? 'why.shed.cap_of' : 'why.shed.fuse_of';
  return `why.${load.state}.${load.cause}`;
}

/** Why a load is in its state: what asked, then what held it, if anything did. */
export function why(load: Asked): string {
  const key = askedBy(load);
  const words = level(load.level ?? -1).toLowerCase();
  const cause = load.cause === 'ecowatt' && load.level === null
    ? ''
    : isKey(key) ? t(key, { level: words, limit: load.limit ?? '' }) : load.cause;
  if (!load.held_by)
    return cause;
  const held: Key = `why.held.${load.held_by}`;
  const hold = isKey(held) ? t(held) : load.held_by;
  /* What is held is not what was asked: say the request, then what stands in its way. */
  if (load.cause === 'normal' || (load.cause === 'ecowatt' && load.level === null))
    return hold;
  const asked = load.cause === 'ecowatt' ? 'why.asked.ecowatt'
    : load.cause === 'manual' ? 'why.asked.manual'
      : load.cause === 'failsafe' ? 'why.asked.failsafe'
        : load.cause === 'plan' ? 'why.asked.plan'
          : load.cause === 'thermostat' || load.cause === 'frost' ? 'why.asked.thermostat' : 'why.asked.limit';
  return `${t(asked, { level: words })} ${hold}`;
}

export function ecowattError(code: string): string {
  const exact = `error.${code}`;
  if (isKey(exact))
    return t(exact);
  return /^http_5\d\d$/.test(code) ? t('error.http_5xx') : t('error.other', { code });
}
