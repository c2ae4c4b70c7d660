/* GET whatif: rough figures of the same shape and direction as the daemon's. */
const list = (query, key) => (query.get(key) ?? '0').split(',').map(Number);

function one(pv_kwp, battery_kwh, name, power_kva, co2) {
  const made = pv_kwp * 1000;
  const used = Math.min(2400, made * 0.4 + battery_kwh * (pv_kwp ? 120 : 0));
  const import_kwh = 4600 - used;
  const energy_eur = Math.round(import_kwh * (name ? 19 : 20)) / 100;
  return {
    pv_kwp, battery_kwh, name, contract: name ? 'Tarif Bleu Tempo' : 'Tarif Bleu Heures Creuses', power_kva, own: !name, fault: null,
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
  const items = list(query, 'kva').flatMap((kva) => list(query, 'pv_kwp').flatMap((pv) => list(query, 'battery_kwh').map((battery) =>
    one(pv, battery, contract || kva ? `${contract ?? 'bleu-hphc'}-${kva || 9}kva` : null, kva || 9, co2))));
  return {
    from: day(now - 365 * 86_400_000), to: day(now), days: 365, missing_s: 7200, weather: 'typical', place_known: false,
    co2_g_per_kwh: co2, base: one(0, 0, null, 9, co2), items,
  };
}
