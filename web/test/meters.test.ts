import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hexLines } from '../src/meters/frame';
import { faultWords } from '../src/meters/meters';
import { yamlOf, type Source } from '../src/meters/yaml';

const source = (part: Partial<Source>): Source => ({
  port: '', protocol: 'auto', baud: '', framing: '', address: '', profile: '', key: '', auth_key: '', password: '',
  user: '', preset: '', settings: '', every_s: '', with: {}, ...part,
});

test('meters: sixteen bytes a line', () => {
  assert.equal(hexLines('7ea08b'), '7e a0 8b');
  assert.equal(hexLines('00'.repeat(17)), `${Array(16).fill('00').join(' ')}\n00`);
  assert.equal(hexLines(''), '');
});

test('meters: what is written into the configuration; secrets are named, never written', () => {
  assert.equal(yamlOf(source({ port: 'tcp:10.0.0.5:10001' }), 'dlms'),
    'meters:\n  - id: compteur\n    port: "tcp:10.0.0.5:10001"\n    protocol: dlms\n');
  const secret = yamlOf(source({ port: 'serial:/dev/ttyUSB0', baud: '2400', key: 'ab'.repeat(16), password: 'x' }), 'dlms');
  assert.ok(!secret.includes('abab') && secret.includes('key_file:') && secret.includes('password_file:'));
  assert.ok(secret.includes('    baud: 2400\n'));
  const odd = yamlOf(source({ port: 'tcp:h:1', protocol: 'mbus', address: '- x: "y"' }), '');
  assert.ok(odd.includes('    address: "- x: \\"y\\""\n'), odd);
  const asked = yamlOf(source({ port: 'serial:/dev/ttyUSB0', protocol: 'd0', every_s: '900' }), 'd0');
  assert.ok(asked.endsWith('    protocol: d0\n    every_s: 900\n'), asked);
  const low = yamlOf(source({ port: 'tcp:h:4059', protocol: 'cosem', settings: 'client=32 auth=low', password: 'x' }), '');
  assert.ok(low.includes('    settings: "client=32 auth=low"\n    password_file: '), low);
});

test('meters: a sensor is written by its preset, with what the preset asks for', () => {
  const valve = yamlOf(source({ port: 'mqtt://h', preset: 'zigbee2mqtt', user: 'lea', password: 'x', with: { device: 'Salon: 1', base: ' ' } }), 'mqtt');
  assert.equal(valve, 'meters:\n  - id: capteur\n    port: "mqtt://h"\n    preset: zigbee2mqtt\n    user: lea\n'
    + '    with: {device: "Salon: 1"}\n    password_file: /etc/ohmstead/capteur.password\n');
});

test('meters: faults alone, with their number', () => {
  assert.equal(faultWords({ bytes: 5, frames: 1, bad_fcs: 0 }), '');
  const words = faultWords({ bytes: 5, bad_fcs: 2, timeouts: 1, of_tomorrow: 9 });
  assert.ok(/^2 .+, 1 .+/.test(words) && !words.includes('9'), words);
});
