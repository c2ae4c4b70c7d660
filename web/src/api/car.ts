/** What the planned car is asked for: by somebody, or by the configuration. */
export interface PlanCar {
  asked: boolean;
  daily: boolean;
  need_kwh: number;
  /** Daily: of the local day. */
  ready_minute: number;
  /** Once: by then. */
  ready: string | null;
}
