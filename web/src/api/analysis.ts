/* What the stored measurements say, as /api/v1/analysis tells it (docs/analysis.md). */

type Num = number | null;

export interface Spread { samples: number; median: Num; p95: Num; max: Num }
export interface LowSpread { samples: number; min: Num; p05: Num; median: Num }

export type RiskLevel = 'normal' | 'minor' | 'major' | 'critical';
export type RiskKind =
  'overload' | 'power_factor' | 'voltage_low' | 'voltage_high' | 'thd' | 'unbalance' | 'current_unbalance';
export interface Risk {
  kind: RiskKind;
  level: RiskLevel;
  unit: string;
  worst: Num;
  limit: Num;
  /** Of the rows that were measured. */
  share_beyond: Num;
  worst_at: string | null;
  last_beyond: string | null;
  action: 'shed_or_spread' | 'compensate' | 'check_supply' | 'tell_operator' | 'filter_harmonics' | 'spread_phases' | 'move_loads';
}

export interface WeekKind {
  samples: number; share_within: Num; share_needed: Num; beyond: number; min: Num; max: Num; verdict: 'kept' | 'broken' | 'too little measured';
}
export interface Week {
  monday: string;
  covered: Num;
  verdict: 'kept' | 'broken' | 'too little measured';
  indication_only: boolean;
  [kind: string]: WeekKind | string | Num | boolean;
}

export interface ReactiveMonth {
  month: string; kwh: Num; kvarh: Num; tan_phi: Num; counts: boolean; billed_kvarh: Num; cost_eur: Num;
}
export interface Bank {
  kvar: Num; steps: number; resonance_order: Num; strengthens_harmonic: number | null; detuned: boolean; payback_years: Num;
}

export interface Quality {
  rows: number;
  from: string;
  to: string;
  step_s: Num;
  columns: Record<string, string>;
  unbalance: { vuf_from: string | null; vuf_pct: Spread | null; pvur_pct: Spread | null; lvur_pct: Spread | null };
  currents: {
    unbalance_pct: Spread | null; neutral_from: string; neutral_a: Spread | null; mean_a: Num[];
    move: { from_phase: number; to_phase: number; amps: number } | null;
  } | null;
  voltage: {
    nominal_v: number; samples: number; share_outside: Num; share_above: Num; share_below: Num;
    min_v: Num; max_v: Num; rows_interrupted: number;
  } | null;
  en50160: { indication_only: boolean; weeks: Week[]; weeks_total: number; weeks_broken: number; weeks_too_thin: number };
  power_factor: { factor: LowSpread | null; displacement: LowSpread | null; undefined: number; quadrants: number[] } | null;
  reactive: {
    tan_phi_limit: number;
    months: ReactiveMonth[];
    billed_kvarh: Num;
    capacitor: { mean_kw: Num; tan_phi: Num; kvar_mean: Num; kvar_p95: Num; kvar_of_bills: Num; bank: Bank | null } | null;
  } | null;
  risks: { level: RiskLevel; found: Risk[]; lacks: RiskKind[] };
  lacks: { member: string; needs: string }[];
}

export interface StatsPeriod {
  from: string; covered: Num; energy_kwh: Num; cost_eur: Num; co2_kg: Num; mean_kw: Num; peak_kw: Num;
  peak_at: string | null; base_kw: Num; load_factor: Num;
  against_period_before_pct: Num; against_year_before_pct: Num; pieces?: Num; kwh_per_piece?: Num;
}
export interface StatsPart {
  kwh: Num; share: Num; cost_eur: Num; co2_kg?: Num; peak_kw?: Num; with_common_kwh?: Num; steps_parts_exceed_whole?: number;
}
export interface StatsPeak {
  at: string; kw: Num; usual_kw: Num; temperature_c: Num; usual_temperature_c: Num;
  /** The parts above their usual, the most first; null: no sub-meters, or nothing is usual yet. */
  causes: { part: string; kw: Num; usual_kw: Num }[] | null;
}
export interface StatsSource {
  covered: Num; steps_of_both: number; kwh: Num; load_kwh: Num; off_pct: Num; mean_abs_kw: Num; worst_kw: Num; worst_at: string | null;
}
export interface BaselineMonth {
  month: string; days: Num; degree_days_meteo: Num; degree_days_costic: Num; kwh_per_day: Num; expected_kwh_per_day: Num; cusum_kwh: Num;
}
export interface Baseline {
  months_fitted: number; kwh_per_day: Num; kwh_per_degree_day: Num; r2: Num; cv_rmse_pct: Num; verdict: string; months: BaselineMonth[];
}
export interface Stats {
  column: string;
  from: string;
  to: string;
  step_s: Num;
  summary: {
    samples: number; covered: Num; energy_kwh: Num; cost_eur: Num; co2_kg: Num; mean_kw: Num; peak_kw: Num;
    peak_at: string | null; load_factor: Num; base_kw: Num; daily_min_median_kw: Num;
    duration: { share_of_time: number; at_least_kw: Num }[];
  } | null;
  peaks: StatsPeak[];
  mean_day_kw: { monday_to_friday: Num[]; week_end: Num[] };
  solar: { produced_kwh: Num; used_at_once_kwh: Num; self_consumption: Num; self_sufficiency: Num } | null;
  baseline: Baseline | null;
  /** By device, `remainder` and the number of `steps` apart. */
  parts: Record<string, StatsPart | number> | null;
  sources: Record<string, StatsSource> | null;
  periods: StatsPeriod[];
  lacks: { member: string; needs: string }[];
}
