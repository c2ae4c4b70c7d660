import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SeriesItem, State } from '../src/api/types';
import { mainMeter } from '../src/lib/freshness';
import { sourcesOf } from '../src/use/read';

const meter = (device: string, main = false, source_of: string | null = null, part_of: string | null = null,
  protocol = 'http') => ({ device, zone: 'z', name: device.toUpperCase(), main, source_of, part_of, protocol });
const site = (...meters: ReturnType<typeof meter>[]) => ({ meters, tariff: null }) as unknown as State;
const series = (...devices: string[]) =>
  devices.map((d) => ({ key: `home/z/${d}/energy_import` }) as unknown as SeriesItem);
const devices = (state: State, items: SeriesItem[]) => sourcesOf(items, state).device.map((s) => s.name);

test('sources: the main meter need not be the first', () => {
  const state = site(meter('heater', false, null, 'linky'), meter('linky', true));
  assert.equal(mainMeter(state)?.device, 'linky');
  const found = sourcesOf(series('heater', 'linky'), state);
  assert.equal(found.whole?.key, 'home/z/linky/energy_import');
  assert.deepEqual(devices(state, series('heater', 'linky')), ['HEATER']);
});

test('sources: what a merge is made of is told once, and its parts are those of a source too', () => {
  const state = site(meter('e450', false, 'grid'), meter('tic', false, 'grid'), meter('oven', false, null, 'tic'),
    meter('grid', true, null, null, 'merge'));
  assert.deepEqual(devices(state, series('e450', 'tic', 'oven', 'grid')), ['OVEN']);
});

test('sources: a part of a part is in it, the rest is the page\'s own, a device that is gone stays', () => {
  const state = site(meter('main', true), meter('board', false, null, 'main'), meter('oven', false, null, 'board'),
    meter('divers', false, null, 'main', 'rest'), meter('plug'));
  assert.deepEqual(devices(state, series('main', 'board', 'oven', 'divers', 'plug', 'old')), ['BOARD', 'PLUG', 'old']);
});
