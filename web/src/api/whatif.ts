/* GET /api/v1/whatif. */
export interface WhatIfItem {
  pv_kwp: number;
  battery_kwh: number;
  name: string | null;
  contract: string;
  power_kva: number;
  own: boolean;
  /** With one there are no figures. */
  fault: 'no_price' | 'not_known' | 'too_large' | null;
  total_eur?: number;
  subscription_eur?: number;
  energy_eur?: number;
  periods?: { period: string; kwh: number; eur: number }[];
  import_kwh?: number;
  export_kwh?: number;
  pv_kwh?: number;
  self_consumption?: number | null;
  self_sufficiency?: number | null;
  co2_kg?: number;
  peak_w?: number;
  over_subscribed_s?: number;
  saving_eur?: number;
}

export interface WhatIf {
  from: string;
  to: string;
  days: number;
  missing_s: number;
  weather: 'typical';
  place_known: boolean;
  co2_g_per_kwh: number | null;
  base: WhatIfItem;
  items: WhatIfItem[];
}
