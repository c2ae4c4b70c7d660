/* What the stored measurements of the mock's workshop say, in the daemon's shape: numbers to look at. */
const WORKING = [0.4, 0.4, 0.4, 0.4, 0.5, 0.9, 2.1, 4.8, 6.2, 6.4, 6.1, 5.2, 4.1, 6.0, 6.3, 5.8, 4.9, 2.6, 1.4, 0.9, 0.7, 0.5, 0.4, 0.4];
const spread = (median, p95, max) => ({ samples: 5040, median, p95, max });
const part = (kwh, cost_eur, peak_kw, whole, parts) => ({
  kwh, share: kwh / whole, cost_eur, co2_kg: null, peak_kw, with_common_kwh: (kwh * whole) / parts,
});

function period(from, energy_kwh, before, year) {
  return {
    from, covered: 1, energy_kwh, cost_eur: energy_kwh * 0.18, co2_kg: null, mean_kw: energy_kwh / 720, peak_kw: 7.9,
    peak_at: `${from.slice(0, 7)}-12T09:20:00Z`, base_kw: 0.38, load_factor: 0.3, against_period_before_pct: before, against_year_before_pct: year,
    pieces: 1250, kwh_per_piece: energy_kwh / 1250,
  };
}

/** The month that `from` names by its first instant, in the site's zone, and eleven before it. */
export function stats(query) {
  const end = new Date(Date.parse(query.get('to')) - 12 * 3_600_000);
  const months = Array.from({ length: 12 }, (_, k) => new Date(Date.UTC(end.getUTCFullYear(), end.getUTCMonth() - 11 + k, 1)).toISOString().slice(0, 10));
  const whole = 1600;
  return {
    column: 'main', unit: 'W', unit_assumed: false, rows: 4320, rows_left_out: 0, step_s: 600, from: query.get('from'), to: query.get('to'),
    summary: {
      samples: 4320, covered: 1, energy_kwh: whole, cost_eur: 288, co2_kg: null, mean_kw: 2.2, peak_kw: 7.9, peak_at: null, load_factor: 0.28,
      base_kw: 0.38, daily_min_median_kw: 0.36, duration: [{ share_of_time: 0, at_least_kw: 7.9 }],
    },
    peaks: [
      { at: query.get('from'), kw: 7.9, usual_kw: 6.1, temperature_c: -4, usual_temperature_c: 5, causes: [{ part: 'press', kw: 4.4, usual_kw: 3.1 }, { part: 'remainder', kw: 1.2, usual_kw: 0.7 }] },
      { at: query.get('from'), kw: 7.2, usual_kw: 6.4, temperature_c: 6, usual_temperature_c: 5, causes: [] },
    ],
    lacks: [],
    mean_day_kw: { monday_to_friday: WORKING, week_end: WORKING.map((kw) => 0.3 + kw * 0.1) },
    solar: { hours: 700, produced_kwh: 210, used_at_once_kwh: 190, self_consumption: 0.9, self_sufficiency: 0.12 },
    parts: {
      press: part(720, 131.2, 4.4, whole, 1280), compressor: part(410, 74.9, 2.2, whole, 1280), lighting: part(150, 26.1, 0.6, whole, 1280),
      remainder: { kwh: 320, share: 0.2, cost_eur: 55.8, steps_parts_exceed_whole: 3 }, steps: 4300,
    },
    sources: {
      tic: { covered: 0.98, steps_of_both: 4210, kwh: 1590, load_kwh: 1600, off_pct: -0.6, mean_abs_kw: 0.02, worst_kw: -0.9, worst_at: query.get('from') },
    },
    baseline: query.get('temperature') ? {
      months_fitted: 24, kwh_per_day: 8.1, kwh_per_degree_day: 1.2, r2: 0.91, cv_rmse_pct: 9, verdict: 'good',
      months: months.map((m) => ({
        month: m.slice(0, 7), days: 30, degree_days_meteo: 310, degree_days_costic: 318, kwh_per_day: 22, expected_kwh_per_day: 20, cusum_kwh: 60,
      })),
    } : null,
    periods: months.map((from, k) => period(from, 1400 + 20 * k, k ? 1.4 : null, k === 11 ? -6.2 : null)),
  };
}

export function quality(query) {
  const kind = (share_within, verdict) => ({ samples: 1008, share_within, share_needed: 0.95, beyond: 0, min: 226, max: 254, verdict });
  return {
    rows: 5040, from: query.get('from'), to: new Date().toISOString(), step_s: 600, rows_left_out: 0, columns: { u1: 'voltage_l1' },
    unbalance: { vuf_from: 'line voltages (CIGRE)', vuf_pct: spread(0.42, 2.3, 2.9), vuf0_pct: null, lvur_pct: spread(0.4, 0.7, 1.8), pvur_pct: spread(0.5, 0.9, 2.1) },
    currents: {
      unbalance_pct: spread(26, 48, 90), neutral_from: 'measured', neutral_a: spread(6, 14, 22), mean_a: [18.2, 9.4, 7.1],
      move: { from_phase: 1, to_phase: 3, amps: 5.55 },
    },
    voltage: { nominal_v: 230, samples: 15120, share_outside: 0.021, share_above: 0.021, share_below: 0, min_v: 224, max_v: 255, rows_interrupted: 1 },
    en50160: {
      indication_only: false, why: null, weeks_total: 2, weeks_broken: 1, weeks_voltage_too_often_off: 1, weeks_too_thin: 0,
      weeks: [
        { monday: '2026-11-09', covered: 1, verdict: 'kept', indication_only: false, u1: kind(0.99, 'kept'), u2: kind(1, 'kept'), u3: kind(0.97, 'kept') },
        { monday: '2026-11-16', covered: 0.43, verdict: 'broken', indication_only: true, u1: kind(0.93, 'broken'), u2: kind(1, 'kept'), u3: kind(1, 'kept') },
      ],
    },
    power_factor: { factor: { samples: 5000, min: 0.6, p05: 0.81, median: 0.9 }, displacement: null, undefined: 40, quadrants: [5000, 0, 0, 40] },
    reactive: {
      tan_phi_limit: 0.4, billed_kvarh: 410,
      months: [
        { month: '2026-10', kwh: 900, kvarh: 480, tan_phi: 0.533, counts: false, billed_kvarh: 0, cost_eur: null },
        { month: '2026-11', kwh: 1000, kvarh: 810, tan_phi: 0.81, counts: true, billed_kvarh: 410, cost_eur: null },
      ],
      capacitor: {
        running_above_kw: 0.4, mean_kw: 5, tan_phi: 0.7, kvar_mean: 1.5, kvar_p95: 9.1, kvar_of_bills: 1.4,
        bank: { kvar: 12.5, steps: 1, resonance_order: null, strengthens_harmonic: null, detuned: true, payback_years: null },
      },
    },
    risks: {
      level: 'critical', lacks: ['thd'],
      found: [
        { kind: 'overload', level: 'critical', unit: 'VA', worst: 12900, limit: 12000, share_beyond: 0.01, worst_at: query.get('from'), last_beyond: query.get('from'), action: 'shed_or_spread' },
        { kind: 'power_factor', level: 'major', unit: '1', worst: 0.6, limit: 0.93, share_beyond: 0.4, worst_at: query.get('from'), last_beyond: query.get('from'), action: 'compensate' },
      ],
    },
    lacks: [],
  };
}
