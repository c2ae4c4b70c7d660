import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { en } from '../src/i18n/en';
import { fr, type Message } from '../src/i18n/fr';
import { fill, prefs, translate, type Key } from '../src/i18n';
import { costsEn, costsFr } from '../src/costs/words';
import { docsEn, docsFr } from '../src/docs/words';
import { gridEn, gridFr } from '../src/grid/words';
import { systemEn, systemFr } from '../src/system/words';
import { useEn, useFr } from '../src/use/words';
import { loadIcon } from '../src/ui/icons';
import { day, ecowattError, level, moment, when, why } from '../src/lib/words';

const forms = (message: Message) => (typeof message === 'string' ? [message] : [message.one, message.other]);
const holes = (message: Message) => [...new Set(forms(message).join(' ').match(/\{\w+\}/g) ?? [])].sort();

function sources(folder: string): string {
  return readdirSync(folder, { withFileTypes: true }).map((entry) =>
    entry.isDirectory() ? (entry.name === 'i18n' ? '' : sources(join(folder, entry.name)))
      : readFileSync(join(folder, entry.name), 'utf8')).join('\n');
}

test('words: French and English have the same keys, in the same form', () => {
  assert.deepEqual(Object.keys(en).sort(), Object.keys(fr).sort());
  assert.deepEqual(Object.keys(docsEn).sort(), Object.keys(docsFr).sort());
  for (const key of Object.keys(fr) as Key[])
    assert.equal(typeof en[key], typeof fr[key], key);
});

test('words: pages fetched later keep the same promises', () => {
  for (const [french, english] of [[gridFr, gridEn], [costsFr, costsEn], [useFr, useEn], [systemFr, systemEn]] as [Record<string, Message>, Record<string, Message>][]) {
    assert.deepEqual(Object.keys(english).sort(), Object.keys(french).sort());
    for (const key of Object.keys(french)) {
      assert.equal(typeof english[key], typeof french[key], key);
      assert.deepEqual(holes(english[key]!), holes(french[key]!), key);
      for (const text of forms(french[key]!)) {
        assert.ok(!text.includes("'"), `${key}: typewriter apostrophe`);
        assert.ok(!/[^\s«(][:;!?»](\s|$)/.test(text), `${key}: no space before double punctuation`);
      }
    }
  }
});

test('words: both languages fill the same holes', () => {
  for (const key of Object.keys(fr) as Key[])
    assert.deepEqual(holes(en[key]), holes(fr[key]), key);
});

test('words: nothing is empty and French typography holds', () => {
  for (const key of Object.keys(fr) as Key[])
    for (const text of [...forms(fr[key]), ...forms(en[key])])
      assert.ok(text.trim().length > 0, key);
  for (const key of Object.keys(fr) as Key[])
    for (const text of forms(fr[key])) {
      assert.ok(!text.includes("'"), `${key}: typewriter apostrophe`);
      assert.ok(!/[^\s«(][:;!?»](\s|$)/.test(text), `${key}: no space before double punctuation`);
    }
});

test('words: every key is used by the page', () => {
  const text = sources(join(process.env['OHM_WEB'] ?? '.', 'src'));
  /* Keys built from data: the prefix must appear in a template. */
  const built = (key: string) => key.split('.').some((_, i, all) => {
    const prefix = all.slice(0, i + 1).join('.');
    return text.includes('`' + prefix + '.${') || text.includes(`'${prefix}', `) || text.includes("'" + prefix + ".' +");
  });
  const unused = Object.keys(fr).filter((key) => !text.includes(`'${key}'`) && !built(key));
  assert.deepEqual(unused, []);
  const unusedDocs = Object.keys(docsFr).filter((key) => !text.includes(`'${key}'`));
  assert.deepEqual(unusedDocs, []);
});

test('words: a button is called what it shows, with more after it', () => {
  for (const lang of ['fr', 'en'] as const)
    for (const [shown, called] of [['loads.force', 'loads.force_label'], ['loads.release', 'loads.release_label']] as const)
      assert.ok(translate(lang, called, { name: 'x' }).startsWith(translate(lang, shown)), `${lang} ${called}`);
});

test('words: one French word for one thing, and states that agree with any appliance', () => {
  const all = Object.values(fr).concat(Object.values(docsFr)).flatMap(forms).join('\n');
  assert.doesNotMatch(all, /dérogation|sécurité|courant mis|reste mis|Façon de voir/i);
  for (const key of ['loads.fed', 'loads.shed', 'flow.fed', 'flow.shed'] as const)
    assert.doesNotMatch(fr[key], /ée?$/, `${key} would need a gender`);
});

test('words: plurals', () => {
  assert.equal(translate('fr', 'override.hours', { n: 1 }), '1 heure');
  assert.equal(translate('fr', 'override.hours', { n: 2 }), '2 heures');
  assert.equal(fill('en', docsEn.count, { n: 0 }), '0 routes');
  assert.equal(fill('fr', docsFr.count, { n: 0 }), '0 route');
});

test('words: French double punctuation never starts a line', () => {
  assert.equal(translate('fr', 'journal.shed', { load: 'Voiture' }), 'Voiture\u00a0: courant coupé');
  assert.match(translate('fr', 'override.title', { name: 'Ballon' }), /«\u00a0Ballon\u00a0»/);
});

test('words: every cause and hold of every state has a sentence, in both languages', () => {
  for (const lang of ['fr', 'en'] as const) {
    prefs.set({ lang });
    for (const state of ['fed', 'shed'] as const)
      for (const cause of ['normal', 'ecowatt', 'manual', 'failsafe', 'breaker', 'grid', 'cap'] as const)
        for (const held_by of [null, 'min_on', 'min_off', 'shed_max', 'stagger', 'start', 'output'] as const) {
          const text = why({ state, cause, held_by, level: cause === 'ecowatt' ? 2 : null });
          assert.match(text, /\.$/, `${state} ${cause} ${held_by}: ${text}`);
          assert.doesNotMatch(text, /why\.|\{|undefined|null/);
        }
  }
});

test('words: why names the level and what holds', () => {
  prefs.set({ lang: 'fr' });
  const off = { state: 'shed', held_by: null, level: null } as const;
  assert.match(why({ ...off, cause: 'breaker', limit: 'main' }), /le disjoncteur ne saute pas/);
  assert.match(why({ ...off, cause: 'breaker', limit: 'atelier' }), /le fusible «\satelier\s» tienne/);
  assert.match(why({ ...off, cause: 'cap', limit: 'hiver' }), /votre limite «\shiver\s»/);
  assert.match(why({ ...off, state: 'fed', cause: 'cap', setpoint_w: 1840 }), /^Puissance réduite à ce qui reste/);
  assert.match(why({ ...off, state: 'fed', cause: 'cap' }), /ne peut pas encore être coupé/);
  assert.equal(why({ state: 'shed', cause: 'ecowatt', held_by: null, level: 2 }),
    'Ecowatt\u00a0: réseau tendu. Courant coupé pour soulager le réseau.');
  assert.match(why({ state: 'fed', cause: 'ecowatt', held_by: 'shed_max', level: 3 }), /très tendu.*aussi longtemps que permis/);
});

test('words: levels, known and not', () => {
  prefs.set({ lang: 'fr' });
  assert.deepEqual([0, 1, 2, 3].map(level), ['Énergie abondante', 'Réseau OK', 'Réseau tendu', 'Réseau très tendu']);
  assert.match(level(7), /inconnu \(7\)/);
});

test('words: instants near and far, in the site’s zone', () => {
  prefs.set({ lang: 'fr' });
  const now = Date.parse('2026-11-22T10:00:00Z');
  assert.equal(when('2026-11-22T21:00:00Z', now, 'Europe/Paris'), 'à 22:00');
  assert.equal(when('2026-11-23T05:00:00Z', now, 'Europe/Paris'), 'demain à 06:00');
  assert.match(when('2026-11-25T05:00:00Z', now, 'Europe/Paris'), /^mer\. 25 nov\. à 06:00$/);
  assert.equal(moment('2026-11-22T21:00:00Z', now, 'Europe/Paris'), '22:00');
  assert.equal(day('2026-11-23', '2026-11-22'), 'Demain');
});

test('words: reasons of a failed fetch', () => {
  prefs.set({ lang: 'fr' });
  assert.match(ecowattError('http_403'), /refusé/);
  assert.match(ecowattError('http_502'), /panne/);
  assert.match(ecowattError('moon_phase'), /moon_phase/);
});

test('words: the icon of a load is of its words, not of their parts', () => {
  const of = (id: string, name = '') => loadIcon({ id, name });
  assert.deepEqual([of('bureau', 'Radiateur du bureau'), of('water_heater'), of('x', 'Chauffe-eau'), of('space', 'Espace')],
    ['heat', 'drop', 'drop', 'plug']);
  assert.deepEqual([of('ecs_1'), of('ev'), of('my_car'), of('scarf'), of('pac')], ['drop', 'car', 'car', 'plug', 'heat']);
});
