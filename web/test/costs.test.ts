import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Bill, BillLine, Candidate, Comparison } from '../src/api/types';
import { bestOfEach, cheapestOf, endWords, enough, measured, monthBack, powersOf, readHow, startWords, worstHours } from '../src/costs/facts';
import { emptyCharge, emptyForm, faultsOf, fieldOf, formOf, ofPercent, yamlOf, type ContractForm } from '../src/costs/form';

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

/** The file without the form that it keeps. */
const linesOf = (form: ContractForm) => yamlOf(form, 'x').split('\n').filter((line) => !line.startsWith('# form: '));

test('costs: the form writes the file that the daemon reads', () => {
  const form = emptyForm('2026-11-22');
  assert.equal(form.prices[0]?.from, '2026-11-01');
  form.name = 'Offre "verte"\nrows: []';
  form.prices[0] = { from: '2026-08-01', energy: { base: '0,1952' }, month: '15,65' };
  assert.deepEqual(linesOf(form), [
    'name: "Offre \\"verte\\"\\nrows: []"', 'power_kva: 6', 'periods: [base]', 'rest: base', 'rows:',
    '  - {from: 2026-08-01, prices: {base: 0.1952}, subscription_per_month: 15.65, source: "x"}', '',
  ]);
  form.kind = 'hphc';
  form.hours = '22:30-06:30; 13:00-14:00';
  form.feed_in = '0,04';
  form.prices.unshift({ from: '2026-10-01', energy: { hp: '0.2', hc: '0.1' }, month: '' });
  const lines = linesOf(form);
  assert.deepEqual(lines.slice(2, 7), [
    'periods: [hp, hc]', 'rest: hp', 'slots:', '  - {period: hc, hours: [22:30-06:30, 13:00-14:00]}', 'rows:']);
  assert.equal(lines[8], '  - {from: 2026-10-01, prices: {hp: 0.2, hc: 0.1}, subscription_per_month: , feed_in: 0.04, source: "x"}');
});

/** Seasons, weekends, holidays, VAT, charges, professional: everything at once. */
function everything(): ContractForm {
  const form = emptyForm('2026-11-22');
  const slot = { hours: '', days: 'all', holiday: 'any', from: '', to: '' } as const;
  form.kind = 'periods';
  form.periods = [
    { name: 'Été', slots: [] },
    { name: 'Heures pleines d’hiver', slots: [{ ...slot, hours: '06:00-22:00', days: 'mon-fri', holiday: 'never', from: '01/11', to: '31/3' }] },
    { name: 'été', slots: [{ ...slot, days: 'sat,sun', holiday: 'never' }, { ...slot, holiday: 'only' }] },
  ];
  form.taxed = false;
  form.vat = { energy: '20', subscription: '5,5' };
  form.charges = [{ ...emptyCharge('accise'), amount: '0,02998' }, { ...emptyCharge('cta'), amount: '31,2' }];
  form.professional = { ...form.professional, on: true, reactive: '0,0187', per_hour: '10,5' };
  form.prices[0] = { from: '2026-01-01', energy: { ete: '0,1', heures_pleines_d_hi: '0,2', p3: '0,05' }, month: '12' };
  return form;
}

test('costs: the form knows periods, taxes and a professional’s terms', () => {
  const form = everything();
  assert.deepEqual(linesOf(form), [
    'name: "Mon contrat"', 'power_kva: 6', 'periods: [ete, heures_pleines_d_hi, p3]', 'rest: ete', 'holidays: fr', 'slots:',
    '  - {period: heures_pleines_d_hi, hours: [06:00-22:00], days: mon-fri, season: 11-01/03-31, holiday: never}',
    '  - {period: p3, days: "sat,sun", holiday: never}', '  - {period: p3, holiday: only}',
    'tax: excluded', 'vat:', '  - {from: 2026-01-01, subscription: 5.5, energy: 20}',
    'charges:', '  - {id: "accise", per_kwh: 0.02998, vat: energy}', '  - {id: "cta", per_year: 31.2, vat: subscription}',
    'professional:', '  {tan_phi: 0.4, reactive: 0.0187, reactive_hours: 06:00-22:00, reactive_season: 11-01/03-31, overrun_per_hour: 10.5}',
    'rows:', '  - {from: 2026-01-01, prices: {ete: 0.1, heures_pleines_d_hi: 0.2, p3: 0.05}, subscription_per_month: 12, source: "x"}', '']);
  assert.deepEqual(faultsOf(form), { 'c-period-2': 'twice' });
  const spot = { ...emptyForm('2026-11-22'), kind: 'spot' as const, spot: { factor: '1,02', loss: '7', fee: '0,01', tax: '' } };
  assert.ok(linesOf(spot).includes('spot: {period: base, factor: 1.02, loss: 0.07, fee: 0.01}'));
  assert.match(linesOf(spot).join('\n'), /prices: \{\}/);
  assert.deepEqual(['7', '0,5', '12.25', '100', 'x'].map(ofPercent), ['0.07', '0.005', '0.1225', '1', 'x']);
});

test('costs: a form is taken up again as it was, and never against a text that was changed', () => {
  const yaml = yamlOf(everything(), 'ma facture');
  assert.deepEqual(formOf(yaml), { form: everything(), source: 'ma facture' });
  assert.equal(formOf(yaml.replace('0.02998', '0.03')), null);
  assert.equal(formOf('name: a\n# form: {"form":1}\n'), null);
  assert.equal(formOf('name: a\n# form: {'), null);
  assert.equal(formOf(''), null);
});

test('costs: what is wrong is told at its field', () => {
  const form = emptyForm('2026-11-22');
  assert.deepEqual(faultsOf(form), { 'c-price-0-0': 'missing', 'c-month-0': 'missing' });
  form.kind = 'hphc';
  form.hours = '22h-6h';
  form.prices = [{ from: '2026-01-01', energy: { hp: '20 ct', hc: '0,1234567' }, month: '1' }, { from: '2026-01-01', energy: { hp: '0', hc: '-0,1' }, month: '' }];
  form.feed_in = 'x';
  assert.deepEqual(faultsOf(form), { 'c-hours': 'hours', 'c-price-0-0': 'number', 'c-price-0-1': 'number', 'c-month-1': 'missing', 'c-from-1': 'twice', 'c-feed': 'number' });
  const all = everything();
  all.vat.energy = '120';
  all.charges[1] = { ...emptyCharge('cta') };
  all.periods[1] = { name: '', slots: [{ hours: '25:00-06:00', days: 'all', holiday: 'any', from: '31/02', to: '' }] };
  assert.deepEqual(faultsOf(all), {
    'c-vat-energy': 'percent', 'c-charge-1-amount': 'missing', 'c-period-1': 'missing', 'c-slot-1-0-hours': 'hours', 'c-slot-1-0-from': 'day',
    'c-slot-1-0-to': 'day', 'c-period-2': 'twice', 'c-price-0-1': 'missing' });
  for (const [line, id] of [
    ['contract.yaml:9:26: charges[0].per_kwh: no number', 'c-charge-0-amount'], ['contract.yaml:6:26: slots[1].hours[0]: no', 'c-slot-2-0-hours'],
    ['contract.yaml:6:48: slots[0].season: no', 'c-slot-1-0-from'], ['contract.yaml:2:1: power_kva: no', 'c-kva'],
    ['contract.yaml:20:1: rows[0].prices.p3: no', 'c-price-0-2'], ['contract.yaml:20:1: rows[0].feed_in: no', 'c-feed'],
    ['contract.yaml:12:4: vat[0].energy: no', 'c-vat-energy'], ['contract.yaml:6: slots: an hour has no period', null], ['what', null],
  ] as const)
    assert.equal(fieldOf(everything(), line).id, id, line);
});

test('costs: the hours at which a power was too weak', () => {
  const hours = Array.from({ length: 24 }, (_, h) => ({ 7: 3, 19: 9, 20: 9 })[h] ?? 0);
  const told: Comparison = { ...comparison([], null), powers: [{ power_kva: 3, steps_over: 21, over_s: 12_600, over_by_hour: hours }] };
  assert.deepEqual(worstHours(told, 3), [19, 20]);
  assert.deepEqual(worstHours(told, 6), []);
});
