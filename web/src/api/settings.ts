/* What a load is told beyond fed and shed: an order of a pilot wire, or how much it may draw. */
import type { BatteryDoes } from './battery';
import type { Load } from './types';

export type Order = 'confort' | 'confort_1' | 'confort_2' | 'eco' | 'hors_gel' | 'arret';

export interface Setting {
  order?: Order;
  shed_order?: Order;
  orders?: Order[];
  setpoint_w?: number;
  /** Of a setpoint in A: the amperes on each phase, and W of one of them. */
  setpoint_a?: number;
  w_per_a?: number;
  min_w?: number;
  step_w?: number;
  battery?: BatteryDoes;
}

export type SetLoad = Load & Setting;

/** What a person asks of a load. */
export type Asked = { state: 'fed' | 'shed' } | { order: Order } | { setpoint_w: number };

export const settingOf = (load: Load): Setting => load as SetLoad;
export const hasSetting = (load: Load): boolean =>
  settingOf(load).orders !== undefined || settingOf(load).setpoint_w !== undefined;

/** What no limit cuts can't be cut by hand either; it may be put before those that never run with it. */
export const mayForce = (load: Pick<Load, 'never_shed' | 'not_with'>): boolean => !load.never_shed || load.not_with.length > 0;
