/* Alarms and forecasts of the mock's house, in the daemon's shape: numbers to look at, not to trust. */
const HOUR = 3_600_000;
const iso = (ms) => new Date(ms).toISOString().replace(/\.\d+Z/, 'Z');
const KEY = 'home/ground/main/power_import';
const usual = (h) => (h >= 6 && h < 8 ? 1100 : h >= 17 && h < 22 ? 1700 : 260);

const WORDS = {
  step: [{ title: 'La consommation de fond a changé d’un coup', advice: 'Cherchez l’appareil ajouté, retiré ou resté allumé depuis cette date.' },
    { title: 'The base load changed at once', advice: 'Look for what was added, removed or left on since then.' }],
  spike: [{ title: 'Pic inhabituel', advice: 'Cherchez ce qui a démarré à cette heure-là.' },
    { title: 'Unusual peak', advice: 'Find what started at that time.' }],
  left_on: [{ title: 'Resté allumé la nuit', advice: 'Éteignez ce qui tourne hors des heures d’activité, ou programmez-le.' },
    { title: 'Left on at night', advice: 'Turn off what runs outside working hours, or put it on a timer.' }],
};

export class Watch {
  constructor() {
    this.said = new Map(); /* id: what people said */
  }

  #alarm(id, type, severity, start, end, expected, actual, cost) {
    const said = this.said.get(id);
    return {
      id, type, severity, series: KEY, start: iso(start), told: iso(start + 6 * HOUR), end: end && iso(end), unit: 'W', expected, actual, expected_w: expected, actual_w: actual, cost_eur_per_day: cost,
      state: said?.taught ? 'normal' : end ? 'over' : said ? 'acknowledged' : 'active',
      acknowledged: said?.at ?? null, acknowledged_by: said ? 'user:marie' : null, fr: WORDS[type][0], en: WORDS[type][1],
    };
  }

  /** `set.alarms`: "none" is a house that is still learning, "calm" one without an open alarm. */
  #all(now, set) {
    if (set.alarms === 'none')
      return [];
    const day = 24 * HOUR, hour = now - (now % HOUR);
    const open = set.alarms === 'calm' ? [] : [this.#alarm(7, 'step', 'high', hour - 30 * HOUR, null, 190, 430, 1.19)];
    return [...open,
      this.#alarm(5, 'left_on', 'medium', hour - 9 * day, hour - 8 * day, 240, 610, 0.61),
      this.#alarm(3, 'spike', 'low', hour - 20 * day, hour - 20 * day + HOUR, 1700, 6900, null)];
  }

  list(now, set) {
    return { judged: set.alarms === 'none' ? null : iso(now - (now % HOUR)), alarms: this.#all(now, set) };
  }

  one(id, now, set) {
    const alarm = this.#all(now, set).find((a) => a.id === id);
    if (!alarm)
      return null;
    const start = Date.parse(alarm.start), from = start - (start % (24 * HOUR));
    const band = (k) => Array.from({ length: 24 }, (_, h) => Math.round(usual(h) * k));
    return { ...alarm, day: { from: iso(from), q10_w: band(0.8), median_w: band(1), q90_w: band(1.25) } };
  }

  say(id, what, now, set) {
    if (what === 'unteach')
      this.said.delete(id);
    else
      this.said.set(id, { taught: what === 'teach', at: iso(now) });
    return this.one(id, now, set);
  }

  forecast(register, now, set) {
    if (set.forecast === 'off')
      return { state: 'off' };
    const head = { register: KEY, kind: 'load', unit: 'W', days_learnt: 90, lacking: null, made: iso(now), error_w: 120, simple_error_w: 150 };
    if (!register)
      return { state: 'said', registers: [head] };
    const from = now - (now % (24 * HOUR)) - HOUR;
    const of = (k) => Array.from({ length: 72 }, (_, h) => Math.round(usual((h + 23) % 24) * k));
    return { state: 'said', ...head, from: iso(from), step_s: 3600, mean: of(1), q10: of(0.7), q50: of(0.98), q90: of(1.4) };
  }
}
