/* The zones of /api/v1/zones. */

export interface ZoneTime { minute: number; weekdays: number[]; set_c: number }

export interface Twin {
  state: 'none' | 'configured' | 'learnt';
  /** Why the zone’s own days do not say it (yet). */
  lacks: string | null;
  days: number | null;
  loss_w_per_k: number | null;
  loss_low_w_per_k: number | null;
  loss_high_w_per_k: number | null;
  store_wh_per_k: number | null;
  error_k: number | null;
  made: string | null;
}

export interface Zone {
  id: string;
  name: string;
  sensor: string | null;
  state: 'ok' | 'silent' | 'starting';
  temperature_c: number | null;
  set_c: number | null;
  scheduled_c: number;
  asks: 'rest' | 'heat' | 'cold' | 'hot' | 'frost' | null;
  loads: string[];
  override: { set_c: number; until: string | null } | null;
  schedule: ZoneTime[];
  frost_c: number;
  hysteresis_k: number;
  below_k: number;
  above_k: number;
  when_silent: 'fed' | 'shed';
  twin: Twin;
}

export interface Zones { items: Zone[] }
