/* Numbers of the three phases as the meter says them now. */
import type { Meter } from '../api/types';

export interface PhaseNow {
  phase: number;
  volts: number | null;
  amps: number | null;
  watts: number | null;
  vars: number | null;
  /** True or displacement, as the meter says it or as P and Q do; null: not defined. */
  factor: number | null;
}

const LEAST_VA = 10; /* below, no power factor is worth a name */

function valueOf(meter: Meter, quantity: string): number | null {
  const found = meter.values.find((v) => v.quantity === quantity);
  return found && typeof found.value === 'number' && found.quality !== 'suspect' ? found.value : null;
}

/** One direction less the other, or the signed one. */
function netOf(meter: Meter, drawn: string, given: string, signed: string): number | null {
  const into = valueOf(meter, drawn), out = valueOf(meter, given);
  if (into !== null || out !== null)
    return (into ?? 0) - (out ?? 0);
  return valueOf(meter, signed);
}

function factorOf(watts: number | null, vars: number | null, va: number | null, said: number | null): number | null {
  if (watts !== null && watts <= 0)
    return null; /* of what goes back nothing is said */
  if (said !== null && Math.abs(said) <= 1)
    return said;
  const apparent = va ?? (vars === null || watts === null ? null : Math.hypot(watts, vars));
  return watts === null || apparent === null || apparent < LEAST_VA ? null : Math.min(1, watts / apparent);
}

function phaseOf(meter: Meter, phase: number, end: string): PhaseNow {
  const watts = netOf(meter, `power_import${end}`, `power_export${end}`, `power${end}`);
  const vars = netOf(meter, `reactive_power_import${end}`, `reactive_power_export${end}`, `reactive_power${end}`);
  const volts = valueOf(meter, `voltage${end}`), amps = valueOf(meter, `current${end}`);
  const va = volts === null || amps === null ? null : volts * Math.abs(amps);
  return { phase, watts, vars, volts, amps, factor: factorOf(watts, vars, va, valueOf(meter, `power_factor${end}`)) };
}

/** By how many degrees the current lags; of a factor alone it is taken to lag. */
function lagOf(p: PhaseNow): number | null {
  if (p.watts !== null && p.vars !== null && Math.hypot(p.watts, p.vars) >= LEAST_VA)
    return (Math.atan2(p.vars, p.watts) * 180) / Math.PI;
  return p.factor === null ? null : (Math.acos(p.factor) * 180) / Math.PI;
}

const some = (p: PhaseNow) => p.volts !== null || p.amps !== null || p.watts !== null;

/** Three of a three-phase meter; one of the others. */
export function phasesOf(meter: Meter): PhaseNow[] {
  const three = [1, 2, 3].map((n) => phaseOf(meter, n, `_l${n}`)).filter(some);
  if (three.length > 1)
    return three;
  const whole = phaseOf(meter, 1, '');
  return some(whole) ? [{ ...(three[0] ?? whole), ...Object.fromEntries(Object.entries(whole).filter(([, v]) => v !== null)) } as PhaseNow] : three;
}

/** Where a phase's arrows end, of a drawing of radius 1: volts against the nominal ones, amperes against
 * the largest; the voltages are taken to be a third of a turn apart, a current lags by its P and Q. */
export function arrowsOf(phases: PhaseNow[], nominal: number) {
  const most = Math.max(...phases.map((p) => p.amps ?? 0), 1e-9);
  const end = (length: number, degrees: number) => {
    const a = (degrees * Math.PI) / 180;
    return { x: length * Math.cos(a), y: -length * Math.sin(a) };
  };
  return phases.map((p) => {
    const angle = 90 - 120 * (p.phase - 1);
    const lag = lagOf(p);
    return {
      phase: p.phase,
      volts: p.volts === null ? null : end(p.volts / (1.2 * nominal), angle),
      amps: p.amps === null || lag === null ? null : end((0.75 * p.amps) / most, angle - lag),
    };
  });
}
