import type { State } from '../api/types';
import { energy, energyOf, money, price } from '../lib/format';
import { when } from '../lib/words';
import { isKey, lang, t } from '../i18n';
import { Big, Card } from '../ui/parts';

/** A period of any contract: by its words where it has some, else as the contract names it. */
const periodWords = (id: string) => {
  const key = `tariff.${id}`;
  return isKey(key) ? t(key) : id;
};

/** HP and HC where it is one of them, of whatever day. */
const periodMark = (id: string) => (/(^|_)h[pc]$/.test(id) ? id.slice(-2).toUpperCase() : '€');

/** At the beginning of a sentence's end: small, but for a name of the contract's own. */
const lower = (words: string) => words.charAt(0).toLowerCase() + words.slice(1);

export function TodayCard({ state, now, zone }: { state: State; now: number; zone: string }) {
  const { today, tariff } = state;
  const notes = today.import_wh === null ? [] : [
    today.cost_eur !== null && t('today.cost_note'),
    today.cost_eur === null && !tariff && today.unpriced_wh === 0 && t('today.no_cost'),
    today.unpriced_wh > 0 && t('today.unpriced', { energy: energy(today.unpriced_wh, lang()) }),
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
        <div class={`tariff tariff-${periodMark(tariff.period).toLowerCase()}`}>
          <p class="tariff-now">
            <span class="tariff-mark" aria-hidden="true">
              {periodMark(tariff.period)}
            </span>
            <span>
              <strong>{periodWords(tariff.period)}</strong>
              <span class="tariff-price">{price(tariff.price_eur_per_kwh, lang())}</span>
            </span>
          </p>
          {tariff.superseded && (
            <p class="quiet tone-text-warn">{t('tariff.superseded', { month: (tariff.since ?? '').slice(0, 7) })}</p>
          )}
          {tariff.next && (
            <p class="quiet">
              {t('tariff.then', {
                period: lower(periodWords(tariff.next.period)),
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
