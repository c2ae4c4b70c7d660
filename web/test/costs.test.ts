import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Bill, BillLine, Candidate, Comparison } from '../src/api/types';
import { bestOfEach, cheapestOf, endWords, enough, measured, monthBack, powersOf, readHow, startWords, worstHours } from '../src/costs/facts';
import { emptyForm, emptyPrice, yamlOf } from '../src/costs/form';

const line = (how: string): BillLine => ({
  line: 'energy_hp', kind: 'energy', from: '2026-11-01', to: '2026-12-01', quantity: 1, unit: 'kWh',
  unit_price_eur: 0.2, amount_eur: 0.2, exact_eur: 0.2, vat_pct: 20, how,
});
const candidate = (name: string | null, contract: string, power_kva: number, total: number | null, fits = true): Candidate => ({
  name, contract, power_kva, own: name === null, fits, fault: total === null ? 'no_price' : null, fault_at: null,
  ...(total === null ? {} : { total_eur: total }),
});
const comparison = (items: Candidate[], cheapest: string | null | undefined): Comparison => ({
  from: '2025-11-22', to: '2026-11-22', peak: null, items, cheapest: cheapest === undefined ? null : { name: cheapest },
});

test('costs: where a line comes from is read from its sentence', () => {
  assert.deepEqual(readHow(line('22 days by the days of their year, at 630.48 EUR a year, price of 2026-02-01 (not verified), VAT included')),
    { price_of: '2026-02-01', unverified: true, yearly_eur: 630.48, spot: false, vat: 'in' });
  assert.deepEqual(readHow(line('22 days by the days of their months, at a twelfth a month of 234.72 EUR a year, price of 2025-02-01, without VAT')),
    { price_of: '2025-02-01', unverified: false, yearly_eur: 234.72, spot: false, vat: 'out' });
  assert.deepEqual(readHow(line('each hour at its own price; the unit price is the mean')),
    { price_of: null, unverified: false, yearly_eur: null, spot: true, vat: null });
});

test('costs: ends are said as the last day, or as a moment', () => {
  assert.equal(startWords('2026-11-01'), '01/11/2026');
  assert.equal(endWords('2026-12-01'), '30/11/2026');
  assert.equal(endWords('2026-11-22T11:45:23+01:00'), '22/11/2026 11:45');
  assert.deepEqual([0, 1, 11, 23].map((back) => monthBack(Date.parse('2026-11-30T23:30:00Z'), 'Europe/Paris', back)),
    ['2026-12', '2026-11', '2026-01', '2025-01']);
});

test('costs: a young site is compared over what it measured, an old one over all of it', () => {
  const bill = (notes: Partial<Bill['notes']>): Bill => ({
    contract: '', power_kva: 6, from: '2025-11-22', to: '2026-11-22T10:45:00+01:00', import_kwh: 0, export_kwh: 0, lines: [], total_eur: 0,
    notes: { basis: 'register', missing_s: 0, gaps: 0, first_gap: null, estimated_s: 0, estimated_kwh: 0, estimated_from: null, meter_changes: 0, first_change: null, wrong_readings: 0, first_wrong_reading: null, shared_by_time: 0, assumed_days: 0, unverified_days: 0, superseded: false, ...notes },
  });
  const young = measured(bill({ missing_s: 355 * 86_400, gaps: 1, first_gap: '2025-11-22' }), 'Europe/Paris');
  assert.deepEqual(young, { from: '2026-11-12', to: '2026-11-22T10:45:00+01:00', days: 10, missing_s: 0 });
  const holes = measured(bill({ missing_s: 86_400, gaps: 1, first_gap: '2026-05-01' }), 'Europe/Paris');
  assert.deepEqual([holes.from, holes.days, holes.missing_s], ['2025-11-22', 365, 86_400]);
});

test('costs: of each contract the cheapest power that suffices, and the own one always', () => {
  const all = comparison([
    candidate('b3', 'Base', 3, 900, false), candidate('h6', 'HP/HC', 6, 950), candidate('b6', 'Base', 6, 1000),
    candidate('b9', 'Base', 9, 1050), candidate(null, 'HP/HC', 9, 1100), candidate('h9', 'HP/HC', 9, 1100), candidate('e9', 'EJP', 9, null),
  ], 'h6');
  assert.deepEqual(bestOfEach(all).map((c) => c.name), ['h6', 'b6', null, 'e9']);
  assert.equal(cheapestOf(all)?.name, 'h6');
  assert.equal(cheapestOf(comparison([], undefined)), null);
  assert.deepEqual(powersOf(all, 'HP/HC').map((c) => c.name), ['h6', null], 'the own one stands for its twin');
  assert.equal(enough(powersOf(all, 'Base'))?.name, 'b6');
  assert.equal(enough([candidate('b3', 'Base', 3, 900, false)]), null);
});

test('costs: the form writes the file that the daemon reads', () => {
  const form = emptyForm('2026-11-22');
  assert.equal(form.prices[0]?.from, '2026-11-01');
  form.name = 'Offre "verte"\nrows: []';
  form.prices[0] = { ...emptyPrice('2026-08-01'), base: '0,1952', month: '15,65' };
  assert.equal(yamlOf(form, 'ma facture'), [
    'name: "Offre \\"verte\\"\\nrows: []"', 'power_kva: 6', 'periods: [base]', 'rest: base', 'rows:',
    '  - {from: 2026-08-01, prices: {base: 0.1952}, subscription_per_month: 15.65, source: "ma facture"}', '',
  ].join('\n'));
  form.off_peak = true;
  form.hours = '22:30-06:30; 13:00-14:00';
  form.feed_in = '0,04';
  form.prices.unshift({ ...emptyPrice('2026-10-01'), hp: '0.2', hc: '0.1', month: '' });
  const lines = yamlOf(form, 'x').split('\n');
  assert.deepEqual(lines.slice(2, 7), [
    'periods: [hp, hc]', 'rest: hp', 'slots:', '  - {period: hc, hours: [22:30-06:30, 13:00-14:00]}', 'rows:']);
  assert.equal(lines[8], '  - {from: 2026-10-01, prices: {hp: 0.2, hc: 0.1}, subscription_per_month: , feed_in: 0.04, source: "x"}');
});

test('costs: the hours at which a power was too weak', () => {
  const hours = Array.from({ length: 24 }, (_, h) => ({ 7: 3, 19: 9, 20: 9 })[h] ?? 0);
  const told: Comparison = { ...comparison([], null), powers: [{ power_kva: 3, steps_over: 21, over_s: 12_600, over_by_hour: hours }] };
  assert.deepEqual(worstHours(told, 3), [19, 20]);
  assert.deepEqual(worstHours(told, 6), []);
});
