/* The shapes of /api/v1, as the daemon publishes them (see /api/v1/openapi.json). */
import type { PlanBattery } from './battery';
import type { PlanCar } from './car';

export type MeterState =
  | 'ok' | 'starting' | 'no_bytes' | 'no_frame' | 'wrong_key' | 'no_key' | 'unprotected' | 'replayed'
  | 'other_meter'
  | 'unknown_layout' | 'unreachable' | 'no_answer' | 'refused' | 'wrong_profile' | 'stale'
  | 'partly' | 'no_profile';

export interface MeterValue {
  quantity: string;
  unit: string;
  value: number | string | null;
  time: string;
  quality: string;
}

export interface Meter {
  device: string;
  zone: string;
  name: string;
  /** The meter of the bill. */
  main: boolean;
  /** The device made of several sources that this one is a source of. */
  source_of: string | null;
  /** The meter that counts this one's energy too. */
  part_of: string | null;
  protocol: string;
  state: MeterState;
  last_time: string | null;
  age_s: number | null;
  stale_after_s: number;
  clock_off_s: number | null;
  meter_id: string | null;
  profile: string | null;
  authenticated: boolean;
  values: MeterValue[];
  whole?: boolean;
  counters: Record<string, number>;
}

/** The last frame of a meter. */
export interface Frame {
  hex: string | null;
  cut: boolean;
  came: string | null;
  message: unknown;
}

/** What came of trying a source. */
export interface Trial extends Partial<Frame> {
  error: string | null;
  state: MeterState | null;
  text?: { fr: string; en: string };
  protocol?: string;
  profile?: string | null;
  meter_id?: string | null;
  refusals?: string[];
}

export interface Port { port: string; name: string; used_by: string | null; allowed: boolean }
export interface Words { fr: string; en: string }
/** What a preset of sensors wants to know of a device. */
export interface Parameter { key: string; label: Words; default: string | null; example: string | null }
export interface Preset { name: string; label: Words; protocol: 'mqtt' | 'http'; parameters: Parameter[] }
export interface Ports { items: Port[]; protocols: { name: string; label: string }[]; presets: Preset[] }

export interface Phase {
  phase: number;
  import_w: number | null;
  voltage_v: number | null;
  current_a: number | null;
}

export type Colour = 'blue' | 'white' | 'red';

/** The tariff as the meter itself counts it. */
export interface MeterTariff {
  contract: string | null;
  period: string | null;
  index: number | null;
  tempo: { today: Colour | null; tomorrow: Colour | null } | null;
}

export interface Now {
  fresh: boolean;
  import_w: number | null;
  export_w: number | null;
  /** Only of meters that say so, as a Linky. */
  import_va?: number;
  export_va?: number;
  subscribed_va?: number;
  overrun?: boolean;
  meter_tariff?: MeterTariff;
  phases: Phase[];
}

export interface Today {
  date: string | null;
  import_wh: number | null;
  export_wh: number | null;
  cost_eur: number | null;
  /** Of import_wh: no price is known for it yet. */
  unpriced_wh: number;
  complete: boolean;
  /** Counted from registers that had to be bridged over a gap. */
  estimated?: boolean;
}

/** As the contract names it: base, hp, hc, red_hp… */
export type Period = string;

export interface Tariff {
  name: string;
  period: Period;
  price_eur_per_kwh: number;
  since: string | null;
  superseded: boolean;
  next: { at: string; period: Period; price_eur_per_kwh: number } | null;
}

export interface EcowattHour { from: string; to: string; level: number; manual?: boolean }
export interface EcowattDay { date: string; level: number; hours: EcowattHour[] }

export interface Ecowatt {
  state: 'fresh' | 'stale' | 'none' | 'off';
  source: string;
  made: string | null;
  fetched: string | null;
  error: string | null;
  now: number | null;
  days: EcowattDay[];
}

export type LoadPower = 'fed' | 'shed';
export type Cause = 'normal' | 'ecowatt' | 'manual' | 'failsafe' | 'breaker' | 'grid' | 'cap' | 'plan' | 'interlock' | 'rule' | 'thermostat' | 'frost' | 'own';
export type Hold = 'min_on' | 'min_off' | 'shed_max' | 'budget' | 'comfort' | 'interlock' | 'stagger' | 'start' | 'output';

export interface Output {
  board: string;
  channel: number;
  contact: string;
  coil: boolean;
  led: boolean;
  state: 'ok' | 'unknown' | 'failed';
  echo_age_s: number | null;
  operations: number;
}

export interface Load {
  id: string;
  name: string;
  nominal_w: number;
  /** What the meter shows at its switchings, VA; null: too little was seen. */
  learnt_w: number | null;
  /** Its switchings show nothing: a contact that is stuck, or nothing plugged in. */
  no_effect: boolean;
  tier: number;
  phase: number | null;
  never_shed: boolean;
  /** Which one keeps it off or lowers it. */
  limit: string | null;
  /** Those that are never fed together with it. */
  not_with: string[];
  state: LoadPower;
  cause: Cause;
  held_by: Hold | null;
  level: number | null;
  since: string | null;
  until: string | null;
  expected_w: number | null;
  /** Its end is not known while the clock is not set. */
  override: { state: LoadPower; until: string | null } | null;
  output: Output | null;
}

export interface Relay {
  board: string;
  channel: number;
  coil: boolean;
  led: boolean;
  load: string | null;
}

export type LimitKind = 'main' | 'fuse' | 'grid' | 'cap';

/** What the site, or one phase of it, may draw. */
export interface Limit {
  id: string;
  kind: LimitKind;
  phase: number | null;
  /** Null: none now. */
  va: number | null;
  source: 'meter' | 'contract' | 'order' | 'configuration';
  /** What holds when nobody orders anything. */
  configured_va: number | null;
  ecowatt_level: number | null;
  in_force: boolean;
  ordered: boolean;
  until: string | null;
  measured_va: number | null;
  /** Seconds until it gives way as things are; null: it holds, or nobody knows. */
  trip_s: number | null;
}

/** A limit as it stood when a decision was taken for it. */
export interface Pressure {
  id: string | null;
  phase: number | null;
  va: number;
  measured_va: number | null;
  trip_s: number | null;
  blind: boolean;
}

export interface Health {
  status: 'ok' | 'warning' | 'alarm';
  problems: string[];
  /** Since the daemon's start: what the store's queue had no room for. */
  dropped_readings?: number;
  dropped_events?: number;
  /** Where the history is, if that is a server. */
  history?: HistoryPlace | null;
  mirrors?: Mirror[];
}

export interface HistoryPlace {
  place: string;
  state: 'ok' | 'away';
  /** Why it is away, in the server's own words. */
  detail: string | null;
  away_since: string | null;
}

/** A database that gets a copy of the readings. */
export interface Mirror {
  id: string;
  kind: string;
  state: string;
  /** What it answered last, when it took nothing. */
  detail: string | null;
  sent_time: string | null;
  owed_since: string | null;
}

export interface State {
  version: string;
  time: string;
  site: {
    id: string;
    name: string;
    timezone: string;
    demo: boolean;
    contract_va: number | null;
  };
  meters: Meter[];
  now: Now;
  today: Today;
  tariff: Tariff | null;
  ecowatt: Ecowatt;
  limits: Limit[];
  loads: Load[];
  relays: Relay[];
  health: Health;
}

export type PlanWhy = 'cheap' | 'sun' | 'need' | 'later' | 'enough' | 'room' | 'red' | 'ahead' | 'held' | 'weight' | 'hygiene' | 'margin' | 'interlock' | 'hand' | 'rule';
export interface PlanReason { why: PlanWhy; price_eur_per_kwh: number; instead_eur_per_kwh: number }
export interface PlanAction extends PlanReason { load: string; state: LoadPower; from: string; to: string }
/** The load that lacks it; of thermostats rooms are told together, and what nobody lacks is of none. */
export interface PlanGave { limit: string; load: string | null; steps: number; most: number; cost_eur: number }
export interface PlanCost { paid_eur: number; weights_eur: number; comfort_eur: number; wear_eur: number; stored_eur: number; relaxed: PlanGave[] }

export interface PlanLoad {
  load: string;
  kind: 'water' | 'car' | 'heating';
  unit: 'C' | 'kWh';
  /** No sensor says how full it is. */
  estimated: boolean;
  power_w: number[];
  level: number[];
  low: number[];
  high: number[];
}

/** The coming day; series are by steps of step_s from `from` on. */
export interface Plan {
  state: 'off' | 'starting' | 'none' | 'planned';
  error: string | null;
  made?: string;
  from?: string;
  step_s?: number;
  /** Steps whose price is known; those after it have that of a day before. */
  priced?: number;
  price_eur_per_kwh?: number[];
  weight_eur_per_kwh?: number[];
  forecast?: { base: 'configured' | 'profile' | 'learnt' | 'demo'; base_days: number; sun: 'none' | 'learnt' | 'service' };
  car?: PlanCar | null;
  limits?: { limit: string; from: string; to: string; import_w: number }[];
  base_w?: number[];
  sun_w?: number[];
  import_w?: number[];
  export_w?: number[];
  loads?: PlanLoad[];
  battery?: PlanBattery | null;
  actions?: PlanAction[];
  plan?: PlanCost;
  thermostat?: PlanCost;
  gap_eur?: number | null;
}

export interface Decision {
  seq: number;
  /** Null: the clock was not set. */
  time: string | null;
  load: string;
  state: LoadPower;
  cause: Cause;
  held_by: Hold | null;
  level: number | null;
  limit?: Pressure | null;
  /** There when the plan is the cause. */
  plan?: PlanReason;
  /** Of the household, where that is the cause. */
  rule?: string;
  expected_w: number | null;
  until: string | null;
  /** False: nothing moved, the reason alone is new. */
  switches?: boolean;
}

export interface Notice {
  seq: number;
  /** Null: the clock was not set. */
  time: string | null;
  notice: string;
  load?: string | null;
  device?: string | null;
  quantity?: string | null;
  detail?: number | string | null;
  /** Of `effect`: what the site's meter was to show after a switching, and did. */
  expected_va?: number;
  measured_va?: number;
  /** Of a refused command. */
  why?: string | null;
  actor?: string | null;
  /** Of rules that were armed, disarmed and removed. */
  rule?: string;
}

export type JournalItem = Decision | Notice;

export type Role = 'none' | 'demo' | 'viewer' | 'operator' | 'admin';

export interface Session {
  user: string | null;
  role: Role;
  demo: boolean;
  claimed: boolean;
  csrf: string | null;
}

export interface SeriesItem { key: string; unit: string; kind: string }

/** time, mean, min, max; nulls are a gap. */
export type Point = [string, number | null, number | null, number | null];

export interface Series {
  key: string;
  unit: string;
  kind: string;
  from: string;
  to: string;
  step_s: number;
  points: Point[];
}

export interface User { name: string; role: Role; created?: string | null }
export interface Token {
  id: string;
  name: string;
  role: Role;
  created?: string | null;
  expires?: string | null;
  last_used?: string | null;
}

export type Topic =
  | 'tension' | 'colour' | 'ejp' | 'demand_response' | 'price' | 'co2' | 'weather' | 'pv' | 'event' | 'other';
export type SignalState = 'fresh' | 'stale' | 'none';
export interface Segment { from: string; to: string; value: number | string | null }

/** What one source says, in `unit`. */
export interface Signal {
  id: string;
  source: string;
  topic: Topic;
  rank: 'meter' | 'operator' | 'supplier' | 'public';
  series: string | null;
  unit: string;
  state: SignalState;
  error: string | null;
  made: string | null;
  fetched: string | null;
  asked: string | null;
  next: string | null;
  age_s: number | null;
  now: number | string | null;
  segments: Segment[];
}

export type TempoColour = 'BLUE' | 'WHITE' | 'RED';
/** Without a source today's is assumed, and tomorrow's is not told yet. */
export interface TempoDay { colour: TempoColour | null; source: string | null; state: SignalState }
export interface TempoSeason {
  source: string;
  blue_days: number;
  white_days: number;
  red_days: number;
  white_days_max: number;
  red_days_max: number;
}
export interface Signals {
  time: string;
  tempo: { today: TempoDay; tomorrow: TempoDay; season: TempoSeason | null } | null;
  signals: Signal[];
}

export type LineKind = 'subscription' | 'energy' | 'charge' | 'reactive' | 'overrun' | 'feed_in' | 'vat';
export interface BillLine {
  line: string;
  kind: LineKind;
  from: string;
  to: string;
  quantity: number;
  unit: string;
  unit_price_eur: number;
  amount_eur: number;
  exact_eur: number;
  vat_pct: number | null;
  how: string;
}
export interface BillNotes {
  /** What the energies come from; null: the bill does not say. */
  basis: 'register' | 'period_registers' | 'load_curve' | 'days' | 'mixed' | null;
  missing_s: number;
  gaps: number;
  first_gap: string | null;
  estimated_s: number;
  estimated_kwh: number;
  estimated_from: string | null;
  meter_changes: number;
  wrong_readings: number;
  first_wrong_reading: string | null;
  first_change: string | null;
  shared_by_time: number;
  assumed_days: number;
  unverified_days: number;
  superseded: boolean;
}
export interface Bill {
  contract: string;
  power_kva: number | null;
  from: string;
  to: string;
  import_kwh: number;
  export_kwh: number;
  lines: BillLine[];
  total_eur: number;
  notes: BillNotes;
  /** Of a bill since the last one that came. */
  last_bill?: LastBill;
  from_last_bill_kwh?: number;
  register_off_kwh?: number;
}
/** The bill of a month among others; figures where there is no fault. */
export interface MonthBill {
  from: string;
  to: string;
  fault: 'no_price' | 'not_known' | 'too_large' | null;
  fault_at: string | null;
  total_eur?: number;
  subscription_eur?: number;
  energy_eur?: number;
  import_kwh?: number;
  missing_s?: number;
  estimated_s?: number;
  unverified_days?: number;
}
export interface MonthBills { months: MonthBill[]; total_eur: number | null; months_priced: number }
/** The last bill that came: the first day that it does not count, and its register. */
export interface LastBill { date: string; register_kwh: number | null }
/** The site's contract, and where it comes from. */
export interface Contract {
  source: 'page' | 'configuration' | null;
  name?: string;
  power_kva?: number;
  rows?: { from: string; verified: boolean; subscription_eur_per_year: number; eur_per_kwh: Record<string, number> }[];
  yaml: string | null;
}
export interface Projection {
  from: string;
  to: string;
  so_far_eur: number;
  low_eur: number;
  expected_eur: number;
  high_eur: number;
  days_known: number;
  days_left: number;
}

/** The same use under one contract; one with a fault has no figures. */
export interface Candidate {
  /** Null: the site's own. */
  name: string | null;
  contract: string;
  power_kva: number;
  own: boolean;
  /** null: no step of the use tells a power. */
  fits: boolean | null;
  fault: 'no_price' | 'not_known' | 'too_large' | null;
  fault_at: string | null;
  total_eur?: number;
  subscription_eur?: number;
  energy_eur?: number;
  periods?: { period: string; kwh: number; eur: number }[];
  steps_over?: number;
  unverified_days?: number;
  shifted_eur?: number;
}
export interface Comparison {
  from: string;
  to: string;
  peak: { power: number; unit: 'W' | 'VA'; at: string } | null;
  items: Candidate[];
  cheapest: {
    name: string | null;
    saving_eur?: number;
    subscription_saving_eur?: number;
    energy_saving_by_hour_eur?: number[];
  } | null;
  /** Each subscribed power: its steps of ten minutes above, by local hour. */
  powers?: { power_kva: number; steps_over: number; over_s: number; over_by_hour: number[] }[];
  shift?: { loads: { load: string; power: number; kwh: number }[]; cheapest: string | null; saving_eur?: number };
}

/** Another subscribed power, over what was drawn. */
export interface PowerTrial {
  power_kva: number;
  own: boolean;
  subscription_eur_per_year: number | null;
  saving_eur_per_year: number | null;
  overruns: number;
  over_s: number;
  longest_s: number;
  last: string | null;
  trips: number;
  shed: {
    switchings: number;
    trips: number;
    uncovered_s: number;
    loads: { load: string; times: number; shed_s: number; longest_s: number }[];
  };
}
export type Lack = 'va' | 'fine_steps' | 'history' | 'phases' | 'contract' | 'prices' | 'loads' | 'who_drew';
export interface PowerTrials {
  from: string;
  to: string;
  contract: string | null;
  series: string;
  step_s: number;
  measured_s: number;
  missing_s: number;
  lacks: Lack[];
  powers: PowerTrial[];
}

export function isNotice(item: JournalItem): item is Notice {
  return 'notice' in item;
}
