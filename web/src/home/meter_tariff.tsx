import type { Colour, MeterTariff } from '../api/types';
import { isKey, t } from '../i18n';

/** The code of a historic meter in words ("HP.." is « heures pleines »); what a supplier calls its
 * periods stands for itself. */
export function periodWords(tariff: MeterTariff): string | null {
  const code = (tariff.period ?? '').replaceAll('.', '');
  const key = `ptec.${code}`;
  if (code && isKey(key))
    return t(key);
  return tariff.period ?? (tariff.index === null ? null : t('meter_tariff.index', { n: tariff.index }));
}

const colourWords = (colour: Colour | null) => t(colour === null ? 'tempo.unknown' : `tempo.${colour}`);

function Day({ name, colour }: { name: string; colour: Colour | null }) {
  return (
    <span class="tempo-day">
      <span class={`tempo-dot tempo-${colour ?? 'none'}`} aria-hidden="true" />
      {t('tempo.day', { day: name, colour: colourWords(colour) })}
    </span>
  );
}

/** What the meter says of its own tariff: the period that counts now, and Tempo's colours. */
export function MeterTariffLines({ tariff }: { tariff: MeterTariff }) {
  const words = periodWords(tariff);
  return (
    <>
      {words && <p class="bar-words">{t('meter_tariff.now', { period: words })}</p>}
      {tariff.tempo && (
        <p class="bar-words tempo-days">
          <Day name={t('tempo.today')} colour={tariff.tempo.today} />
          <Day name={t('tempo.tomorrow')} colour={tariff.tempo.tomorrow} />
        </p>
      )}
    </>
  );
}
