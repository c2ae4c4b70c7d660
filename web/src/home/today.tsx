import type { State } from '../api/types';
import { energy, energyOf, money, price } from '../lib/format';
import { when } from '../lib/words';
import { lang, t } from '../i18n';
import { Big, Card } from '../ui/parts';

export function TodayCard({ state, now, zone }: { state: State; now: number; zone: string }) {
  const { today, tariff } = state;
  const notes = today.import_wh === null ? [] : [
    today.cost_eur !== null && t('today.cost_note'),
    today.cost_eur === null && !tariff && t('today.no_cost'),
    !today.complete && t('today.incomplete'),
    today.estimated && t('today.estimated'),
    (today.export_wh ?? 0) > 0 && t('today.export', { energy: energy(today.export_wh, lang()) }),
  ].filter((words): words is string => typeof words === 'string');
  return (
    <Card title={t('today.title')} area="today">
      {today.import_wh === null ? <p class="quiet">{t('today.none')}</p> : (
        <p class="headline pair">
          <Big q={energyOf(today.import_wh, lang())} />
          {today.cost_eur !== null && <span class="big second">{money(today.cost_eur, lang())}</span>}
        </p>
      )}
      {notes.length > 0 && <p class="quiet">{notes.join(' · ')}</p>}
      <p><a class="more" href="#/consommation">{t('today.more')}</a></p>
      {tariff && (
        <div class={`tariff tariff-${tariff.period}`}>
          <p class="tariff-now">
            <span class="tariff-mark" aria-hidden="true">
              {tariff.period === 'base' ? '€' : tariff.period.toUpperCase()}
            </span>
            <span>
              <strong>{t(`tariff.${tariff.period}`)}</strong>
              <span class="tariff-price">{price(tariff.price_eur_per_kwh, lang())}</span>
            </span>
          </p>
          {tariff.superseded && (
            <p class="quiet tone-text-warn">{t('tariff.superseded', { month: (tariff.since ?? '').slice(0, 7) })}</p>
          )}
          {tariff.next && (
            <p class="quiet">
              {t('tariff.then', {
                period: t(`tariff.${tariff.next.period}`).toLowerCase(),
                when: when(tariff.next.at, now, zone),
              })}
              {' · '}{price(tariff.next.price_eur_per_kwh, lang())}
            </p>
          )}
        </div>
      )}
    </Card>
  );
}
