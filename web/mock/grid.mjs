/* Signals and bills of the mock's house, in the daemon's shapes: numbers to look at, not to trust. */
const HOUR = 3_600_000;
const iso = (ms) => new Date(ms).toISOString().replace(/\.\d+Z/, 'Z');

function signal(now, source, topic, unit, more) {
  return {
    id: source, source, topic, unit, rank: 'public', series: null, state: 'fresh', error: null,
    made: iso(now - 40 * 60_000), fetched: iso(now - 12 * 60_000), asked: iso(now - 12 * 60_000),
    next: iso(now + HOUR), age_s: 720, now: null, segments: [], ...more,
  };
}

const hours = (from, count, value) => Array.from({ length: count }, (_, i) =>
  ({ from: iso(from + i * HOUR), to: iso(from + (i + 1) * HOUR), value: value(i) }));

/** `set.signals`: "none" is a house that asks nobody; "tomorrow" one where tomorrow is published. */
export function signals(now, midnight, set) {
  if (set.signals === 'none')
    return { time: iso(now), tempo: null, signals: [] };
  const told = set.signals === 'tomorrow';
  const prices = hours(midnight, told ? 48 : 24, (i) => Math.round(900 * Math.sin((i - 7) / 3.8) + 600) / 10);
  const co2 = hours(now - 24 * HOUR, 24, (i) => 38 + (i * 7) % 23);
  const held = prices.find((s) => Date.parse(s.from) <= now && now < Date.parse(s.to));
  return {
    time: iso(now),
    tempo: {
      today: { colour: 'WHITE', source: 'tempo-couleur', state: 'fresh' },
      tomorrow: { colour: told ? 'RED' : null, source: told ? 'tempo-couleur' : null, state: told ? 'fresh' : 'none' },
      season: { source: 'tempo-services-rte', blue_days: 40, white_days: 5, red_days: 1, white_days_max: 43, red_days_max: 22 },
    },
    signals: [
      signal(now, 'tempo-couleur', 'colour', 'colour', { now: 'WHITE' }),
      signal(now, 'tempo-services-rte', 'colour', 'colour', { now: 'WHITE', rank: 'operator', state: 'stale', error: 'http_503' }),
      signal(now, 'energy-charts', 'price', 'EUR/MWh', { now: held?.value ?? null, segments: prices }),
      signal(now, 'eco2mix', 'co2', 'g/kWh', { rank: 'operator', segments: co2 }),
      signal(now, 'open-meteo', 'weather', '°C', { now: 6.4, series: 'temperature_2m' }),
    ],
  };
}

export function bill(from, to) {
  const line = (name, kind, quantity, unit, unit_price_eur, amount_eur, how) =>
    ({ line: name, kind, from, to, quantity, unit, unit_price_eur, amount_eur, exact_eur: amount_eur, vat_pct: 20, how });
  const row = 'price of 2026-02-01 (not verified), VAT included';
  return {
    contract: 'Tarif Bleu HP/HC', power_kva: 12, from, to, import_kwh: 412.5, export_kwh: 0,
    lines: [
      line('subscription', 'subscription', 22, 'day', 0.8, 17.6, `22 days by the days of their year, at 292.00 EUR a year, ${row}`),
      line('energy_hp', 'energy', 270.25, 'kWh', 0.2065, 55.81, `counted, ${row}`),
      line('energy_hc', 'energy', 142.25, 'kWh', 0.1579, 22.46, `counted, ${row}`),
    ],
    total_eur: 95.87,
    notes: { basis: 'register', missing_s: 7200, gaps: 1, first_gap: '2026-11-09T02:00:00+01:00', estimated_s: 0, estimated_kwh: 0, estimated_from: null, meter_changes: 0, first_change: null, wrong_readings: 0, first_wrong_reading: null, shared_by_time: 0, assumed_days: 0, unverified_days: 22, superseded: false },
  };
}

export const projection = (from, to) =>
  ({ from, to, so_far_eur: 92.31, low_eur: 118.4, expected_eur: 127.05, high_eur: 136.9, days_known: 28, days_left: 9 });

export function contracts(from, to, shift) {
  const items = [];
  const add = (name, contract, kva, fixed, energy, periods) => items.push({
    name, contract, power_kva: kva, own: name === null, fits: kva >= 6, fault: null, fault_at: null,
    total_eur: Math.round((fixed + energy) * 100) / 100, subscription_eur: fixed, energy_eur: energy,
    periods, steps_over: kva >= 6 ? 0 : 31, unverified_days: 294,
  });
  const two = [{ period: 'hp', kwh: 3100.5, eur: 640.25 }, { period: 'hc', kwh: 1820.25, eur: 287.42 }];
  const one = [{ period: 'base', kwh: 4920.75, eur: 954.63 }];
  add('bleu-base-3kva', 'Tarif Bleu Base', 3, 143.71, 954.63, one);
  add('bleu-base-6kva', 'Tarif Bleu Base', 6, 187.44, 954.63, one);
  add('bleu-hphc-6kva', 'Tarif Bleu HP/HC', 6, 188.23, 927.67, two);
  add('bleu-hphc-9kva', 'Tarif Bleu HP/HC', 9, 240.66, 927.67, two);
  add(null, 'Tarif Bleu HP/HC', 12, 292, 927.67, two);
  items.sort((a, b) => a.total_eur - b.total_eur);
  items.push({ name: 'bleu-ejp-9kva', contract: 'Tarif Bleu EJP', power_kva: 9, own: false, fits: true, fault: 'no_price', fault_at: iso(Date.now()) });
  const powers = [3, 6, 9, 12].map((power_kva) => ({
    power_kva, steps_over: power_kva === 3 ? 31 : 0, over_s: power_kva === 3 ? 18_600 : 0,
    over_by_hour: Array.from({ length: 24 }, (_, h) => (power_kva === 3 && (h === 19 || h === 7) ? 12 : 0)),
  }));
  if (shift)
    for (const item of items)
      item.shifted_eur = item.total_eur && item.total_eur - 20;
  return {
    powers, peaks: [],
    ...(shift && { shift: { loads: [{ load: shift.split('@')[0], power: 2000, kwh: 412 }], cheapest: 'bleu-hphc-6kva', saving_eur: 123.77 } }),
    from, to, peak: { power: 5230, unit: 'W', at: iso(Date.now() - 90 * 24 * HOUR) }, items,
    cheapest: {
      name: 'bleu-hphc-6kva', saving_eur: 103.77, subscription_saving_eur: 103.77,
      energy_saving_by_hour_eur: Array.from({ length: 24 }, (_, h) => (h < 7 ? 1.25 : -0.4)),
    },
  };
}

/** Month after month: one is missing a price, one was measured in part. */
export function months(from, now) {
  const out = [];
  for (let [y, m] = from.split('-').map(Number); `${y}-${String(m).padStart(2, '0')}` <= iso(now).slice(0, 7); m === 12 ? (y++, m = 1) : m++) {
    const start = `${y}-${String(m).padStart(2, '0')}-01`;
    const kwh = 250 + 30 * Math.abs(m - 7);
    out.push(y < 2025 ? { from: start, to: start, fault: 'no_price', fault_at: `${start}T00:00:00Z` }
      : { from: start, to: start, fault: null, fault_at: null, total_eur: Math.round(kwh * 19.4 + 2400) / 100, subscription_eur: 24, energy_eur: Math.round(kwh * 19.4) / 100,
        import_kwh: kwh, missing_s: m === 11 ? 7200 : 0, estimated_s: m === 3 ? 90_000 : 0, unverified_days: y === 2026 && m >= 2 ? 28 : 0 });
  }
  return { months: out, months_priced: out.length, total_eur: out.reduce((sum, one) => sum + (one.total_eur ?? 0), 0) };
}

/** The site's contract; `yaml` is what was written in the page. */
export const contract = (yaml) => ({
  source: yaml ? 'page' : 'configuration', name: yaml ? 'Mon contrat' : 'Tarif Bleu HP/HC', power_kva: 12,
  rows: [
    { from: '2025-08-01', verified: true, subscription_eur_per_year: 287.78, eur_per_kwh: { hp: 0.2081, hc: 0.1635 } },
    { from: '2026-02-01', verified: false, subscription_eur_per_year: 279.84, eur_per_kwh: { hp: 0.2065, hc: 0.1579 } },
  ],
  yaml,
});

/** The same use under each subscribed power. */
export function powers(now) {
  const none = { switchings: 0, trips: 0, uncovered_s: 0, loads: [] };
  const one = (power_kva, subscription, overruns, over_s, trips, shed, own = false) => ({
    power_kva, own, subscription_eur_per_year: subscription, saving_eur_per_year: Math.round((253.2 - subscription) * 100) / 100,
    overruns, over_s, longest_s: Math.round(over_s / 3), last: overruns ? new Date(now - 3 * 86_400_000).toISOString() : null, trips, shed,
  });
  return {
    from: new Date(now - 200 * 86_400_000).toISOString(), to: new Date(now).toISOString(), contract: 'Tarif Bleu Base',
    series: 'power_import', step_s: 5, measured_s: 17_000_000, missing_s: 280_000, lacks: ['va', 'phases', 'who_drew'],
    powers: [
      one(3, 133.2, 4120, 900_000, 640, { switchings: 6000, trips: 12, uncovered_s: 8000, loads: [{ load: 'water_heater', times: 900, shed_s: 400_000, longest_s: 5400 }] }),
      one(6, 172.44, 61, 25_800, 14, { switchings: 122, trips: 0, uncovered_s: 0, loads: [{ load: 'water_heater', times: 55, shed_s: 20_000, longest_s: 2400 }, { load: 'car', times: 6, shed_s: 5400, longest_s: 3000 }] }),
      one(9, 213.84, 2, 90, 0, none), one(12, 253.2, 0, 0, 0, none, true), one(36, 600, 0, 0, 0, none),
    ],
  };
}

/** The household's rules: one that applies, one that waits, one that knows nothing. */
export function rules(now, own, presence) {
  const value = { device: null, quantity: null, unit: null };
  const rule = (id, load, more) => ({
    id, source: 'file', armed: true, load, then: 'fed', otherwise: false, priority: 5, at_least_s: 0, at_most_s: 0, unless: [], holds: false, active: false, since: null, wins: false, ...more,
  });
  const page = [...(own ?? new Map()).values()].map((kept) => rule(kept.id, 'water_heater', {
    source: 'page', tried: kept.tried, armed: kept.armed, by: 'user:marie', at: new Date(now - 60_000).toISOString(), version: '0', fault: null, yaml: kept.yaml.replace(/^rules:\n/, ''),
    holds: kept.armed ? false : null, otherwise: true, at_least_s: 1200,
    when: [{ ...value, kind: 'surplus', unit: 'W', below: false, threshold: 1200, hysteresis: 200, for_s: 300 }],
    unless: [{ ...value, kind: 'time', from_minute: 1320, to_minute: 360, weekdays: [1, 2, 3, 4, 5, 6, 7], for_s: 0 }],
  }));
  return { fault: null, presence: presence ?? null, items: [
    rule('sun', 'water_heater', { otherwise: true, at_least_s: 1200, holds: true, active: true, wins: true, since: new Date(now - 900_000).toISOString(),
      when: [{ ...value, kind: 'surplus', unit: 'W', below: false, threshold: 1500, hysteresis: 200, for_s: 300 }] }),
    rule('warm', 'heating', { holds: null, when: [
      { ...value, kind: 'value', device: 'salon', quantity: 'temperature', unit: '°C', below: true, threshold: 19.5, hysteresis: 0.3, for_s: 0 },
      { ...value, kind: 'time', from_minute: 480, to_minute: 1080, weekdays: [1, 2, 3, 4, 5], for_s: 0 }] }),
    rule('dear', 'car', { then: 'shed', when: [
      { ...value, kind: 'price', unit: 'EUR/kWh', below: false, threshold: 0.2, hysteresis: 0, for_s: 0 },
      { ...value, kind: 'ecowatt', below: false, threshold: 2, hysteresis: 0, for_s: 0 }] }),
    ...page,
  ] };
}

export function trial(now, yaml = '') {
  const own = /id: "?([a-z0-9_-]+)/.exec(yaml)?.[1];
  const at = (hours) => new Date(now - hours * 3_600_000).toISOString();
  return {
    from: at(168), to: at(0), step_s: 60, lacks: ['ecowatt'],
    items: [{ id: 'armed_already', armed: true, times: 1, active_s: 60, unknown_s: 0, last: [] }, { id: own ?? 'sun', armed: false, times: 9, active_s: 41_400, unknown_s: 0, last: [{ from: at(30), to: at(29) }, { from: at(54), to: at(52) }] },
      { id: 'warm', armed: false, times: 0, active_s: 0, unknown_s: 604_800, last: [] }],
    loads: [{ load: 'water_heater', switchings: 18 }],
  };
}
