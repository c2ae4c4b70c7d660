/* A plausible house for looking at the page and for its tests, without the daemon. It speaks the
 * daemon's API shapes; it decides nothing that matters and is never shipped. */

import { signals } from './grid.mjs';

const HOUR = 3_600_000;
const MINUTE = 60_000;
const DAY = 24 * HOUR;
const ZONE = 'Europe/Paris';
const CONTRACT_VA = 12_000;

const iso = (ms) => (ms === null ? null : new Date(ms).toISOString().replace(/\.\d+Z/, 'Z'));

const format = new Intl.DateTimeFormat('en-GB', {
  timeZone: ZONE, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric',
  hour: 'numeric', minute: 'numeric', second: 'numeric',
});
const offsets = new Map();

/** Local minus UTC; remembered by the hour, because a day of history asks thousands of times. */
function offset(ms) {
  const hour = Math.floor(ms / HOUR);
  if (!offsets.has(hour)) {
    const p = Object.fromEntries(format.formatToParts(hour * HOUR).map((x) => [x.type, Number(x.value)]));
    offsets.set(hour, Date.UTC(p.year, p.month - 1, p.day, p.hour, p.minute, p.second) - hour * HOUR);
  }
  return offsets.get(hour);
}

const dateOf = (ms) => new Date(ms + offset(ms)).toISOString().slice(0, 10);
const hourOf = (ms) => ((ms + offset(ms)) % DAY) / HOUR;

function midnight(date) {
  const wall = Date.parse(date + 'T00:00:00Z');
  return wall - offset(wall - offset(wall));
}

const dayAfter = (date, n) => new Date(Date.parse(date + 'T12:00:00Z') + n * DAY).toISOString().slice(0, 10);

/** Repeatable noise in 0..1 from an integer. */
function noise(n) {
  let x = (Math.imul(n | 0, 0x9e3779b1) ^ 0x85ebca6b) >>> 0;
  x = Math.imul(x ^ (x >>> 15), 0x2c1b3c6d) >>> 0;
  x = Math.imul(x ^ (x >>> 12), 0x297a2d39) >>> 0;
  return ((x ^ (x >>> 15)) >>> 0) / 2 ** 32;
}

const LOADS = [
  { id: 'water_heater', name: 'Chauffe-eau', nominal_w: 2400, tier: 1, phase: 1 },
  { id: 'heating', name: 'Chauffage du salon', nominal_w: 1500, tier: 3, phase: 2 },
  { id: 'car', name: 'Voiture', nominal_w: 3700, tier: 2, phase: 3 },
  { id: 'laundry', name: 'Lave-linge', nominal_w: 2100, tier: 2, phase: 2 },
];

/** What the rest of the house takes on a phase at an instant. */
function base(ms, phase) {
  const hour = hourOf(ms);
  const bump = (at, width, height) => height * Math.exp(-(((hour - at) / width) ** 2));
  const usual = 90 + bump(7.5, 0.9, 500) + bump(12.4, 0.8, 420) + bump(19.6, 1.6, 720);
  const slow = noise(Math.floor(ms / (7 * MINUTE)) * 3 + phase);
  const quick = noise(Math.floor(ms / 5000) * 3 + phase);
  return Math.round(usual * (0.55 + 0.7 * slow) * (phase === 1 ? 1.15 : 0.85) + 30 * quick);
}

/** The share of its power that a fed load takes: thermostats and programmes of their own. */
function wants(load, ms) {
  const hour = hourOf(ms);
  const turn = noise(Math.floor(ms / (11 * MINUTE)) + load.nominal_w);
  if (load.id === 'water_heater')
    return hour < 3.2 || (hour > 13 && hour < 13.8) || (hour > 18.3 && hour < 19.4) ? 1 : 0;
  if (load.id === 'heating')
    return turn > ((hour > 6 && hour < 9) || hour > 17 ? 0.4 : 0.82) ? 1 : 0;
  if (load.id === 'car')
    return hour > 1 && hour < 5 ? 1 : 0;
  return hour > 10 && hour < 11.2 ? 0.3 + 0.7 * turn : 0;
}

export class World {
  constructor() {
    this.start = Date.now();
    this.set = { demo: true, claimed: true, meter: 'ok', frozen: null, problems: [], zone: ZONE, solar: false, error: null, ecowatt: true };
    this.overrides = new Map();
    this.hand = null;
    this.is = new Map(LOADS.map((l) => [l.id, { state: 'fed', cause: 'normal', level: 1, since: this.start - 3 * HOUR }]));
    this.seq = 40;
    this.journal = [];
    this.past();
    this.decide(this.start);
  }

  past() {
    const add = (minutes, item) => this.journal.push({ seq: ++this.seq, time: iso(this.start - minutes * MINUTE), ...item });
    const decision = (load, state, cause, level, expected_w) =>
      ({ load, state, cause, held_by: null, level, expected_w, until: null });
    add(1321, { notice: 'started' });
    add(1300, { notice: 'signal_new' });
    add(190, decision('water_heater', 'shed', 'ecowatt', 2, -2400));
    add(189, decision('car', 'shed', 'ecowatt', 2, -3700));
    add(188, { notice: 'effect', load: 'water_heater', device: null, quantity: null, detail: -2310, expected_va: -2400, measured_va: -2310, command: null, actor: null });
    add(70, decision('car', 'fed', 'normal', 1, 3700));
    add(66, decision('water_heater', 'fed', 'normal', 1, 2400));
  }

  say(kind, item) {
    const full = { seq: ++this.seq, time: iso(Date.now()), ...item };
    this.journal.push(full);
    this.hear?.(kind, full);
  }

  /** The published level, or the one set by hand. */
  levelAt(ms) {
    if (this.hand && ms >= this.hand.from && ms < this.hand.to)
      return { level: this.hand.level, manual: true };
    const hour = Math.floor(hourOf(ms));
    const day = Math.round((midnight(dateOf(ms)) - midnight(dateOf(this.start))) / DAY);
    const table = { 0: { 8: 2, 9: 2, 18: 2, 19: 2 }, 1: { 18: 2, 19: 3, 20: 2 }, 2: { 13: 0, 14: 0, 15: 0 } };
    return { level: table[day]?.[hour] ?? 1, manual: false };
  }

  signals(now) {
    return signals(now, midnight(dateOf(now)), this.set);
  }

  /** Four days, hour by hour, an hour cut where a level by hand begins or ends. */
  ecowatt(now) {
    if (!this.set.ecowatt)
      return { state: 'off', source: 'manual', made: null, fetched: null, error: null, now: null, days: [] };
    const today = dateOf(now);
    const cuts = this.hand ? [this.hand.from, this.hand.to] : [];
    const days = [0, 1, 2, 3].map((n) => {
      const date = dayAfter(today, n);
      const end = midnight(dayAfter(date, 1));
      const hours = [];
      for (let from = midnight(date); from < end;) {
        const hour = Math.floor(from / HOUR) * HOUR + HOUR;
        const to = Math.min(hour, ...cuts.filter((cut) => cut > from && cut < hour));
        hours.push({ from: iso(from), to: iso(to), ...this.levelAt((from + to) / 2) });
        from = to;
      }
      return { date, level: Math.max(...hours.map((h) => h.level)), hours };
    });
    return {
      state: 'fresh', source: this.set.demo ? 'demo' : 'rte', made: iso(midnight(today) - HOUR),
      fetched: iso(now - 20 * MINUTE), error: this.set.error, now: this.levelAt(now).level, days,
    };
  }

  /** The simplest of arbitrations: by hand, then Ecowatt from level 2 for all but the heating. */
  decide(now) {
    const { level } = this.levelAt(now);
    for (const load of LOADS) {
      if ((this.overrides.get(load.id)?.until ?? Infinity) <= now)
        this.overrides.delete(load.id);
      const forced = this.overrides.get(load.id);
      const cut = level >= (load.id === 'heating' ? 3 : 2);
      const next = forced
        ? { state: forced.state, cause: 'manual' }
        : { state: cut ? 'shed' : 'fed', cause: cut ? 'ecowatt' : 'normal' };
      const was = this.is.get(load.id);
      if (next.state === was.state && next.cause === was.cause && was.level === level)
        continue;
      this.is.set(load.id, { ...next, level, since: next.state === was.state ? was.since : now });
      if (next.state !== was.state)
        this.say('decision', {
          load: load.id, ...next, held_by: null, level, until: null,
          expected_w: next.state === 'shed' ? -load.nominal_w : load.nominal_w,
        });
    }
  }

  /** Net watts by phase at an instant. */
  phases(ms) {
    const sum = [base(ms, 1), base(ms, 2), base(ms, 3)];
    for (const load of LOADS) {
      const live = ms > this.start - 5000;
      const fed = live ? this.is.get(load.id).state === 'fed' : this.levelAt(ms).level < 2;
      if (fed)
        sum[load.phase - 1] += Math.round(load.nominal_w * wants(load, ms));
    }
    if (!this.set.solar)
      return sum;
    const each = 1400 * Math.max(0, Math.exp(-(((hourOf(ms) - 13) / 2.6) ** 2)) - 0.05);
    return sum.map((w) => Math.round(w - each));
  }

  powers(ms) {
    const net = this.phases(ms).reduce((a, b) => a + b, 0);
    return { import_w: Math.max(0, net), export_w: Math.max(0, -net) };
  }

  meter(now) {
    const { meter } = this.set;
    const at = meter === 'starting' ? null : meter === 'ok' ? Math.floor(now / 5000) * 5000 : this.set.frozen ?? now;
    const value = (quantity, unit, v) => ({ quantity, unit, value: v, time: iso(at), quality: 'good' });
    const read = () => {
      const { import_w, export_w } = this.powers(at);
      return [
        value('power_import', 'W', import_w), value('power_export', 'W', export_w),
        ...this.phases(at).map((w, i) => value(`power_import_l${i + 1}`, 'W', Math.max(0, w))),
        ...[0, 1, 2].map((i) => value(`voltage_l${i + 1}`, 'V', 229 + i + noise(Math.floor(at / 5000) + i))),
        value('energy_import', 'Wh', 12_345_678 + Math.floor((at - this.start) / 2000)),
      ];
    };
    return {
      device: 'main', zone: 'ground', name: 'Compteur du garage', main: true, source_of: null, part_of: null,
      protocol: 'dlms', state: meter,
      last_time: iso(at), age_s: at === null ? null : Math.floor((now - at) / 1000), stale_after_s: 30,
      meter_id: 'SIM0000000001', profile: 'e450-sim', authenticated: true, values: at === null ? [] : read(),
      counters: {
        bytes: Math.floor((now - this.start) / 10), frames: Math.floor((now - this.start) / 1250),
        messages: Math.floor((now - this.start) / 5000), bad_fcs: 0, gaps: 0, tag_failures: 0,
        replays: 0, unknown_layout: 0, no_key: 0, bytes_skipped: 0, reconnects: 0,
      },
    };
  }

  price(ms) {
    const hour = Math.floor(hourOf(ms));
    if (this.set.tariff === 'tempo')
      return hour >= 22 || hour < 6
        ? { period: 'red_hc', price_eur_per_kwh: 0.1575 } : { period: 'red_hp', price_eur_per_kwh: 0.706 };
    if (this.set.tariff === 'own')
      return { period: hour < 12 ? 'matin' : 'soir', price_eur_per_kwh: hour < 12 ? 0.12 : 0.24 };
    return hour >= 22 || hour < 6
      ? { period: 'hc', price_eur_per_kwh: 0.1579 } : { period: 'hp', price_eur_per_kwh: 0.2065 };
  }

  tariff(now) {
    let at = Math.ceil(now / HOUR) * HOUR;
    while (this.price(at).period === this.price(now).period)
      at += HOUR;
    return { name: 'Heures pleines / Heures creuses', ...this.price(now), next: { at: iso(at), ...this.price(at) } };
  }

  today(now) {
    const step = 2 * MINUTE;
    let wh = 0, out = 0, cost = 0;
    for (let at = midnight(dateOf(now)); at < now; at += step) {
      const { import_w, export_w } = this.powers(at);
      const hours = Math.min(step, now - at) / HOUR;
      wh += import_w * hours;
      out += export_w * hours;
      cost += (import_w * hours * this.price(at).price_eur_per_kwh) / 1000;
    }
    return {
      date: dateOf(now), import_wh: Math.floor(wh), export_wh: Math.floor(out),
      cost_eur: Math.round(cost * 1e4) / 1e4, unpriced_wh: 0, complete: true, estimated: false,
    };
  }

  /** When the level that shed a load falls again, if within twelve hours. */
  reliefAfter(now) {
    for (let at = now; at < now + 12 * HOUR; at += MINUTE)
      if (this.levelAt(at).level < 2)
        return Math.floor(at / MINUTE) * MINUTE;
    return null;
  }

  load(item, now, channel) {
    const is = this.is.get(item.id);
    const forced = this.overrides.get(item.id);
    const contact = item.id === 'laundry' ? 'NO' : 'NC';
    const fed = is.state === 'fed';
    const until = forced ? forced.until : !fed && is.cause === 'ecowatt' ? this.reliefAfter(now) : null;
    return {
      ...item, never_shed: false, not_with: [], limit: null, state: is.state, cause: is.cause, held_by: null, level: is.level, since: iso(is.since),
      until: iso(until), expected_w: fed ? null : -item.nominal_w,
      override: forced ? { state: forced.state, until: iso(forced.until) } : null,
      output: { board: 'sim', channel, contact, coil: contact === 'NC' ? !fed : fed, led: fed, state: 'ok' },
    };
  }

  now(now) {
    if (this.set.meter !== 'ok')
      return { fresh: false, import_w: null, export_w: null, phases: [] };
    const at = Math.floor(now / 5000) * 5000;
    const phases = this.phases(at).map((w, i) => ({
      phase: i + 1, import_w: Math.max(0, w),
      voltage_v: Math.round((229 + i + noise(Math.floor(at / 5000) + i)) * 10) / 10,
      current_a: Math.round((Math.abs(w) / 228) * 100) / 100,
    }));
    return { fresh: true, ...this.powers(at), phases };
  }

  /** The breaker, each phase of it, a cap for tense hours, and a grid operator who may order. */
  limits(now) {
    const live = this.set.meter === 'ok';
    const at = Math.floor(now / 5000) * 5000;
    const drawn = this.phases(at).map((w) => Math.round(Math.max(0, w) / 0.97));
    const limit = (id, kind, phase, va, measured_va, more = {}) => ({
      id, kind, phase, va, source: 'configuration', configured_va: va, ecowatt_level: null, in_force: va !== null,
      ordered: false, until: null, measured_va: live ? measured_va : null, trip_s: null, ...more,
    });
    const sum = drawn.reduce((a, b) => a + b, 0);
    const tense = this.levelAt(now).level >= 2;
    return [
      limit('main', 'main', null, CONTRACT_VA, sum, { source: 'meter', configured_va: null }),
      ...[1, 2, 3].map((n) => limit('main', 'main', n, CONTRACT_VA / 3, drawn[n - 1], {
        source: 'meter', configured_va: null, trip_s: live && this.set.trip === n ? 47 : null,
      })),
      limit('dso', 'grid', null, this.set.order ?? null, sum, this.set.order
        ? { source: 'order', ordered: true, until: iso(now + HOUR), configured_va: 9000 } : { configured_va: null }),
      limit('tense', 'cap', null, tense ? 5000 : null, sum, { configured_va: 5000, ecowatt_level: 2 }),
    ];
  }

  state() {
    const now = Date.now();
    const { set } = this;
    const loads = LOADS.map((l, i) => this.load(l, now, i));
    const problems = [...(set.meter === 'ok' ? [] : ['meter_silent']), ...set.problems];
    return {
      version: '0.1.0', time: iso(now),
      run: set.run ?? { mode: 'normal', aborts: 0, last: null, ends: null },
      site: { id: 'home', name: 'Maison des Tilleuls', timezone: set.zone, demo: set.demo, contract_va: CONTRACT_VA },
      meters: [this.meter(now)], now: this.now(now), today: this.today(now), tariff: this.tariff(now),
      ecowatt: this.ecowatt(now), limits: this.limits(now), loads,
      relays: Array.from({ length: 8 }, (_, channel) => {
        const output = loads[channel]?.output;
        return { board: 'sim', channel, coil: output?.coil ?? false, led: output?.led ?? false, load: loads[channel]?.id ?? null };
      }),
      health: { status: problems.length ? 'warning' : 'ok', problems },
    };
  }

  series(quantity, from, to, step_s) {
    const points = [];
    const gap = midnight(dateOf(from)) + 4.4 * HOUR; /* most of an hour without a meter, every day */
    const key = quantity === 'power_import' ? 'import_w' : 'export_w';
    for (let at = from; at < to; at += step_s * 1000) {
      if (at > Date.now() || (at >= gap && at < gap + 0.9 * HOUR)) {
        points.push([iso(at), null, null, null]);
        continue;
      }
      const all = [0, 0.4, 0.8].map((part) => this.powers(at + part * step_s * 1000)[key]);
      points.push([iso(at), all.reduce((a, b) => a + b, 0) / all.length, Math.min(...all), Math.max(...all)]);
    }
    return points;
  }
}
