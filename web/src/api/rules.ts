/* The household's rules, as /api/v1/rules says them. */
import type { Order } from './settings';
import type { LoadPower } from './types';

export type WhenKind = 'value' | 'surplus' | 'price' | 'ecowatt' | 'time' | 'day' | 'cheapest' | 'presence' | 'order'
  | 'co2' | 'outdoor' | 'overrun';
export type DayCode = 'blue' | 'white' | 'red' | 'normal' | 'peak';

export interface RuleWhen {
  kind: WhenKind;
  device: string | null;
  quantity: string | null;
  unit: string | null;
  below?: boolean;
  threshold?: number;
  hysteresis?: number;
  from_minute?: number;
  to_minute?: number;
  /** 1 is Monday. */
  weekdays?: number[];
  /** Of day; and of ecowatt: so many hours before it begins; of co2, outdoor and overrun: at some time within them. */
  day?: DayCode;
  tomorrow?: boolean;
  ahead_h?: number;
  presence?: 'home' | 'away';
  /** Of order: the limit's id. */
  limit?: string | null;
  for_s: number;
}

/** What a rule says. */
export interface RuleText {
  id: string;
  load: string | null;
  then: LoadPower;
  /** Of a heater on a pilot wire: the order it asks for, instead. */
  order?: Order;
  /** Of a load that takes a setpoint: so many watts. */
  setpoint_w?: number;
  /** The same on each phase, of one whose setpoint is in A. */
  setpoint_a?: number;
  otherwise: boolean;
  priority: number;
  at_least_s: number;
  at_most_s: number;
  when: RuleWhen[];
  /** Exceptions: none of these. */
  unless: RuleWhen[];
}

/** Of the page's, one that can't be used (`fault`) may have no text beside its YAML. */
export interface Rule extends Partial<RuleText> {
  id: string;
  source: 'file' | 'page';
  armed: boolean;
  tried?: boolean;
  by?: string | null;
  at?: string | null;
  fault?: string | null;
  yaml?: string;
  /** Null: not known. */
  holds: boolean | null;
  /** Kinds of its conditions that nobody can answer. */
  lacks?: WhenKind[];
  active: boolean;
  since: string | null;
  /** Of all rules that ask something of its load. */
  wins: boolean;
}

export interface Rules {
  /** Why the page's rules can't be read. */
  fault: string | null;
  /** As somebody said. */
  presence: 'home' | 'away' | null;
  /** What somebody is to tell of hours that come. */
  outlooks?: WhenKind[];
  items: Rule[];
}

/** What rules would have done. */
export interface RuleTrial {
  from: string;
  to: string;
  step_s: number;
  lacks: ('ecowatt' | 'price' | 'presence' | 'order' | 'co2' | 'outdoor' | 'overrun')[];
  items: { id: string; armed: boolean; times: number; active_s: number; unknown_s: number; last: { from: string; to: string }[] }[];
  loads: { load: string; switchings: number }[];
}

/** The text of a rule, if it can be told. */
export function textOf(rule: Rule): RuleText | null {
  return rule.when && rule.unless && rule.load && rule.then ? (rule as Rule & RuleText) : null;
}
