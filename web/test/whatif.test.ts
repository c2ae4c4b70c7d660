import { test } from 'node:test';
import assert from 'node:assert/strict';
import type { WhatIf, WhatIfItem } from '../src/api/whatif';
import { best, changes, heats, isPaidFor, isShort, unseen, listOf, pathOf, payBack, perYear, priceOf } from '../src/whatif/facts';

const item = (more: Partial<WhatIfItem>): WhatIfItem => ({
  pv_kwp: 0, battery_kwh: 0, insulation: 1, setpoint_k: 0, name: null, contract: 'Mine', power_kva: 6, own: true, fault: null, saving_eur: 0, ...more,
});
const told = (days: number, items: WhatIfItem[] = []): WhatIf => ({
  from: '2025-11-22', to: '2026-11-22', days, missing_s: 0, weather: 'typical', sun: 'typical', sun_lacks: null, own_kwp: null, heating: null, place_known: true, co2_g_per_kwh: null, base: item({}), items,
});
const wish = { pv: '', battery: '', contract: '', kva: '', yields: '1000', own: '', spared: '', setpoint: '', co2: '' };

test('numbers as people type them', () => {
  for (const [why, text, want] of [
    ['nothing', '', []], ['blanks', ' 0  3 ', [0, 3]], ['a French comma', '4,5; 6', [4.5, 6]], ['a point', '4.5', [4.5]],
    ['a word', '3 kWc', null], ['less than nothing', '-1 −0,5 +2', [-1, -0.5, 2]], ['a sign alone', '-', null], ['an exponent', '1e3', null], ['too fine', '1.2345', null],
  ] as const)
    assert.deepEqual(listOf(text), want, why);
});

test('what is asked, or which field is wrong', () => {
  assert.deepEqual(pathOf({ ...wish, pv: '0 3', battery: '5', contract: 'bleu-tempo', kva: '6 9' }),
    { path: '/whatif?pv_kwp=0,3&battery_kwh=5&contract=bleu-tempo&kva=6,9&pv_yield=1000' });
  assert.deepEqual(pathOf(wish), { path: '/whatif' }, 'a yield alone says nothing');
  assert.deepEqual(pathOf({ ...wish, spared: '0 20 33,3', setpoint: '−1 0 +1,5', own: '3' }),
    { path: '/whatif?own_kwp=3&insulation=1,0.8,0.667&setpoint_k=-1,0,1.5' });
  assert.deepEqual(pathOf({ ...wish, co2: '32,5' }), { path: '/whatif?co2=32.5' });
  for (const [part, wrong] of [
    [{ pv: '-1' }, 'pv'], [{ spared: '91' }, 'spared'], [{ spared: '-101' }, 'spared'], [{ setpoint: '6' }, 'setpoint'], [{ own: '3 4' }, 'own'],
    [{ spared: '0 10 20 30', setpoint: '-2 -1 0 1 2' }, 'many'],
    [{ pv: 'x' }, 'pv'], [{ pv: '1001' }, 'pv'], [{ battery: '-5' }, 'battery'], [{ kva: '0' }, 'kva'], [{ kva: '300' }, 'kva'],
    [{ yields: '12' }, 'yields'], [{ yields: '1000 1100' }, 'yields'], [{ yields: '1000,5' }, 'yields'],
    [{ co2: '2001' }, 'co2'], [{ co2: '30 60' }, 'co2'], [{ co2: 'peu' }, 'co2'],
    [{ pv: '1 2 3 4', battery: '1 2 3 4 5' }, 'many'],
  ] as const)
    assert.deepEqual(pathOf({ ...wish, ...part }), { wrong }, JSON.stringify(part));
});

test('a year of what was measured, and when it is paid back', () => {
  assert.equal(perYear(100, told(36.525)), 1000);
  assert.deepEqual([isShort(told(300)), isShort(told(365))], [true, false]);
  const panels = item({ pv_kwp: 3, battery_kwh: 5, saving_eur: 500 });
  assert.equal(priceOf(panels, 2000, 600), 9000);
  assert.equal(payBack(panels, 9000, told(365.25)), 18);
  assert.equal(payBack(panels, 0, told(365.25)), null, 'what costs nothing');
  assert.deepEqual([panels, item({ insulation: 0.7 }), item({ setpoint_k: -1 })].map(isPaidFor), [true, false, false]);
  assert.equal(payBack(item({ saving_eur: -3 }), 9000, told(365.25)), null, 'what saves nothing');
});

test('the best saves most, and is none where nothing saves', () => {
  const items = [item({ saving_eur: 5 }), item({ saving_eur: 9, fault: 'no_price' }), item({ saving_eur: 7 })];
  assert.equal(best(told(365, items)), items[2]);
  assert.equal(best(told(365, [item({ saving_eur: -1 })])), null);
  const colder = [item({ saving_eur: 9, setpoint_k: -1 }), item({ saving_eur: 3, insulation: 0.8 })];
  assert.equal(best(told(365, colder)), colder[1], 'what is as warm as today goes first');
  assert.equal(best(told(365, [colder[0]!])), colder[0], 'but nothing is kept back');
});

test('a case that changes nothing is today', () => {
  const items = [item({}), item({ pv_kwp: 1 }), item({ battery_kwh: 1 }), item({ insulation: 0.7 }), item({ setpoint_k: 1 }), item({ own: false, name: 'bleu-base-6kva' })];
  assert.deepEqual(changes(told(365, items)), items.slice(1));
});

test('heating that was not there is told where it is much', () => {
  const year = (unseen_kwh: number): WhatIf => ({ ...told(365), base: item({ heating_kwh: 2000 }), heating: { weather_days: 0, unseen_kwh, zones: [] } });
  assert.deepEqual([unseen(told(365)), unseen(year(200)), unseen(year(201))], [0, 0, 201]);
});

test('zones that are known are told of', () => {
  const zone = (known: boolean) => ({ id: 'a', name: 'A', known, lacks: null, days: 20, loss_w_per_k: null, loss_low_w_per_k: null, loss_high_w_per_k: null });
  for (const [why, zones, want] of [['none is configured', null, false], ['nothing is known', [zone(false)], false], ['one is', [zone(false), zone(true)], true]] as const)
    assert.equal(heats({ ...told(365), heating: zones && { weather_days: 0, unseen_kwh: 0, zones: [...zones] } }), want, why);
});
