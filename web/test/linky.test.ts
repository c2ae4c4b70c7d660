import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MeterTariff, Now, State } from '../src/api/types';
import { drawn, shownPower } from '../src/home/power';
import { periodWords } from '../src/home/meter_tariff';
import { nominal, power } from '../src/lib/format';
import { prefs } from '../src/i18n';

const now = (part: Partial<Now>): State =>
  ({ now: { fresh: true, import_w: null, export_w: null, phases: [], ...part } }) as unknown as State;

const tariff = (part: Partial<MeterTariff>): MeterTariff =>
  ({ contract: null, period: null, index: null, tempo: null, ...part });

test('linky: apparent power is what the meter says, not what is made of U and I', () => {
  const phases = [{ phase: 1, import_w: null, voltage_v: 230, current_a: 9 }];
  assert.deepEqual(drawn(now({ import_va: 2160, phases })), { va: 2160, measured: true, phases: [] });
  assert.equal(drawn(now({ phases }))?.va, 2070);
  assert.equal(drawn(now({ import_w: 2000 }))?.measured, false);
  assert.equal(drawn(now({})), null);
});

test('linky: what is shown in large', () => {
  assert.deepEqual(shownPower(now({ import_va: 519 })), { value: 519, unit: 'VA', out: false });
  assert.deepEqual(shownPower(now({ import_va: 0, export_va: 1258 })), { value: 1258, unit: 'VA', out: true });
  assert.deepEqual(shownPower(now({ import_w: 480, import_va: 519 })), { value: 480, unit: 'W', out: false });
  assert.deepEqual(shownPower(now({ import_w: 0, export_w: 20 })), { value: 20, unit: 'W', out: true });
  assert.equal(shownPower({ ...now({}), meters: [] }), null);
  const values = [{ quantity: 'apparent_power_import', unit: 'VA', value: 700, time: '', quality: 'good' }];
  const stale = { ...now({ fresh: false }), meters: [{ values }] } as unknown as State;
  assert.deepEqual(shownPower(stale), { value: 700, unit: 'VA', out: false });
});

test('linky: periods in words', () => {
  prefs.set({ ...prefs.get(), lang: 'fr' });
  assert.equal(periodWords(tariff({ period: 'HP..' })), 'heures pleines');
  assert.equal(periodWords(tariff({ period: 'HPJR' })), 'heures pleines, jour rouge');
  assert.equal(periodWords(tariff({ period: 'HP  BLEU', index: 2 })), 'HP  BLEU');
  assert.equal(periodWords(tariff({ index: 3 })), 'index 3');
  assert.equal(periodWords(tariff({})), null);
  prefs.set({ ...prefs.get(), lang: 'en' });
  assert.equal(periodWords(tariff({ period: 'TH..' })), 'all hours');
});

test('linky: volt-amperes are no watts', () => {
  assert.equal(power(519, 'en', 'VA'), '519\u00a0VA');
  assert.equal(power(2160, 'fr', 'VA'), '2,16\u00a0kVA');
  assert.equal(nominal(9000, 'en', 'VA'), '9\u00a0kVA');
  assert.equal(power(519, 'en'), '519\u00a0W');
});
