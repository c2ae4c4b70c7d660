/* Forecasts and alarms, as the daemon's watching tells them. */
export interface AlarmWords { title: string; advice: string }

export type AlarmState = 'active' | 'acknowledged' | 'over' | 'normal';

/** What was forecast of the local day of its begin, by hours. */
export interface AlarmDay {
  from: string;
  q10_w: (number | null)[];
  median_w: (number | null)[];
  q90_w: (number | null)[];
}

export interface Alarm {
  id: number;
  type: string;
  severity: 'low' | 'medium' | 'high';
  state: AlarmState;
  series: string;
  start: string;
  told: string;
  end: string | null;
  unit: 'W' | 'l/h';
  expected: number | null;
  actual: number | null;
  cost_eur_per_day: number | null;
  acknowledged: string | null;
  acknowledged_by: string | null;
  fr: AlarmWords;
  en: AlarmWords;
  day?: AlarmDay;
}

export interface Alarms { judged: string | null; alarms: Alarm[] }

export interface ForecastHead {
  register: string;
  kind: 'load' | 'solar';
  days_learnt: number;
  lacking: 'learning' | 'history' | null;
}

export interface Forecast extends Partial<ForecastHead> {
  state: 'off' | 'learning' | 'said';
  registers?: ForecastHead[];
  from?: string;
  step_s?: number;
  mean?: (number | null)[];
  q10?: (number | null)[];
  q50?: (number | null)[];
  q90?: (number | null)[];
}

/** Hours of energy: when, Wh, how far it is known. */
export interface HoursOf { points: [string, number | null, string][] }
