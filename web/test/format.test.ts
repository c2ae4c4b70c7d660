import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as f from '../src/lib/format';

const rows: [string, string, string][] = [
  ['below a kilowatt, whole watts', f.power(812.4, 'fr'), '812\u00a0W'],
  ['rounding reaches the kilowatt', f.power(999.6, 'fr'), '1,00\u00a0kW'],
  ['kilowatts with a comma', f.power(3421, 'fr'), '3,42\u00a0kW'],
  ['and with a point', f.power(3421, 'en'), '3.42\u00a0kW'],
  ['big powers need no hundredths', f.power(123_456, 'fr'), '123,5\u00a0kW'],
  ['thousands by a narrow space', f.energy(1_234_500, 'fr'), '1\u202f234,5\u00a0kWh'],
  ['thousands by a comma', f.energy(1_234_500, 'en'), '1,234.5\u00a0kWh'],
  ['little energy in Wh', f.energy(870, 'fr'), '870\u00a0Wh'],
  ['nothing measured is no zero', f.power(null, 'fr'), '\u2014'],
  ['nor is not-a-number', f.power(NaN, 'fr'), '\u2014'],
  ['zero is a measure', f.power(0, 'fr'), '0\u00a0W'],
  ['a real minus sign', f.power(-2400, 'fr'), '\u22122,40\u00a0kW'],
  ['no minus zero', f.number(-0.001, 2, 'fr'), '0,00'],
  ['rated power without false precision', f.nominal(2400, 'fr'), '2,4\u00a0kW'],
  ['rated whole kilowatts', f.nominal(3000, 'fr'), '3\u00a0kW'],
  ['rated below a kilowatt', f.nominal(900, 'en'), '900\u00a0W'],
  ['rated to the ten watts', f.nominal(3450, 'en'), '3.45\u00a0kW'],
  ['whole kVA', f.apparent(9000, 'fr'), '9\u00a0kVA'],
  ['measured kVA', f.apparent(17_250, 'fr'), '17,3\u00a0kVA'],
  ['euros after, in French', f.money(1.934, 'fr'), '1,93\u00a0€'],
  ['euros before, in English', f.money(1.934, 'en'), '€1.93'],
  ['negative euros', f.money(-0.5, 'en'), '\u2212€0.50'],
  ['price with four decimals', f.price(0.1579, 'fr'), '0,1579\u00a0€/kWh'],
  ['price in English', f.price(0.2065, 'en'), '€0.2065/kWh'],
  ['unknown price', f.price(null, 'fr'), '\u2014'],
  ['percent, spaced in French', f.percent(0.456, 'fr'), '46\u00a0%'],
  ['percent in English', f.percent(0.456, 'en'), '46%'],
  ['volts', f.measure(229.6, 'V', 0, 'fr'), '230\u00a0V'],
];

for (const [why, got, want] of rows)
  test(`format: ${why}`, () => assert.equal(got, want));
