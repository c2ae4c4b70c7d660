import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import type { Load, Meter } from '../src/api/types';
import type { Week } from '../src/api/analysis';
import { arrowsOf, phasesOf } from '../src/quality/facts';
import { loadToMove, worstPhase } from '../src/quality/quality';

const meter = (values: Record<string, number>): Meter => ({
  values: Object.entries(values).map(([quantity, value]) => ({ quantity, value, unit: '', time: '', quality: 'good' })),
} as unknown as Meter);

test('phases: net powers, factors by what the meter says, by P and Q, by P and U·I', () => {
  const [one, two, three] = phasesOf(meter({
    voltage_l1: 230, current_l1: 10, power_import_l1: 2000, power_export_l1: 0, power_factor_l1: 0.8,
    voltage_l2: 230, current_l2: 10, power_l2: 1840,
    power_import_l3: 0, power_export_l3: 500, reactive_power_l3: 100,
  }));
  assert.deepEqual([one!.watts, one!.factor], [2000, 0.8]);
  assert.deepEqual([two!.watts, two!.factor], [1840, 0.8]);
  assert.deepEqual([three!.watts, three!.factor, three!.volts], [-500, null, null], 'what goes back has none');
  assert.deepEqual(phasesOf(meter({})), []);
  assert.equal(phasesOf(meter({ voltage: 231, current: 4 })).length, 1);
});

test('arrows: voltages a third of a turn apart, currents behind them', () => {
  const [a, b] = arrowsOf([
    { phase: 1, volts: 230, amps: 10, watts: 1000, vars: 1000, factor: null },
    { phase: 2, volts: null, amps: 5, watts: null, vars: null, factor: null },
  ], 230);
  assert.ok(Math.abs(a!.volts!.x) < 1e-9 && a!.volts!.y < 0, 'upwards');
  const angle = Math.atan2(-a!.amps!.y, a!.amps!.x) * 180 / Math.PI;
  assert.ok(Math.abs(angle - 45) < 1e-6, 'lagging by 45 degrees');
  assert.deepEqual([b!.volts, b!.amps], [null, null], 'what is not known is not drawn');
});

test('advice: the load nearest to what should be moved, of that phase', () => {
  const loads = [
    { id: 'a', name: 'Four', phase: 1, nominal_w: 2300, learnt_w: null }, { id: 'b', name: 'Chauffe-eau', phase: 1, nominal_w: 2300, learnt_w: 1380 },
    { id: 'c', name: 'Borne', phase: 2, nominal_w: 1380, learnt_w: null },
  ] as unknown as Load[];
  assert.deepEqual(loadToMove(loads, 1, 6), { name: 'Chauffe-eau', amps: 6 });
  assert.equal(loadToMove(loads, 3, 6), null);
  assert.equal(loadToMove(loads, 1, 2), null, 'ten amperes would tilt two the other way');
});

test('a week is as good as its worst phase', () => {
  const kind = (share_within: number) => ({ samples: 1, share_within, share_needed: 0.95, beyond: 0, min: 0, max: 0, verdict: 'kept' as const });
  assert.equal(worstPhase({ monday: '2026-01-05', covered: 1, verdict: 'kept', indication_only: false, u1: kind(1), u2: kind(0.97) } as Week), 0.97);
  assert.equal(worstPhase({ monday: '2026-01-05', covered: 1, verdict: 'kept' } as Week), null);
});
