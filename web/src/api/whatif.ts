/* GET /api/v1/whatif. */
export interface WhatIfItem {
  pv_kwp: number;
  battery_kwh: number;
  /** Of what its zones lose today. */
  insulation: number;
  /** To each of their set points. */
  setpoint_k: number;
  name: string | null;
  contract: string;
  power_kva: number;
  own: boolean;
  /** With one there are no figures. */
  fault: 'no_price' | 'not_known' | 'too_large' | 'no_twin' | null;
  total_eur?: number;
  subscription_eur?: number;
  energy_eur?: number;
  periods?: { period: string; kwh: number; eur: number }[];
  import_kwh?: number;
  export_kwh?: number;
  pv_kwh?: number;
  self_consumption?: number | null;
  self_sufficiency?: number | null;
  /** Of the zones that are known. */
  heating_kwh?: number;
  cold_kh?: number;
  co2_kg?: number;
  peak_w?: number;
  over_subscribed_s?: number;
  saving_eur?: number;
}

export interface WhatIfZone {
  id: string;
  name: string;
  known: boolean;
  lacks: string | null;
  days: number;
  loss_w_per_k: number | null;
  loss_low_w_per_k: number | null;
  loss_high_w_per_k: number | null;
}

export interface WhatIf {
  from: string;
  to: string;
  days: number;
  missing_s: number;
  weather: 'typical';
  /** Whose sun new panels have. */
  sun: 'own' | 'typical';
  sun_lacks: 'kwp' | 'days' | null;
  own_kwp: number | null;
  heating: { weather_days: number; unseen_kwh: number; zones: WhatIfZone[] } | null;
  place_known: boolean;
  co2_g_per_kwh: number | null;
  base: WhatIfItem;
  items: WhatIfItem[];
}
