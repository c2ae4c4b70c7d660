/* The zones of the mock's house, in the daemon's shape. `set.zones`: "none", "silent" (the first one's
 * sensor), "learnt" (its twin is). */
const week = [1, 2, 3, 4, 5, 6, 7];
const iso = (ms) => new Date(ms).toISOString().replace(/\.\d+Z/, 'Z');
let hand = null; /* on the first one */

const unknown = { state: 'none', lacks: 'the series is shorter than two days', days: 1.5, loss_w_per_k: null, loss_low_w_per_k: null, loss_high_w_per_k: null, store_wh_per_k: null, error_k: null, made: null };

export function zones(now, set) {
  if (set.zones === 'none')
    return { items: [] };
  const silent = set.zones === 'silent';
  const learnt = { state: 'learnt', lacks: null, days: 21, loss_w_per_k: 112, loss_low_w_per_k: 96, loss_high_w_per_k: 131, store_wh_per_k: 1480, error_k: 0.31, made: iso(now - 6 * 3_600_000) };
  const common = { frost_c: 7, hysteresis_k: 0.3, below_k: 1, above_k: 1, when_silent: 'fed' };
  return {
    items: [
      {
        ...common, id: 'living', name: 'Séjour', sensor: 'living', state: silent ? 'silent' : 'ok', temperature_c: silent ? null : 19.42,
        set_c: hand ? hand.set_c : 20, scheduled_c: 20, asks: silent ? null : 'heat', loads: ['heating'],
        override: hand, twin: set.zones === 'learnt' ? learnt : { ...learnt, state: 'configured', days: 1.5, lacks: 'the series is shorter than two days' },
        schedule: [{ minute: 360, weekdays: week.slice(0, 5), set_c: 20 }, { minute: 480, weekdays: [6, 7], set_c: 20.5 }, { minute: 1320, weekdays: week, set_c: 17 }],
      },
      {
        ...common, id: 'office', name: 'Bureau', sensor: 'office', state: 'ok', temperature_c: 18.1, set_c: 16, scheduled_c: 16, asks: 'rest',
        loads: [], override: null, schedule: [{ minute: 0, weekdays: week, set_c: 16 }], when_silent: 'shed', twin: unknown,
      },
    ],
  };
}

export function setZone(id, ask, now, set) {
  hand = ask && { set_c: ask.set_c, until: ask.until };
  return zones(now, set).items.find((zone) => zone.id === id);
}
