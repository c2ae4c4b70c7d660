import type { Meter } from '../api/types';
import { ageOf } from '../lib/freshness';
import { measure, NOTHING, number } from '../lib/format';
import { duration } from '../lib/time';
import { moment } from '../lib/words';
import { isKey, lang, t } from '../i18n';
import { Dialog } from '../ui/dialog';

const decimals = (unit: string) => (unit === 'Wh' || unit === 'varh' || unit === 'VAh' ? 0 : unit === 'A' || unit === 'Hz' ? 2 : 1);

const said = (prefix: string, code: string) => {
  const key = `${prefix}.${code}`;
  return isKey(key) ? t(key) : code;
};

export function Facts({ meter, since_s, now, zone }: { meter: Meter; since_s: number; now: number; zone: string }) {
  const age = ageOf(meter, since_s);
  const rows: [string, string][] = [
    [t('detail.protocol'), meter.protocol],
    [t('detail.profile'), meter.profile ?? t('unknown')],
    [t('detail.id'), meter.meter_id ?? t('unknown')],
    [t('detail.last'), meter.last_time && age !== null
      ? `${moment(meter.last_time, now, zone)} (${t('fresh.age', { age: duration(age, lang()) })})`
      : t('fresh.never')],
    [t('detail.auth'), t(meter.authenticated ? 'yes' : 'no')],
  ];
  return <dl class="facts">{rows.map(([k, v]) => <div key={k}><dt>{k}</dt><dd>{v}</dd></div>)}</dl>;
}

export function Values({ meter }: { meter: Meter }) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={`${t('detail.values')}, ${meter.name || meter.device}`}>
      <table>
        <caption>{t('detail.values')}</caption>
        <thead><tr>
          <th scope="col">{t('detail.quantity')}</th><th scope="col" class="num">{t('detail.value')}</th>
          <th scope="col">{t('detail.quality')}</th>
        </tr></thead>
        <tbody>
          {meter.values.map((v) => (
            <tr key={v.quantity}>
              <th scope="row">{said('quantity', v.quantity)}</th>
              <td class="num">
                {typeof v.value === 'number' ? measure(v.value, v.unit, decimals(v.unit), lang()) : v.value ?? NOTHING}
              </td>
              <td>{said('quality', v.quality)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function Counters({ meter, heading: Heading = 'h4' }: { meter: Meter; heading?: 'h3' | 'h4' }) {
  return (
    <>
      <Heading>{t('detail.counters')}</Heading>
      <dl class="facts">
        {Object.entries(meter.counters).map(([k, n]) => (
          <div key={k}><dt>{said('counter', k)}</dt><dd>{number(n, 0, lang())}</dd></div>
        ))}
      </dl>
    </>
  );
}

export function Detail({ meters, since_s, now, zone, onClose }: {
  meters: Meter[]; since_s: number; now: number; zone: string; onClose: () => void;
}) {
  return (
    <Dialog title={t('detail.title')} onClose={onClose}>
      {meters.length === 0 && <p>{t('fresh.no_meter')}</p>}
      {meters.map((meter) => (
        <section key={meter.device} class="detail">
          <h3>{meter.name || meter.device}</h3>
          <Facts meter={meter} since_s={since_s} now={now} zone={zone} />
          {meter.values.length > 0 && <Values meter={meter} />}
          <Counters meter={meter} />
        </section>
      ))}
    </Dialog>
  );
}
