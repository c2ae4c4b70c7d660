/* The plan of the mock's house, in the daemon's shape: numbers to look at, not to trust. */
const STEP = 900_000, STEPS = 96;
const iso = (ms) => new Date(ms).toISOString().replace(/\.\d+Z/, 'Z');
const series = (value) => Array.from({ length: STEPS }, (_, k) => value(k));

function actions(load, runs, from, whys, instead) {
  const out = [];
  runs.forEach((fed, k) => {
    const last = out.at(-1);
    if (last && (last.state === 'fed') === fed)
      last.to = iso(from + (k + 1) * STEP);
    else
      out.push({
        load, state: fed ? 'fed' : 'shed', from: iso(from + k * STEP), to: iso(from + (k + 1) * STEP), why: whys[fed ? 0 : 1],
        price_eur_per_kwh: fed ? 0.1579 : 0.2065, instead_eur_per_kwh: instead ?? (fed ? 0.2065 : 0.1579),
      });
  });
  return out;
}

function battery(from) {
  const part = (does, at, to, why, price, instead, power) => ({
    does, from: iso(from + at * STEP), to: iso(from + to * STEP), why, price_eur_per_kwh: price, instead_eur_per_kwh: instead,
    ...(does === 'own' ? {} : { power_w: power ?? 0 }),
  });
  return {
    load: 'battery', state: 'planned', error: null, capacity_kwh: 9.6, reserve_percent: 10, charge_percent: 35,
    power_w: series((k) => (k > 12 && k < 30 ? 1500 : k > 60 ? -400 : 0)),
    level_percent: series((k) => (k < 12 ? 35 : k < 30 ? 35 + (k - 12) * 3.6 : k < 60 ? 100 : Math.max(10, 100 - (k - 60) * 2.5))),
    actions: [
      part('rest', 0, 12, 'save', 0.1871, 0.2065), part('charge', 12, 30, 'cheap', 0.1579, 0.2065, 1500), part('own', 30, 44, 'enough', 0.1579, 0.2065),
      part('give', 44, 60, 'under', 0.2065, 0.2065, -600), part('own', 60, 96, 'dear', 0.2065, 0.1579),
    ],
    plan_eur: 3.1, own_eur: 3.52, bound_eur: 3.08,
  };
}

/** `set.plan`: "off" plans nothing, "starting" has none yet, "none" has no plan, "relaxed" one that can't keep everything,
 * "old" one that was not made anew. */
export function plan(now, set) {
  if (set.plan === 'off' || set.plan === 'starting')
    return { state: set.plan, error: null };
  const from = now - now % STEP;
  const price_eur_per_kwh = series((k) => (k > 12 && k < 44 ? 0.1579 : 0.2065));
  if (set.plan === 'none')
    return { state: 'none', error: 'the clock is not set', made: iso(now), from: iso(from), step_s: 900, priced: 0, price_eur_per_kwh: [] };
  const heats = series((k) => k > 30 && k < 40), charges = series((k) => k > 14 && k < 24);
  const load = (name, kind, unit, w, runs, level, low, high) =>
    ({ load: name, kind, unit, estimated: kind === 'water', power_w: runs.map((on) => (on ? w : 0)), level, low, high });
  const gave = set.plan === 'relaxed' ? [{ limit: 'temp_min', load: 'heating', steps: 3, most: 0.42, cost_eur: 0.31 }, { limit: 'car_need', load: 'car', steps: 1, most: 2.3, cost_eur: 3.45 }] : [];
  return {
    state: 'planned', error: null, made: iso(set.plan === 'old' ? now - 2 * 3_600_000 : now), from: iso(from), step_s: 900, priced: 64, price_eur_per_kwh,
    weight_eur_per_kwh: series((k) => (k >= 40 && k < 48 ? 0.3 : 0)), forecast: { base: 'learnt', base_days: 32, sun: 'service' },
    car: { asked: false, daily: true, need_kwh: 8, ready_minute: 420, ready: null },
    limits: [{ limit: 'ecowatt_red', from: iso(from + 40 * STEP), to: iso(from + 48 * STEP), import_w: 5700 },
      { limit: 'dso', from: iso(from + 60 * STEP), to: iso(from + 64 * STEP), import_w: 4200 }],
    base_w: series(() => 400), sun_w: series((k) => (k > 50 && k < 80 ? 900 : 0)), import_w: series((k) => 400 + (heats[k] ? 2400 : 0)), export_w: series(() => 0),
    loads: [
      load('water_heater', 'water', 'kWh', 2400, heats, series((k) => 2 + Math.sin(k / 9)), series(() => 0.3), series(() => 3.5)),
      load('car', 'car', 'kWh', 3700, charges, series((k) => Math.max(0, Math.min(8, (k - 14) * 0.9))), series(() => 0), series(() => 8)),
      load('heating', 'heating', 'C', 4500, heats, series((k) => 19.2 + 0.5 * Math.sin(k / 5)), series(() => 19), series(() => 20)),
    ],
    battery: battery(from),
    actions: [
      ...actions('water_heater', heats, from, ['cheap', 'later']), ...actions('car', charges, from, ['cheap', 'later']),
      ...actions('heating', heats, from, ['red', 'later'], 0),
    ],
    plan: { paid_eur: 3.21, weights_eur: 0.02, wear_eur: 0, stored_eur: 0, comfort_eur: gave.length ? 3.76 : 0, relaxed: gave },
    thermostat: { paid_eur: 4.09, weights_eur: 0.31, wear_eur: 0, stored_eur: 0, comfort_eur: 4.32, relaxed: [] }, gap_eur: 0.12,
  };
}
