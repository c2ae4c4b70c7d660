/* GET whatif: rough figures of the same shape and direction as the daemon's. */
const list = (query, key, without = '0') => (query.get(key) ?? without).split(',').map(Number);

const zones = [
  { id: 'living', name: 'Séjour', known: true, lacks: null, days: 28, loss_w_per_k: 112.4, loss_low_w_per_k: 101.2, loss_high_w_per_k: 124.9 },
  { id: 'office', name: 'Bureau', known: false, lacks: 'the series is shorter than two days', days: 1.2, loss_w_per_k: null, loss_low_w_per_k: null, loss_high_w_per_k: null },
];

function one({ pv_kwp, battery_kwh, name, power_kva, insulation, setpoint_k, co2 }) {
  const made = pv_kwp * 1000;
  const used = Math.min(2400, made * 0.4 + battery_kwh * (pv_kwp ? 120 : 0));
  const heating_kwh = 2400 * insulation * (1 + setpoint_k * 0.07);
  const import_kwh = 4600 - used + heating_kwh - 2400;
  const energy_eur = Math.round(import_kwh * (name ? 19 : 20)) / 100;
  return {
    pv_kwp, battery_kwh, insulation, setpoint_k, heating_kwh, cold_kh: Math.max(0, -setpoint_k) * 5200, name, contract: name ? 'Tarif Bleu Tempo' : 'Tarif Bleu Heures Creuses', power_kva, own: !name, fault: null,
    total_eur: energy_eur + 250, subscription_eur: 250, energy_eur,
    periods: [{ period: 'hp', kwh: import_kwh * 0.7, eur: energy_eur * 0.8 }, { period: 'hc', kwh: import_kwh * 0.3, eur: energy_eur * 0.2 }],
    import_kwh, export_kwh: made - used, pv_kwh: made, self_consumption: made ? used / made : null, self_sufficiency: used / 4600,
    ...(co2 === null ? {} : { co2_kg: import_kwh * co2 / 1000 }),
    peak_w: 5200, over_subscribed_s: 0, unverified_days: 0, saving_eur: 1170 - energy_eur - 250,
  };
}

export function whatif(query, now) {
  const day = (ms) => new Date(ms).toISOString().slice(0, 10);
  const contract = query.get('contract');
  const co2 = query.has('co2') ? Number(query.get('co2')) : null;
  const items = list(query, 'kva').flatMap((kva) => list(query, 'insulation', '1').flatMap((insulation) => list(query, 'setpoint_k').flatMap((setpoint_k) =>
    list(query, 'pv_kwp').flatMap((pv_kwp) => list(query, 'battery_kwh').map((battery_kwh) =>
      one({ pv_kwp, battery_kwh, name: contract || kva ? `${contract ?? 'bleu-hphc'}-${kva || 9}kva` : null, power_kva: kva || 9, insulation, setpoint_k, co2 }))))));
  return {
    from: day(now - 365 * 86_400_000), to: day(now), days: 365, missing_s: 7200, weather: 'typical', place_known: false,
    sun: query.has('own_kwp') ? 'own' : 'typical', sun_lacks: query.has('own_kwp') ? null : 'kwp',
    own_kwp: query.has('own_kwp') ? Number(query.get('own_kwp')) : null, heating: { weather_days: 210, unseen_kwh: 12, zones },
    co2_g_per_kwh: co2, base: one({ pv_kwp: 0, battery_kwh: 0, name: null, power_kva: 9, insulation: 1, setpoint_k: 0, co2 }), items,
  };
}
