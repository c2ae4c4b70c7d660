import type { State } from '../api/types';
import { mainMeter, type Freshness } from '../lib/freshness';
import { apparent, percent, powerOf, type PowerUnit } from '../lib/format';
import { duration } from '../lib/time';
import { lang, t } from '../i18n';
import { Big, Card } from '../ui/parts';
import { MeterTariffLines } from './meter_tariff';

export interface Shown { value: number; unit: PowerUnit }
export interface Drawn { va: number; measured: boolean; phases: { phase: number; va: number }[] }

/** Apparent power, what a contract limits: as the meter says it, else the sum of U·I where it gives
 * both on every phase, else the watts, which are never more. Null when nothing is drawn or known. */
export function drawn(state: State): Drawn | null {
  const { phases, import_w, import_va } = state.now;
  if (import_va !== undefined)
    return { va: import_va, measured: true, phases: [] };
  const each = phases.map((p) => ({
    phase: p.phase,
    va: p.voltage_v !== null && p.current_a !== null ? p.voltage_v * Math.abs(p.current_a) : null,
  }));
  const whole = each.length > 0 && each.every((p) => p.va !== null);
  if (whole && (state.now.export_w ?? 0) === 0) {
    const known = each as { phase: number; va: number }[];
    return { va: known.reduce((sum, p) => sum + p.va, 0), measured: true, phases: known };
  }
  return import_w === null ? null : { va: import_w, measured: false, phases: [] };
}

/** What the main meter last said, for when nothing is known now. */
export function lastPower(state: State): Shown | null {
  const values = mainMeter(state)?.values ?? [];
  const of = (quantity: string) => {
    const value = values.find((v) => v.quantity === quantity)?.value;
    return typeof value === 'number' ? value : null;
  };
  const w = of('power_import') ?? of('power');
  const va = of('apparent_power_import');
  if (w !== null)
    return { value: w, unit: 'W' };
  return va === null ? null : { value: va, unit: 'VA' };
}

/** What is said in large: what comes in or goes out now, else what was known last. In watts, or in the
 * volt-amperes of a Linky, which says no watts: none are made of them. */
export function shownPower(state: State): (Shown & { out: boolean }) | null {
  const { import_w, export_w, import_va, export_va } = state.now;
  const inVa = import_w === null && export_w === null && import_va !== undefined;
  const [into, out] = inVa ? [import_va, export_va ?? null] : [import_w, export_w];
  const unit = inVa ? 'VA' : 'W';
  if ((out ?? 0) > 0 && (into ?? 0) === 0)
    return { value: out!, unit, out: true };
  const last = into === null ? lastPower(state) : { value: into, unit } as const;
  return last && { ...last, out: false };
}

const tone = (ratio: number) => (ratio > 1 ? 'bad' : ratio > 0.85 ? 'warn' : 'ok');
const HIGH_RATIO = 0.8;

function Bar({ use, limit_va }: { use: Drawn; limit_va: number }) {
  const ratio = use.va / limit_va;
  const share = Math.round(Math.min(ratio, 1) * 1000) / 10;
  const words = t('power.of', { percent: percent(ratio, lang()), limit: apparent(limit_va, lang()) });
  const high = use.phases.length === 3
    ? use.phases.reduce((a, b) => (b.va > a.va ? b : a))
    : null;
  const highRatio = high ? high.va / (limit_va / 3) : 0;
  return (
    <>
      <div
        class={`bar bar-${tone(ratio)}`} role="meter" aria-label={t('power.bar')}
        aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(share)} aria-valuetext={words}
      >
        <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
          <rect class="bar-fill" width={share} height="10" />
        </svg>
      </div>
      <p class="bar-words">{words}</p>
      {high && highRatio > HIGH_RATIO && (
        <p class="bar-note">{t('power.phase_high', { phase: high.phase, percent: percent(highRatio, lang()) })}</p>
      )}
    </>
  );
}

export function PowerCard({ state, dead, fresh }: { state: State; dead: boolean; fresh: Freshness }) {
  const { subscribed_va, overrun, meter_tariff } = state.now;
  const shown = shownPower(state);
  const limit = state.site.contract_va ?? subscribed_va ?? null;
  const use = drawn(state);
  return (
    <Card title={t('power.title')} area="power">
      {shown === null ? <p class="quiet">{t('power.none')}</p> : (
        <p class="headline">
          <Big q={powerOf(shown.value, lang(), shown.unit)} dim={dead} />
          <span class="headline-words">
            {dead && fresh.age_s !== null
              ? t('power.last', { age: duration(fresh.age_s, lang()) })
              : t(shown.out ? 'power.to' : 'power.from')}
          </span>
        </p>
      )}
      {limit === null ? <p class="bar-words">{t('power.no_contract')}</p>
        : use && !dead && <Bar use={use} limit_va={limit} />}
      {shown?.unit === 'VA' && !dead && <p class="bar-words">{t('power.apparent')}</p>}
      {overrun && !dead && <p class="bar-note" role="alert">{t('power.overrun')}</p>}
      {meter_tariff && !dead && <MeterTariffLines tariff={meter_tariff} />}
    </Card>
  );
}
