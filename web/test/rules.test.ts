import { test } from 'node:test';
import assert from 'node:assert/strict';
import { asking, asksOf, emptyForm, emptyWhen, faultsOf, formOf, idOf, kindsOf, ruleOf, yamlOf, type RuleForm } from '../src/shed/rule_form';
import { faultWords } from '../src/shed/rule_fault';
import { sentence } from '../src/shed/rule_sentence';
import { prefs } from '../src/i18n';
import type { Rule } from '../src/api/rules';
import type { Load } from '../src/api/types';

const form = (more: Partial<RuleForm>): RuleForm => ({ ...emptyForm('tank'), name: 'sun', ...more });

test('a name makes an id that addresses and journals take', () => {
  assert.equal(idOf('Soleil d’été !'), 'soleil_d_ete');
  assert.equal(idOf('…'), '');
  assert.equal(idOf('x'.repeat(60)).length, 31);
});

test('a form is told as YAML, with its exceptions', () => {
  const yaml = yamlOf(form({
    when: [emptyWhen('surplus'), { ...emptyWhen('value'), device: 'salon', quantity: 'temperature', value: '19,5' }],
    unless: [{ ...emptyWhen('time'), days: [7, 1] }],
  }));
  assert.equal(yaml, `rules:
  - id: "sun"
    when:
      - {surplus_w: 1500, for_s: 300}
      - {device: "salon", quantity: temperature, below: 19.5, hysteresis: 0.3}
    unless:
      - {time: "22:00-06:00", days: "mon,sun"}
    load: "tank"
    then: fed
    otherwise: true
    at_least_s: 1200
`);
});

test('what is wrong is told at its field', () => {
  assert.deepEqual(faultsOf(form({})), {});
  assert.deepEqual(faultsOf(form({ name: ' ', load: '' })), { 'rule-name': 'fault.name', 'rule-load': 'fault.load' });
  const of = (w: object) => faultsOf(form({ when: [{ ...emptyWhen('surplus'), ...w }] }))['rule-when-0'];
  assert.equal(of({ value: '12.5' }), 'fault.number');
  assert.equal(of({ value: 'x' }), 'fault.number');
  assert.equal(of({ for_min: '-1' }), 'fault.minutes');
  assert.equal(of({ kind: 'time', from: '24:00' }), 'fault.time');
  assert.equal(of({ kind: 'time', days: [] }), 'fault.day');
  assert.equal(of({ kind: 'value' }), 'fault.device');
  assert.equal(of({ kind: 'price', value: '-0,05' }), undefined);
  assert.deepEqual(faultsOf(form({ most_min: '5' })), { 'rule-most': 'fault.most' });
});

test('a rule of the page comes back into the form as it is', () => {
  const made = ruleOf(form({ unless: [emptyWhen('ecowatt')], when: [{ ...emptyWhen('time'), from: '00:00', to: '00:00', days: [6, 7] }] }), () => '');
  const rule = { ...made!, source: 'page', armed: false, holds: null, active: false, since: null, wins: false } as Rule;
  const back = formOf(rule)!;
  assert.equal(yamlOf(back), yamlOf(form({ unless: [emptyWhen('ecowatt')], when: [{ ...emptyWhen('time'), from: '00:00', to: '00:00', days: [6, 7] }] })));
  assert.equal(formOf({ id: 'x', source: 'page', armed: true, holds: null, active: false, since: null, wins: false, fault: 'gone' }), null);
});

test('an order of a pilot wire goes through the form and back, and a load is asked only what it takes', () => {
  const rule = ruleOf(form({ then: 'eco', otherwise: false }), () => '')!;
  assert.deepEqual([rule.then, rule.order], ['fed', 'eco']);
  assert.deepEqual([ruleOf(form({ then: 'arret' }), () => '')!.then, ruleOf(form({}), () => '')!.order], ['shed', undefined]);
  assert.match(yamlOf(form({ then: 'hors_gel' })), /then: hors_gel\n/);
  const told = { source: 'page', armed: true, holds: null, active: false, since: null, wins: false, ...rule } as Rule;
  assert.equal(formOf(told)!.then, 'eco', 'a rule that is changed keeps its order');
  assert.deepEqual(asksOf({ orders: ['confort', 'eco'] } as unknown as Load), ['fed', 'shed', 'confort', 'eco']);
  assert.deepEqual(asksOf(undefined), ['fed', 'shed']);
});

test('a load with a setpoint is asked for watts', () => {
  assert.deepEqual(asksOf({ setpoint_w: 0, min_w: 1400 } as unknown as Load), ['fed', 'shed', 'setpoint']);
  assert.equal(faultsOf(form({ then: 'setpoint', setpoint: 'peu' }))['rule-setpoint'], 'fault.number');
  const rule = ruleOf(form({ then: 'setpoint', setpoint: '2000' }), () => '')!;
  assert.deepEqual([rule.then, rule.setpoint_w, rule.order], ['fed', 2000, undefined]);
  assert.match(yamlOf(form({ then: 'setpoint', setpoint: '2000' })), /then: fed\n {4}setpoint_w: 2000\n/);
  const back = formOf({ source: 'page', armed: true, holds: null, active: false, since: null, wins: false, ...rule } as Rule)!;
  assert.deepEqual([back.then, back.setpoint], ['setpoint', '2000'], 'a rule that is changed keeps it');
});

test('a charger is asked for amperes, to a tenth', () => {
  const asked = form({ then: 'setpoint', setpoint: '10,5', amperes: true });
  assert.deepEqual(faultsOf(asked), {});
  for (const setpoint of ['', '0', '-6', '6,55', '6 A'])
    assert.equal(faultsOf({ ...asked, setpoint })['rule-setpoint'], 'fault.number', setpoint);
  const rule = ruleOf(asked, () => '')!;
  assert.deepEqual([rule.then, rule.setpoint_a, rule.setpoint_w], ['fed', 10.5, undefined]);
  assert.match(yamlOf(asked), /then: fed\n {4}setpoint_a: 10.5\n/);
  const back = formOf({ source: 'page', armed: true, holds: null, active: false, since: null, wins: false, ...rule, setpoint_w: 2415 } as Rule)!;
  assert.deepEqual([back.then, back.setpoint, back.amperes], ['setpoint', '10.5', true], 'as the daemon tells it: in both');
});

test('a number in another unit is not kept', () => {
  const charger = { id: 'car', setpoint_w: 0, w_per_a: 230 } as unknown as Load;
  const oven = { id: 'oven', setpoint_w: 0 } as unknown as Load;
  const amps = asking(form({ setpoint: '2000', then: 'setpoint' }), charger, 'setpoint');
  assert.deepEqual([amps.load, amps.then, amps.amperes, amps.setpoint], ['car', 'setpoint', true, '']);
  assert.equal(asking({ ...amps, setpoint: '10' }, charger, 'setpoint').setpoint, '10');
  assert.deepEqual(asking({ ...amps, setpoint: '10' }, oven, 'setpoint').setpoint, '');
  assert.equal(asking(amps, { id: 'lamp' } as unknown as Load, 'setpoint').then, 'fed', 'a lamp takes none');
  assert.equal(faultsOf(form({ then: 'setpoint', setpoint: '0200' }))['rule-setpoint'], 'fault.number');
});

test('a site offers the conditions that it can tell', () => {
  assert.deepEqual(kindsOf({ limits: 0, contract: false }), ['surplus', 'time', 'ecowatt', 'presence', 'value']);
  assert.deepEqual(kindsOf({ limits: 0, contract: false, outlooks: ['co2', 'overrun'] }), ['surplus', 'time', 'ecowatt', 'presence', 'co2', 'overrun', 'value']);
  assert.ok(kindsOf({ limits: 1, contract: false }).includes('order'));
  assert.deepEqual(kindsOf({ limits: 0, contract: true }).filter((kind) => ['price', 'cheapest', 'day'].includes(kind)), ['price', 'cheapest', 'day']);
});

test('what is told of hours that come goes through the form and back, as a sentence too', () => {
  const whens = [
    { ...emptyWhen('co2'), value: '45', ahead: '3' }, { ...emptyWhen('outdoor'), value: '-2,5' },
    { ...emptyWhen('outdoor'), which: 'ahead' as const, ahead: '12', below: false, value: '30' }, { ...emptyWhen('overrun'), value: '500' },
  ];
  const made = form({ when: whens });
  assert.deepEqual(faultsOf(made), {});
  const yaml = yamlOf(made);
  for (const line of ['- {co2_below: 45, ahead_h: 3}', '- {tomorrow_below: -2.5}', '- {outdoor_above: 30, ahead_h: 12}', '- {overrun_h: 6, overrun_w: 500}'])
    assert.ok(yaml.includes(line), `${line} in ${yaml}`);
  const text = ruleOf(made, () => '')!;
  const back = formOf({ ...text, source: 'page', armed: false, holds: null, active: false, since: null, wins: false } as Rule)!;
  assert.equal(yamlOf(back), yaml);
  const words = sentence(text, (id) => id).replace(/\s/g, ' ');
  for (const part of ['45 g/kWh', 'demain', '12 h', '500 W'])
    assert.ok(words.includes(part), `${part} in ${words}`);
  const of = (w: object) => faultsOf(form({ when: [{ ...emptyWhen('overrun'), ...w }] }))['rule-when-0'];
  assert.equal(of({ ahead: '' }), 'fault.hours');
  assert.equal(of({ value: '1,5' }), 'fault.number');
  assert.equal(of({ value: '' }), undefined);
});

test('a contradiction is said in the reader’s language, with its example', () => {
  const line = (when: string) => `rules.yaml:2: rules: 'a' and 'b' ask opposite things of tank at once, as when: ${when} (give one of them another priority)`;
  const said = (when: string) => faultWords(line(when), (id) => (id === 'tank' ? 'Chauffe-eau' : id));
  prefs.set({ lang: 'fr' });
  assert.equal(said('surplus 1301 W, price 0.21 EUR/kWh, Monday 12:00'),
    '« a » et « b » demandent le contraire à Chauffe-eau en même temps, par exemple : surplus de 1301 W, prix de 0,21 €/kWh, lundi 12:00. '
    + 'Donnez à l’une des deux une autre priorité.');
  assert.match(said('tomorrow red, a day that is blue, away'), /demain rouge, jour bleu, maison vide\./);
  assert.match(said('humidity of cave 61.5 %'), /humidité de « cave » à 61,5 %/);
  assert.equal(faultWords('rules.yaml:2: rules.when: something else', String), 'rules.yaml:2: rules.when: something else');
  prefs.set({ lang: 'en' });
  assert.equal(said('home'), line('home'));
  prefs.set({ lang: 'fr' });
});
