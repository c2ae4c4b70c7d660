import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { mayForce, settingOf } from '../api/settings';
import type { Load, Session } from '../api/types';
import { nominal } from '../lib/format';
import { moment, why } from '../lib/words';
import { lang, t } from '../i18n';
import { forceLoad, mayOverride, releaseLoad } from '../model';
import { Card, refusalWords } from '../ui/parts';
import { Icon, loadIcon } from '../ui/icons';
import { OverrideDialog } from './forms';

function timesOf(load: Load, now: number, zone: string): string {
  const words: string[] = [];
  if (load.since)
    words.push(t('loads.since', { when: moment(load.since, now, zone) }));
  if (load.override)
    return words.join(', '); /* its end is said by the forced chip */
  if (load.until)
    words.push(t('loads.until', { when: moment(load.until, now, zone) }));
  else if (load.state === 'shed' && load.cause !== 'own')
    words.push(t('loads.until_unknown'));
  return words.join(', ');
}

function facts(load: Load): string {
  const less = load.state === 'shed' && load.expected_w !== null && load.expected_w < 0;
  const watts = less
    ? t('loads.expected_less', { power: nominal(-load.expected_w!, lang()) })
    : t('loads.nominal', { power: nominal(load.nominal_w, lang()) });
  return load.phase ? `${watts}\u00a0· ${t('loads.phase', { phase: load.phase })}` : watts;
}

export function Row({ load, now, zone, may, onForce, children }: {
  load: Load; now: number; zone: string; may: boolean; onForce: () => void; children?: ComponentChildren;
}) {
  const [error, setError] = useState('');
  const release = () => releaseLoad(load.id).then(() => setError(''), (e) => setError(refusalWords(e)));
  const { battery } = settingOf(load);
  const times = timesOf(load, now, zone);
  return (
    <li class={`load load-${load.state}`} data-load={load.id}>
      <span class="load-icon"><Icon name={loadIcon(load)} size={24} /></span>
      <div class="load-what">
        <h3>{load.name}</h3>
        <p class={`badge badge-${load.state}`}>
          <Icon name={battery ? 'battery' : load.state === 'fed' ? 'bolt' : 'close'} size={15} />
          {t(battery ? `battery.${battery}` : load.state === 'fed' ? 'loads.fed' : 'loads.shed')}
        </p>
      </div>
      <div class="load-why">
        <p>{why(load)}</p>
        <p class="quiet">{times ? `${times}\u00a0· ${facts(load)}` : facts(load)}</p>
        {load.override && (
          <p class="forced"><Icon name="hand" size={16} /> {load.override.until
            ? t('loads.forced', { when: moment(load.override.until, now, zone) }) : t('loads.forced_unknown')}</p>
        )}
        {load.output && load.output.state !== 'ok' && (
          <p class="tone-text-warn">{t(load.output.state === 'failed' ? 'loads.output_failed' : 'loads.output_unknown')}</p>
        )}
        {children}
        {error && <p class="error" role="alert">{error}</p>}
      </div>
      {may && mayForce(load) && (
        <div class="load-tools">
          {load.override && (
            <button type="button" class="button" aria-label={t('loads.release_label', { name: load.name })} onClick={release}>
              {t('loads.release')}
            </button>
          )}
          <button type="button" class="button" aria-label={t('loads.force_label', { name: load.name })} onClick={onForce}>
            {t('loads.force')}
          </button>
        </div>
      )}
    </li>
  );
}

export function Loads({ loads, now, zone, session }: {
  loads: Load[]; now: number; zone: string; session: Session | null;
}) {
  const [forcing, setForcing] = useState<string | null>(null);
  const may = mayOverride(session);
  const load = loads.find((l) => l.id === forcing);
  return (
    <Card title={t('loads.title')} area="loads">
      {loads.length === 0 && <p class="quiet">{t('loads.none')}</p>}
      <ul class="loads">
        {loads.map((item) => (
          <Row key={item.id} load={item} now={now} zone={zone} may={may} onForce={() => setForcing(item.id)} />
        ))}
      </ul>
      {session && !may && loads.length > 0 && <p class="quiet">{t('loads.sign_in')}</p>}
      {load && (
        <OverrideDialog
          key={load.id} load={load} now={now} zone={zone} onClose={() => setForcing(null)}
          apply={(state, until) => forceLoad(load.id, state, until)}
        />
      )}
    </Card>
  );
}
