import type { State } from '../api/types';
import { ageOf, meterFreshness, type Link, LOST_S } from '../lib/freshness';
import { apparent, power } from '../lib/format';
import { duration } from '../lib/time';
import { ecowattError } from '../lib/words';
import { isKey, lang, t, type Key } from '../i18n';
import { Icon } from '../ui/icons';
import { drawn } from './power';

export interface Alert { id: string; tone: 'warn' | 'bad'; title: string; what: string }

function linkAlert(link: Link): Alert | null {
  const age = duration(link.since_s, lang());
  if (link.mode === 'lost' || (link.mode !== 'wait' && link.since_s > LOST_S))
    return { id: 'link', tone: 'bad', title: t('alert.link.title'), what: t('alert.link.do', { age }) };
  if (link.mode === 'polling')
    return { id: 'polling', tone: 'warn', title: t('alert.polling.title'), what: t('alert.polling.do') };
  return null;
}

function meterAlerts(state: State, since_s: number): Alert[] {
  const out: Alert[] = [];
  for (const meter of state.meters) {
    const fresh = meterFreshness(meter, since_s);
    if (fresh.tone !== 'bad' && fresh.key !== 'fresh.starting' && fresh.key !== 'fresh.no_profile')
      continue;
    const code = fresh.key.slice('fresh.'.length);
    const title = `meter.${code}.title`;
    const what = `meter.${code}.do`;
    const age = ageOf(meter, since_s);
    const params = {
      name: meter.name || meter.device,
      age: age === null ? t('unknown') : duration(age, lang()),
    };
    if (isKey(title) && isKey(what))
      out.push({ id: 'm' + meter.device, tone: fresh.tone === 'bad' ? 'bad' : 'warn', title: t(title, params), what: t(what, params) });
  }
  return out;
}

/** Messages left aside since the daemon's start, readings and events. */
const dropped = (state: State) =>
  String((state.health.dropped_readings ?? 0) + (state.health.dropped_events ?? 0));

function clockAlerts(state: State): Alert[] {
  return state.meters.filter((meter) => meter.clock_off_s).map((meter) => {
    const off = meter.clock_off_s ?? 0;
    const params = { name: meter.name || meter.device, off: duration(Math.abs(off), lang()) };
    return {
      id: 'c' + meter.device, tone: 'warn',
      title: t(off > 0 ? 'meter_clock.fast' : 'meter_clock.slow', params), what: t('meter_clock.do'),
    };
  });
}

function problemAlerts(state: State, spoken: boolean): Alert[] {
  return state.health.problems
    .filter((code) => code !== 'meter_clock' && code !== 'safe_mode' && !(spoken && code === 'meter_silent')) /* said by name */
    .map((code) => {
      const known = isKey(`problem.${code}.title`);
      const key = (part: string) => `problem.${known ? code : 'other'}.${part}` as Key;
      return {
        id: 'p' + code,
        tone: state.health.status === 'alarm' ? 'bad' as const : 'warn' as const,
        title: t(key('title'), { code }),
        what: t(key('do'), { code, count: dropped(state), error: ecowattError(state.ecowatt.error ?? '') }),
      };
    });
}

export function alertsOf(state: State | null, link: Link): Alert[] {
  const out: Alert[] = [];
  const lost = linkAlert(link);
  if (lost)
    out.push(lost);
  if (!state)
    return out;
  const meters = meterAlerts(state, link.since_s);
  out.push(...meters, ...clockAlerts(state), ...problemAlerts(state, meters.length > 0));
  const use = drawn(state);
  if (state.now.fresh && use && state.site.contract_va && use.va > state.site.contract_va)
    out.push({
      id: 'over', tone: 'bad', title: t('alert.over.title'),
      what: t('alert.over.do', {
        power: use.measured ? apparent(use.va, lang()) : power(use.va, lang()),
        limit: apparent(state.site.contract_va, lang()),
      }),
    });
  return out;
}

export function Alerts({ alerts }: { alerts: Alert[] }) {
  if (alerts.length === 0)
    return null;
  return (
    <section class="alerts" aria-label={t('alert.heading')}>
      {alerts.map((alert) => (
        <article key={alert.id} class={`alert tone-${alert.tone}`} data-alert={alert.id}>
          <Icon name={alert.tone === 'bad' ? 'stop' : 'warn'} size={22} />
          <div>
            <h2>{alert.title}</h2>
            <p>{alert.what}</p>
          </div>
        </article>
      ))}
    </section>
  );
}
