/* The battery of GET /api/v1/plan, and what a battery does. */
import type { PlanReason } from './types';

/** Its inverter's own mode, at rest, charging, giving. */
export type BatteryDoes = 'own' | 'rest' | 'charge' | 'give';

export interface BatteryAction extends PlanReason { does: BatteryDoes; from: string; to: string; power_w?: number }

export interface PlanBattery {
  load: string;
  state: 'planned' | 'own';
  error: string | null;
  capacity_kwh: number;
  reserve_percent: number;
  charge_percent: number | null;
  power_w?: number[];
  level_percent?: number[];
  actions?: BatteryAction[];
  plan_eur?: number;
  own_eur?: number;
  bound_eur?: number;
}
