/* What only a steered house can show: the page over mocks of its own. */
import { axe, close, DESK, holds, launch, open, PHONE, picture, runAll, same, until } from './harness.mjs';
import { home, pill } from './suite.mjs';
import { startMock } from '../../web/mock-server.mjs';

const browser = await launch();
const mocks = [];

/** A mock of its own for each steered test: what one breaks, another must not see. */
async function steered(first = {}) {
  const mock = await startMock();
  mocks.push(mock);
  const steer = (ask) => fetch(mock.url + '/mock', { method: 'POST', body: JSON.stringify(ask) });
  await steer(first);
  return { base: mock.url, steer };
}

const tests = [];
const test = (name, run) => tests.push([`mock: ${name}`, run]);

test('the stream stops and nobody answers: the pill leaves green, then is red, by its own clock', async () => {
  const { base, steer } = await steered();
  const page = await home(browser, base, { clock: true, network: true });
  same(await pill(page), 'ok', 'at first');
  await steer({ stream: 'dead' });
  await page.clock.runFor(9_000);
  holds((await pill(page)) !== 'ok', 'no longer green after nine seconds');
  await page.clock.runFor(15_000);
  same(await pill(page), 'bad', 'after 24 seconds');
  await page.locator('[data-alert="link"]').waitFor();
  holds(/il y a \d+\u00a0s/.test(await page.locator('.pill').innerText()), 'the age is said');
  await picture(page, 'mock-lost');
  same(await axe(page), [], 'axe while lost');
  await page.clock.runFor(300_000);
  holds(/min/.test(await page.locator('.pill').innerText()), 'the age went on growing');
  await steer({ stream: 'on' });
  await page.clock.runFor(12_000);
  await until(async () => {
    await page.clock.runFor(1000);
    return (await pill(page)) === 'ok' || pill(page);
  }, 'green again when the daemon is back');
  await close(page);
});

test('safe mode: a banner says why and what to do, and a hand can end it', async () => {
  const last = { time: new Date(Date.now() - 600_000).toISOString(), cause: 'fault', signal: 'SIGSEGV' };
  const run = { mode: 'safe', aborts: 3, last, ends: new Date(Date.now() + 6 * 3_600_000).toISOString() };
  const { base, steer } = await steered({ run, problems: ['safe_mode'] });
  for (const view of [PHONE, DESK]) {
    const page = await home(browser, base, { size: view });
    const banner = page.locator('.safe');
    await banner.locator('h2').waitFor();
    const words = await banner.innerText();
    holds(/interrompu 3 fois/.test(words) && words.includes('SIGSEGV'), words);
    holds(/état de repli/.test(words) && /reprend d’elle-même/.test(words), words);
    same(await page.locator('[data-alert="psafe_mode"]').count(), 0, 'said once');
    same(await axe(page), [], 'axe');
    await picture(page, view === PHONE ? 'mock-safe-phone' : 'mock-safe');
    await close(page);
  }
  const page = await home(browser, base);
  await page.getByRole('button', { name: 'Reprendre la marche normale' }).click();
  await page.locator('.safe [role="status"]').waitFor();
  await steer({ run: null, problems: [] });
  await until(async () => (await page.locator('.safe').count()) === 0, 'gone with the next state');
  await steer({ run: { ...run, mode: 'bare', last: null, aborts: 0 } });
  await page.locator('.safe h2').waitFor();
  holds(/à la main/.test(await page.locator('.safe').innerText()), 'begun by hand');
  await close(page);
});

test('the stream alone stops: the page asks by itself and says that it does', async () => {
  const { base, steer } = await steered();
  const page = await home(browser, base, { network: true });
  await steer({ stream: 'cut' });
  await page.locator('[data-alert="polling"]').waitFor();
  same(await pill(page), 'warn', 'amber');
  await close(page);
});

test('a stream that hangs while the meter is dead does not stay green', async () => {
  const { base, steer } = await steered();
  const page = await home(browser, base, { clock: true, network: true });
  await steer({ stream: 'stop', meter: 'stale' });
  await page.clock.runFor(12_000);
  await until(async () => (await pill(page)) === 'bad' || pill(page), 'red');
  await close(page);
});

const STATES = {
  no_bytes: 'Compteur muet', no_frame: 'Signal illisible', wrong_key: 'Clé refusée', no_key: 'Clé manquante',
  unprotected: 'Non chiffré', replayed: 'Messages anciens', other_meter: 'Autre compteur',
  unknown_layout: 'Compteur inconnu', unreachable: 'Compteur injoignable', stale: 'Données périmées',
};

test('each way a meter can fail is red, in words, with what to do, and the last value stays', async () => {
  const { base, steer } = await steered();
  const page = await home(browser, base, { size: PHONE });
  for (const [state, words] of Object.entries(STATES)) {
    await steer({ meter: state });
    await page.locator('.pill', { hasText: words }).waitFor();
    same(await pill(page), 'bad', state);
    const alert = page.locator('[data-alert="mmain"]');
    holds((await alert.innerText()).length > 60, `${state}: says what to do`);
    same(await page.locator('[data-alert="pmeter_silent"]').count(), 0, 'said once only');
    await page.locator('.card-power .headline-words', { hasText: 'dernière valeur, il y a' }).waitFor();
  }
  await picture(page, 'mock-stale');
  same(await axe(page), [], 'axe');
  await steer({ meter: 'starting' });
  await page.locator('.pill', { hasText: 'Démarrage' }).waitFor();
  same(await pill(page), 'warn', 'starting is amber');
  await steer({ meter: 'ok' });
  await until(async () => (await pill(page)) === 'ok' || pill(page), 'green again');
  await close(page);
});

test('problems of the daemon come first, known and unknown ones', async () => {
  const { base, steer } = await steered({ problems: ['store_full', 'clock_unset', 'moon_phase', 'ecowatt_refused'], error: 'token_refused' });
  const page = await home(browser, base, {});
  await page.locator('[data-alert="pstore_full"]', { hasText: 'disque est plein' }).waitFor();
  await page.locator('[data-alert="pecowatt_refused"]', { hasText: 'secret refusé' }).waitFor();
  await page.locator('[data-alert="pmoon_phase"]', { hasText: 'moon_phase' }).waitFor();
  const first = await page.evaluate(() => document.querySelector('.alerts').compareDocumentPosition(document.querySelector('.home')));
  same(first & 4, 4, 'alerts stand before the cards');
  await steer({ problems: [] });
  await page.locator('.alert').first().waitFor({ state: 'detached' });
  await close(page);
});

test('a house without Ecowatt is told so, not to wait for a signal', async () => {
  const { base } = await steered({ ecowatt: false });
  const page = await home(browser, base, {});
  await page.locator('.card-ecowatt', { hasText: 'Ecowatt n’est pas configuré' }).waitFor();
  same(await page.locator('.eco-day').count(), 0, 'no strips');
  await close(page);
});

test('orange: the water heater goes off, and the page says so, and why', async () => {
  const { base, steer } = await steered();
  const page = await home(browser, base, {});
  await steer({ level: 2 });
  const row = page.locator('[data-load="water_heater"]');
  await row.locator('.badge-shed').waitFor();
  holds(/Ecowatt.*réseau tendu.*coupé/.test(await row.locator('.load-why').innerText()), 'why');
  await page.locator('.journal li', { hasText: 'Chauffe-eau\u00a0: courant coupé' }).first().waitFor();
  await page.locator('[data-relay="0"]', { hasText: 'LED éteinte' }).waitFor();
  holds(/jusqu’à/.test(await row.innerText()), 'until when');
  await picture(page, 'mock-orange', true);
  same(await axe(page), [], 'axe while shed');
  await close(page);
});

test('Délestage: time left to trip, an order and its end, a cap to come; and no bar on dead data', async () => {
  const { base, steer } = await steered({ trip: 2, order: 6000 });
  const page = await open(browser, base, { network: true });
  await page.goto(base + '/#/delestage');
  const trip = page.locator('.limit[data-limit="main"][data-phase="2"] .limit-trip');
  same(await trip.innerText(), 'Couperait dans 47\u00a0s environ.', 'the time left');
  same(await trip.getAttribute('role'), 'alert', 'said at once');
  holds(/ordre reçu, jusqu’à .*Ensuite, dès .* 9\u00a0kVA/s.test(await page.locator('.limit[data-limit="dso"]').innerText()), 'the order, its end and what then holds');
  await page.locator('.limit[data-limit="tense"]', { hasText: /Prochaine\s: 5\s?kVA de|Ensuite, dès/ }).waitFor();
  await page.locator('[data-load="water_heater"] .load-effect', { hasText: '\u22122,4\u00a0kVA attendus, \u22122,31\u00a0kVA mesurés' }).waitFor();
  await page.locator('.card-log .journal-figures', { hasText: '2,31\u00a0kVA mesurés au compteur' }).waitFor();
  const stops = [];
  for (let i = 0; i < 60 && !stops.includes('log-to'); i++) {
    await page.keyboard.press('Tab');
    stops.push(await page.evaluate(() => document.activeElement.id || document.activeElement.tagName));
  }
  holds(stops.includes('log-wanted') && stops.includes('log-load') && stops.includes('log-to'), `by keyboard: ${stops}`);
  await steer({ meter: 'stale' });
  await page.locator('.limit .bar').first().waitFor({ state: 'detached' });
  holds(/puissance appelée inconnue/.test(await page.locator('.limit').first().innerText()), 'not known is said');
  same(await page.locator('.limit', { hasText: 'Tient sans limite' }).count(), 0, 'nothing holds on dead data');
  await page.locator('[role=status]', { hasText: 'dernier état connu' }).waitFor();
  same(await pill(page), 'bad', 'red');
  same(await axe(page), [], 'axe on dead data');
  await picture(page, 'mock-shed-dead', true);
  await close(page);
});

test('Et si ? asked by a button: cases, pay-back, what it rests on, and what cannot be understood', async () => {
  const { base } = await steered();
  for (const size of [PHONE, DESK]) {
    const page = await open(browser, base, { size, path: '/#/couts', theme: size === PHONE ? 'dark' : 'light' });
    await page.locator('.tabs a[href="#/et-si"]').click();
    await page.locator('#whatif-pv').fill('trois');
    await page.locator('.whatif-form button').click();
    await page.locator('.card-whatif [role=alert]', { hasText: 'des nombres de kWc' }).waitFor();
    await page.locator('#whatif-pv').fill('0 3');
    await page.locator('#whatif-co2').fill('50');
    await page.locator('.whatif-form button').click();
    await page.locator('.card-whatif .verdict-line', { hasText: 'de moins par an : 3 kWc, 5 kWh de batterie' }).waitFor();
    same(await page.locator('.whatif-cases tbody tr').count(), 4, 'today and three cases');
    const both = page.locator('.whatif-cases tbody tr').nth(3);
    const years = Number((await both.locator('td').nth(2).innerText()).split(/\s/)[0]);
    holds(years > 10, `9000 euros are paid back in ${years} years`);
    holds(/\d\skg$/.test(await both.locator('td').last().innerText()), 'its CO2');
    await page.locator('#whatif-kwp').fill('0');
    await page.locator('#whatif-kwh').fill('0');
    await until(async () => (await both.locator('td').nth(2).innerText()) === '—', 'without a price nothing is paid back');
    holds(await page.locator('.card-whatif .lacks li').count() >= 5, 'what it rests on');
    await page.locator('.card-whatif summary').click();
    holds(/heures pleines/.test(await page.locator('.whatif-periods').innerText()), 'by period');
    same(await axe(page), [], 'axe');
    holds(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'nothing sticks out');
    await picture(page, `mock-whatif-${size.width}`, true);
    await close(page);
  }
});

test('Et si ? with other walls and set points: the heating of it, what it costs in comfort, which zone is not known', async () => {
  const { base } = await steered();
  for (const size of [PHONE, DESK]) {
    const page = await open(browser, base, { size, path: '/#/et-si', theme: size === PHONE ? 'light' : 'dark' });
    await page.locator('#whatif-pv').fill('0');
    await page.locator('#whatif-battery').fill('0');
    await page.locator('#whatif-setpoint').fill('-9');
    await page.locator('.whatif-form button').click();
    await page.locator('.card-whatif [role=alert]', { hasText: 'des degrés de −5 à 5' }).waitFor();
    await page.locator('#whatif-setpoint').fill('−1 0');
    await page.locator('#whatif-spared').fill('30');
    await page.locator('.whatif-form button').click();
    await page.locator('.card-whatif .verdict-line', { hasText: 'pertes −30\u00a0%' }).waitFor();
    const colder = page.locator('.whatif-cases tbody tr', { hasText: 'pertes −30\u00a0%, consigne −1\u00a0°C' });
    same(await colder.locator('td').nth(2).innerText(), '—', 'walls have no price');
    holds(/5.200\s°C·h$/.test(await colder.locator('td').last().innerText()), 'degree-hours below the set point');
    const basis = await page.locator('.card-whatif .lacks').innerText();
    holds(/Séjour perd 112\sW par degré/.test(basis) && /Bureau\s: pas encore assez d’informations \(deux jours/.test(basis), basis);
    same(await axe(page), [], 'axe');
    holds(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'nothing sticks out');
    await picture(page, `mock-whatif-heat-${size.width}`, true);
    await close(page);
  }
});

test('Et si 6 kVA ? asked for by hand: trips, who waits, what is saved, what it lacks', async () => {
  const { base } = await steered();
  for (const size of [PHONE, DESK]) {
    const page = await open(browser, base, { size, theme: size === PHONE ? 'dark' : 'light' });
    await page.goto(base + '/#/delestage');
    await page.locator('.card-powers button').click();
    await page.locator('.card-powers .verdict-line', { hasText: '6\u00a0kVA suffisent avec le délestage.' }).waitFor();
    holds(/80,76\u00a0€ d’abonnement en moins par an/.test(await page.locator('.card-powers').innerText()), 'what is saved');
    same(await page.locator('.card-powers tbody tr').count(), 2, 'who would have waited');
    same(await page.locator('#what-power option').allInnerTexts(), ['3\u00a0kVA', '6\u00a0kVA', '9\u00a0kVA', '12\u00a0kVA (la vôtre)'], 'powers to think of');
    same(await page.locator('.lacks li').count(), 3, 'what it lacks');
    await page.locator('#what-power').selectOption('3');
    await page.locator('.card-powers .verdict-line', { hasText: '12 coupures malgré le délestage' }).waitFor();
    same(await axe(page), [], 'axe');
    holds(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'nothing sticks out');
    await picture(page, `mock-powers-${size.width}`, true);
    await close(page);
  }
});

test('Alertes: what is wrong, its curve, what it costs; seen, taught and taken back; and none', async () => {
  for (const size of [PHONE, DESK]) {
    const { base } = await steered();
    const page = await open(browser, base, { size, theme: size === PHONE ? 'dark' : 'light' });
    await page.goto(base + '/#/alertes');
    const alarm = page.locator('.card-alarms-open .alarm');
    await alarm.locator('h3', { hasText: 'La consommation de fond a changé d’un coup' }).waitFor();
    const words = (await alarm.innerText()).replace(/\s+/g, ' ');
    holds(/Mesuré 430 W, attendu 190 W\./.test(words), words);
    holds(/1,19 € par jour/.test(words), `what it costs: ${words}`);
    await alarm.locator('.alarm-line').waitFor();
    same(await alarm.locator('.alarm-band').count(), 1, 'the band that was expected');
    holds((await alarm.locator('tbody tr').count()) > 20, 'the curve as a table for voices');
    same(await axe(page), [], 'axe');
    await picture(page, `mock-alarms-${size.width}`, true);
    holds(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'nothing sticks out');
    same(await page.locator('.alarm-past li').count(), 2, 'what was');
    await page.locator('#alarm-kind').selectOption('spike');
    same(await page.locator('.alarm-past li').count(), 1, 'one kind');
    await page.locator('#alarm-kind').selectOption('');
    await alarm.getByRole('button', { name: 'J’ai vu' }).click();
    await alarm.locator('p', { hasText: 'Vue par marie' }).waitFor();
    await alarm.getByRole('button', { name: 'C’est normal' }).click();
    await alarm.getByRole('button', { name: 'Ne plus signaler' }).click();
    await page.locator('.alarm-none').waitFor();
    const normal = page.locator('.alarm-past li', { hasText: 'normal ici' });
    await normal.getByRole('button', { name: 'Signaler de nouveau' }).click();
    await alarm.waitFor();
    await close(page);
  }
  const { base, steer } = await steered({ alarms: 'calm' });
  const calm = await open(browser, base, { size: PHONE, locale: 'en-GB' });
  await calm.goto(base + '/#/alertes');
  await calm.locator('.alarm-none', { hasText: 'Nothing unusual' }).waitFor();
  same(await calm.locator('.alarms-page').evaluate((el) => / (Depuis|Mesuré|attendu|terminée)/.test(el.innerText)), false, 'no French left');
  same(await axe(calm), [], 'axe, in English');
  await close(calm);
  await steer({ alarms: 'none' });
  const young = await open(browser, base, { size: DESK });
  await young.goto(base + '/#/alertes');
  await young.locator('.card-alarms-open', { hasText: 'deux semaines de mesures' }).waitFor();
  await close(young);
});

test('the day’s curve over what was forecast of it, told and in its table; and a house without', async () => {
  const { base, steer } = await steered();
  const page = await open(browser, base, { size: DESK });
  await page.locator('.curve-host[data-expected]').waitFor();
  await page.locator('.card-curve', { hasText: 'Prévision : la médiane' }).waitFor();
  await page.locator('.card-curve .switch button').nth(1).click();
  holds(/de .*W à .*W/.test(await page.locator('.card-curve tbody tr').last().innerText()), 'the band of the last hour');
  same(await axe(page), [], 'axe');
  await picture(page, 'mock-expected', true);
  await close(page);
  await steer({ forecast: 'off' });
  const without = await open(browser, base, { size: PHONE });
  await without.locator('.curve-host canvas').waitFor();
  same(await without.locator('.curve-host[data-expected]').count(), 0, 'nothing is expected');
  await close(without);
});

test('Prévisions & plan: what is saved, the prices, what each load does and why; and no plan', async () => {
  const { base, steer } = await steered({ plan: 'relaxed' });
  for (const size of [PHONE, DESK]) {
    const page = await open(browser, base, { size, theme: size === PHONE ? 'dark' : 'light' });
    await page.goto(base + '/#/plan');
    await page.locator('.card-plan-saved .headline', { hasText: 'de moins que sans plan' }).waitFor();
    const wide = await page.evaluate(() => [...document.querySelectorAll('.plan-page > .card')].map((card) => card.getBoundingClientRect().width / innerWidth));
    holds(Math.min(...wide) > (size === PHONE ? 0.8 : 0.4), `cards fill the page: ${wide}`);
    const [nav, tools] = await page.evaluate(() => [[...document.querySelectorAll('.way')].at(-1), document.querySelector('.tools')].map((el) => el.getBoundingClientRect().toJSON()));
    holds(nav.right <= tools.left || nav.top >= tools.bottom, 'the pages do not lie under the tools');
    holds(/1,44\u00a0€/.test(await page.locator('.card-plan-saved .headline').innerText()), 'what is saved, comfort counted');
    holds(/il manque 2,3 kWh à la voiture, compté 3,45\u00a0€/.test(await page.locator('.card-plan-saved .plan-relaxed').innerText()), 'what gave way, and its price');
    holds(/Chauffage du salon\s: une pièce au-dessous de son programme, de 0,4\sK au plus, compté/.test(await page.locator('.card-plan-saved .plan-relaxed').innerText()), 'and of which load');
    holds(/le prix n’est pas encore connu/.test(await page.locator('.card-plan-price').innerText()), 'where prices end');
    same(await page.locator('.plan-load').count(), 4, 'three loads and the battery');
    const asked = (await page.locator('.card-plan-price').innerText()).replace(/\s+/g, ' ');
    holds(/Ecowatt rouge, des appareils seront coupés/.test(asked) && /4,2 kW au plus \(dso\)/.test(asked), 'hours to avoid');
    holds(/prévu d’après 32 jours/.test(asked), 'what the forecast is made of');
    holds(/attend jusqu’à .* moins cher plus tard : 0,1579 €\/kWh au lieu de 0,2065/.test(
      (await page.locator('.plan-load .plan-next').first().innerText()).replace(/\s+/g, ' ')), 'why it waits');
    holds(/Trait : ce qui est prévu\. Bande : ce qui convient/.test((await page.locator('.card-plan-loads').innerText()).replace(/\s+/g, ' ')), 'what line, band and bars are');
    const frames = await page.locator('.plan-frame').evaluateAll((all) => all.map((el) => [...el.querySelectorAll('span')].map((one) => one.textContent)));
    same(frames.length, 4, 'each has a drawing');
    holds(frames.every((ends) => ends.length === 2 && ends.every((end) => /^-?\d+(,\d)?\s(°C|kWh|%)$/.test(end))), `the ends of each have units: ${frames}`);
    same(await page.locator('.plan-level .ribbon-scale').evaluateAll((all) => all.map((el) => el.children.length)), [5, 5, 5, 5], 'and hours below');
    holds(/plus tard avec votre propre soleil, au lieu de/.test(await page.locator('.plan-load', { hasText: 'Chauffage' }).locator('.plan-next').innerText()), 'sun costs nothing');
    await page.locator('.plan-load .switch button').nth(1).click();
    await page.locator('.plan-load tbody tr', { hasText: 'les heures les moins chères' }).waitFor();
    same(await axe(page), [], 'axe');
    holds(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'nothing sticks out');
    await picture(page, `mock-plan-${size.width}`, true);
    await close(page);
  }
  const page = await open(browser, base, { size: PHONE, locale: 'en-GB' });
  await page.goto(base + '/#/plan');
  await page.locator('.plan-load', { hasText: 'cheaper later' }).first().waitFor();
  same(await page.locator('.plan-page').evaluate((el) => / (attend|jusqu’à|moins cher) /.test(el.innerText)), false, 'no French left');
  await close(page);
  await steer({ plan: 'old' });
  const old = await open(browser, base, { size: PHONE });
  await old.goto(base + '/#/plan');
  await old.locator('.card-plan-saved [role=alert]', { hasText: 'aucun nouveau n’a été fait depuis' }).waitFor();
  same(await axe(old), [], 'axe, an old plan');
  await close(old);
  for (const [state, words] of [['none', 'Pas de plan'], ['off', 'Rien n’est planifié']]) {
    await steer({ plan: state });
    const empty = await open(browser, base, { size: PHONE });
    await empty.goto(base + '/#/plan');
    await empty.locator('.card-plan-none', { hasText: words }).waitFor();
    same(await axe(empty), [], `axe, ${state}`);
    await close(empty);
  }
});

test('Chauffage: while the first plan is being made nobody is told that there is none', async () => {
  const { base } = await steered({ plan: 'starting' });
  const page = await open(browser, base, { size: PHONE, path: '/#/chauffage' });
  await page.locator('.card-zone', { hasText: 'Le premier plan se prépare.' }).first().waitFor();
  same(await page.locator('.card-zone', { hasText: 'Pas de plan' }).count(), 0, 'there will be one');
  same(await axe(page), [], 'axe');
  await close(page);
});

test('Chauffage: zones with set points, a hand with an end, the schedule, what is known; a silent sensor; none', async () => {
  const { base, steer } = await steered({ zones: 'learnt' });
  for (const size of [PHONE, DESK]) {
    const page = await open(browser, base, { size, theme: size === PHONE ? 'dark' : 'light' });
    await page.goto(base + '/#/chauffage');
    const living = page.locator('.card-zone').first();
    await living.locator('.headline', { hasText: '19,4' }).waitFor();
    const words = (await living.innerText()).replace(/\s+/g, ' ');
    holds(/Consigne : 20,0 °C\. Le thermostat demande de la chaleur\./.test(words), words);
    holds(/perd 112 W par degré \(entre 96 W et 131 W\) et emmagasine 1,5 kWh par degré/.test(words), words);
    holds(/Erreur sur une journée jamais vue : 0,3 K/.test(words), words);
    holds(/lun\.–ven\. 06:00 20,0 °C/.test(words), words);
    holds(/tous les jours 22:00 17,0 °C/.test(words), words);
    await living.locator('.plan-level svg').waitFor();
    holds(/Pas encore assez d’informations/.test(await page.locator('.card-zone').nth(1).innerText()), 'a zone that is not known yet');
    same(await axe(page), [], 'axe');
    holds(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'nothing sticks out');
    await picture(page, `mock-heating-${size.width}`, true);
    await close(page);
  }
  const page = await open(browser, base, { size: PHONE, locale: 'en-GB' });
  await page.goto(base + '/#/chauffage');
  const living = page.locator('.card-zone').first();
  await living.getByRole('button', { name: 'Change the set point' }).click();
  await page.getByLabel('Wanted temperature').fill('99');
  await page.evaluate(() => document.querySelectorAll('dialog form').forEach((form) => { form.noValidate = true; }));
  await page.getByRole('button', { name: 'Apply' }).click();
  await page.getByRole('alert').filter({ hasText: 'between 5.0' }).waitFor();
  await page.getByLabel('Wanted temperature').fill('18.5');
  same(await axe(page), [], 'axe, the dialog');
  await page.getByRole('button', { name: 'Apply' }).click();
  await living.getByText(/Set point: 18\.5.°C, by hand, until .*The schedule asks for 20\.0/).waitFor();
  await living.getByRole('button', { name: 'Back to the schedule' }).click();
  await living.getByText(/Set point: 20\.0.°C\./).waitFor();
  same(await page.locator('.heat-page').evaluate((el) => / (consigne|capteur|thermostat attend) /i.test(el.innerText)), false, 'no French left');
  await close(page);
  for (const [zones, words] of [['silent', 'Le capteur ne répond plus.'], ['none', 'Aucune zone n’est configurée']]) {
    await steer({ zones });
    const other = await open(browser, base, { size: PHONE });
    await other.goto(base + '/#/chauffage');
    await other.locator('#main', { hasText: words }).waitFor();
    same(await axe(other), [], `axe, ${zones}`);
    await close(other);
  }
});

test('rules as sentences; others are checked and simulated before anything is armed', async () => {
  const { base } = await steered();
  for (const size of [PHONE, DESK]) {
    const page = await open(browser, base, { network: true, size, theme: size === PHONE ? 'light' : 'dark' });
    await page.goto(base + '/#/delestage');
    const plain = async (rule) => (await page.locator(`[data-rule="${rule}"] p`).first().innerText()).replace(/\u00a0/g, ' ');
    await page.locator('[data-rule="sun"]').waitFor();
    same(await plain('sun'), 'Quand le surplus solaire dépasse 1,5 kW pendant 5 min, alors Chauffe-eau en marche, au moins 20 min ; sinon à l’arrêt.', 'the sun');
    same(await plain('warm'), 'Quand température de « salon » passe sous 19,5 °C et il est entre 08:00 et 18:00, lundi, mardi, mercredi, jeudi, vendredi, alors Chauffage du salon en marche.', 'a thermostat');
    same(await plain('dear'), 'Quand le prix dépasse 0,2000 €/kWh et Ecowatt dit au moins « réseau tendu », alors Voiture à l’arrêt.', 'a price');
    await page.locator('[data-rule="warm"]', { hasText: 'la règle ne demande rien' }).waitFor();
    await page.locator('.rules-try summary').click();
    await page.locator('.rules-ready button').first().click();
    holds((await page.locator('#rules-yaml').inputValue()).startsWith('rules:\n  - id: sun'), 'a rule that is ready');
    await page.locator('.rules-try button[type=submit]').click();
    await page.locator('[data-trial="sun"]', { hasText: 'aurait agi 9 fois' }).waitFor();
    await page.locator('.rules-try', { hasText: 'niveaux Ecowatt passés' }).waitFor();
    same(await axe(page), [], 'axe');
    await page.locator('#rules-yaml').fill('rules: contredit');
    await page.locator('.rules-try button[type=submit]').click();
    await page.locator('.rules-try [role=alert]', { hasText: 'ask opposite things' }).waitFor();
    holds(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'nothing sticks out');
    await picture(page, `mock-rules-${size.width}`, true);
    await close(page);
  }
});

test('a rule is written as a sentence, simulated, armed, put by and removed', async () => {
  for (const size of [PHONE, DESK]) {
    const { base } = await steered();
    const page = await open(browser, base, { network: true, size, theme: size === PHONE ? 'dark' : 'light' });
    await page.goto(base + '/#/delestage');
    await page.locator('[data-rule="sun"]', { hasText: 'fichier de configuration' }).waitFor();
    await page.locator('.rule-write').click();
    const form = page.locator('.rule-editor');
    await page.waitForFunction(() => document.activeElement?.matches('.rule-editor h3'));
    await form.locator('#rule-name').fill('Soleil d’été');
    await form.locator('#rule-when-0-value').fill('beaucoup');
    await form.locator('.rule-when', { hasText: 'Un nombre est attendu' }).first().waitFor();
    same(await form.locator('.rule-when').first().getAttribute('aria-describedby'), 'rule-when-0-fault', 'a fault is told with what it is of');
    same(await form.locator('#rule-when-0-fault').getAttribute('role'), 'status', 'and as it comes');
    holds(await form.locator('button[type=submit]').isDisabled(), 'what is wrong is not asked');
    await form.locator('#rule-when-0-value').fill('1200');
    for (const [kind, words] of [['day', 'le jour suivant est rouge'], ['cheapest', 'une des 4 heures les moins chères'], ['presence', 'tout le monde est absent'],
      ['ecowatt', 'Ecowatt dit au moins'], ['surplus', 'le surplus']]) {
      await form.locator('#rule-when-0-kind').selectOption(kind);
      await form.locator('.rule-said', { hasText: words }).waitFor();
    }
    await form.locator('#rule-when-0-value').fill('1200');
    await page.locator('.rule-presence button', { hasText: 'vide' }).click();
    await page.locator('.rule-presence button[aria-pressed=true]', { hasText: 'vide' }).waitFor();
    await form.locator('button', { hasText: 'sauf si' }).click();
    const said = (await form.locator('.rule-said').innerText()).replace(/\u00a0/g, ' ');
    same(said, 'Quand le surplus solaire dépasse 1,2 kW pendant 5 min, alors Chauffe-eau en marche, au moins 20 min, sauf si il est entre 22:00 et 06:00 ; sinon à l’arrêt.'.replace('sauf si il', 'sauf s’il'), 'the sentence');
    same(await axe(page), [], 'axe with the form');
    holds(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'nothing sticks out');
    await picture(page, `mock-rule-form-${size.width}`, true);
    await form.locator('button', { hasText: 'quand même' }).waitFor();
    await form.locator('button[type=submit]').click();
    await form.locator('[data-trial="soleil_d_ete"]', { hasText: 'aurait agi 9 fois' }).waitFor();
    same(await form.locator('[data-trial]').count(), 2, 'what is armed already is not told again');
    await form.locator('button', { hasText: /^Activer$/ }).click();
    const item = page.locator('[data-rule="soleil_d_ete"]');
    await item.locator('text=Activée par marie').waitFor();
    await item.locator('.rule-yaml summary').click();
    holds((await item.locator('pre').innerText()).includes('surplus_w: 1200'), 'its YAML');
    await item.locator('button', { hasText: 'Désactiver' }).click();
    await item.locator('text=Mise de côté par marie').waitFor();
    await item.locator('button', { hasText: 'Modifier' }).click();
    await form.locator('h3', { hasText: 'Modifier « soleil_d_ete »' }).waitFor();
    same(await form.locator('#rule-when-0-value').inputValue(), '1200', 'as it was written');
    await form.locator('button', { hasText: 'Fermer' }).click();
    await page.waitForFunction(() => document.activeElement?.matches('[data-rule="soleil_d_ete"] .rule-change'));
    same(await axe(page), [], 'axe with a rule of the page');
    await item.locator('button', { hasText: 'Supprimer' }).click();
    await item.locator('button', { hasText: 'Supprimer vraiment' }).click();
    await item.waitFor({ state: 'detached' });
    await close(page);
  }
});

test('Délestage in English, in the dark, on a phone', async () => {
  const { base } = await steered({ level: 2 });
  const page = await open(browser, base, { size: PHONE, theme: 'dark', locale: 'en-GB' });
  await page.goto(base + '/#/delestage');
  await page.locator('.limit', { hasText: 'Breaker' }).first().waitFor();
  await page.locator('.tier-head', { hasText: 'Tier 1: cut first' }).waitFor();
  same(await page.locator('.shed-page').evaluate((el) => / (attendus|mesurés|coupé|depuis) /.test(el.innerText)), false, 'no French left');
  same(await axe(page), [], 'axe');
  holds(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'nothing sticks out');
  await picture(page, 'mock-shed-en', true);
  await close(page);
});

test('what gives power back is said in the other direction', async () => {
  const { base } = await steered({ solar: true });
  const page = await home(browser, base, {});
  const now = await page.evaluate(async () => (await (await fetch('/api/v1/state')).json()).now);
  const words = await page.locator('.card-power .headline-words').innerText();
  same(words, now.export_w > 0 ? 'rendus au réseau' : 'pris sur le réseau', 'direction');
  await close(page);
});

test('gaps of the day are gaps: the table says so too', async () => {
  const { base } = await steered();
  const page = await home(browser, base, {});
  await page.locator('.card-curve .curve-days button').first().click();
  await page.locator('.curve-day', { hasText: 'Hier' }).waitFor();
  await page.locator('.curve-host canvas').waitFor();
  const data = await page.evaluate(async () => {
    const text = [...document.querySelectorAll('.card-curve tbody tr')].map((row) => row.textContent);
    return text;
  });
  same(data.length >= 23, true, 'hours');
  await picture(page, 'mock-gap');
  await close(page);
});

test('first run: the console’s code makes the administrator, who then manages accounts', async () => {
  const { base } = await steered({ demo: false, claimed: false });
  const page = await open(browser, base, { network: true });
  await page.locator('h2', { hasText: 'Première visite' }).waitFor();
  same(await axe(page), [], 'claim');
  await page.locator('#code').fill('000-000');
  await page.locator('#user').fill('paul');
  await page.locator('#password').fill('un bon long secret');
  await page.locator('button[type=submit]').click();
  await page.locator('[role=alert]', { hasText: 'Code refusé' }).waitFor();
  await page.locator('#code').fill('123-456');
  await page.locator('button[type=submit]').click();
  await page.locator('.card-loads .load').first().waitFor();
  same(await page.locator('.demo').count(), 0, 'no demo banner on a real site');
  await page.goto(base + '/#/settings');
  await page.locator('#new-user').fill('lea');
  await page.locator('#new-password').fill('encore un secret');
  await page.locator('#new-role').selectOption('viewer');
  await page.locator('form:has(#new-user) button[type=submit]').click();
  await page.locator('th', { hasText: /^lea$/ }).waitFor();
  await page.locator('#token-name').fill('tableau');
  await page.locator('form:has(#token-name) button[type=submit]').click();
  await page.locator('.secret code').waitFor();
  same(await axe(page), [], 'settings of an administrator');
  await picture(page, 'mock-settings', true);
  await page.locator('button', { hasText: 'Supprimer' }).last().click();
  await page.locator('dialog[open] .danger').click();
  await page.locator('th', { hasText: /^lea$/ }).waitFor({ state: 'detached' });
  await close(page);
});

test('signing out locks the page; a wrong password does not open it, the right one does', async () => {
  const { base } = await steered({ demo: false, account: 'marie' });
  const page = await home(browser, base, { network: true });
  await page.goto(base + '/#/settings');
  await page.locator('button', { hasText: 'Se déconnecter' }).click();
  await page.locator('#password').waitFor();
  same(await page.locator('.load').count(), 0, 'nothing is shown any more');
  same(await axe(page), [], 'sign-in');
  await page.locator('#user').fill('marie');
  await page.locator('#password').fill('wrong');
  await page.locator('form button[type=submit]').click();
  await page.locator('[role=alert]', { hasText: 'refusé' }).waitFor();
  await page.locator('#password').fill('correct horse battery');
  await page.locator('form button[type=submit]').click();
  await page.locator('button', { hasText: 'Se déconnecter' }).waitFor();
  await page.locator('#current').fill('correct horse battery');
  await page.locator('#changed').fill('another horse battery');
  await page.locator('form:has(#current) button[type=submit]').click();
  await page.locator('[role=status]', { hasText: 'mot de passe est changé' }).waitFor();
  await close(page);
});

for (const theme of ['light', 'dark'])
  test(`Réseau and Coûts trip no reader and stick out nowhere (${theme})`, async () => {
    const { base } = await steered({ signals: 'tomorrow' });
    for (const size of [PHONE, DESK]) {
      const page = await open(browser, base, { size, theme, still: true });
      for (const [place, last] of [['reseau', '.signals li'], ['couts', '.card-size tbody tr']]) {
        await page.locator(`.way[href="#/${place}"]`).click();
        await page.locator(last).first().waitFor();
        same(await axe(page), [], `${place} at ${size.width}`);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        holds(wide <= 0, `${place}: ${wide} pixels too wide at ${size.width}`);
        await picture(page, `mock-${place}-${theme}-${size.width}`, true);
      }
      await close(page);
    }
  });

test('Tempo: tomorrow is not published, then red; what is left of a season told in part is a maximum', async () => {
  const { base, steer } = await steered();
  const page = await open(browser, base, { path: '/#/reseau' });
  const days = page.locator('.tempo-now');
  await days.nth(1).filter({ hasText: 'Pas encore publié' }).waitFor();
  holds(/Blanc/.test(await days.first().innerText()), 'the colour that holds');
  holds(/api-couleur-tempo\.fr · reçu il y a 1\d\u00a0min/.test(await days.first().innerText()), 'its source and age');
  await page.locator('.season li', { hasText: /21 jours au plus/ }).waitFor();
  await page.locator('.price-tomorrow').waitFor();
  await steer({ signals: 'tomorrow' });
  await page.reload();
  await days.nth(1).filter({ hasText: 'Rouge' }).waitFor();
  same(await page.locator('.price-tomorrow').count(), 0, 'tomorrow has its prices');
  await close(page);
});

test('the ribbon of prices: by keyboard, and as a table, each with its unit', async () => {
  const { base } = await steered({ signals: 'tomorrow' });
  const page = await open(browser, base, { path: '/#/reseau' });
  const ribbon = page.locator('.ribbon');
  await ribbon.focus();
  await page.keyboard.press('Home');
  const said = page.locator('.ribbon-readout');
  holds(/^Aujourd’hui, 00:00 – 01:00\u00a0: .+€\/kWh$/.test(await said.innerText()), await said.innerText());
  await page.keyboard.press('End');
  holds(/^Demain, 23:00 – 00:00/.test(await said.innerText()), await said.innerText());
  await page.locator('.card-price .switch button').last().click();
  same(await page.locator('.card-price tbody tr').count(), 48, 'hours of two days');
  for (const cell of await page.locator('.card-price tbody td').allInnerTexts())
    holds(cell.includes('€/kWh'), cell);
  await close(page);
});

test('Coûts: every amount in euros with the date of its price; without a contract, what to configure', async () => {
  const { base, steer } = await steered();
  const page = await open(browser, base, { path: '/#/couts', network: true });
  await page.locator('.card-bill tbody tr').first().waitFor();
  for (const row of await page.locator('.card-bill tbody tr').allInnerTexts())
    holds(/prix du 01\/02\/2026 \(non vérifié\)/.test(row) && /\d,\d\d\u00a0€\s*$/.test(row), row);
  holds(/95,87\u00a0€/.test(await page.locator('.card-bill tfoot').innerText()), 'the total');
  await page.locator('.card-projection', { hasText: /entre 118,40\u00a0€ et 136,90\u00a0€/ }).waitFor();
  await page.locator('.card-compare', { hasText: /HP\/HC, 6\u00a0kVA, soit 103,77\u00a0€ de moins/ }).waitFor();
  await page.locator('.card-size', { hasText: /6\u00a0kVA suffisent à cette pointe\u00a0: 103,77\u00a0€ de moins que vos 12\u00a0kVA/ }).waitFor();
  await page.locator('.card-contract tbody tr', { hasText: /01\/02\/2026[\s\S]*non vérifié[\s\S]*0,2065/ }).waitFor();
  await page.locator('.card-shift button').click();
  await page.locator('.card-shift', { hasText: /412,0\u00a0kWh déplacés[\s\S]*123,77\u00a0€ de moins/ }).waitFor();
  await page.locator('.card-bill .switch button').nth(1).click();
  await page.locator('#last-register').fill('12 345,5');
  await page.locator('.card-bill form .button').click();
  await page.locator('.card-bill', { hasText: 'Depuis la facture arrêtée au' }).waitFor();
  await steer({ contract: false });
  await page.reload();
  await page.locator('.card-bill .add', { hasText: 'contract:' }).waitFor();
  await close(page);
});

test('Accueil: the price of now under Tempo, and under periods of one’s own', async () => {
  const { base, steer } = await steered({ tariff: 'tempo' });
  const page = await home(browser, base, {});
  await page.locator('.tariff', { hasText: /rouge[\s\S]*0,(1575|7060)\u00a0€/i }).waitFor();
  await steer({ tariff: 'own' });
  await page.reload();
  await page.locator('.tariff', { hasText: /(matin|soir)[\s\S]*0,(12|24)/ }).waitFor();
  await close(page);
});

test('the contract’s form: seasons, taxes and market prices have fields, and a fault is told at its own', async () => {
  const { base } = await steered({ demo: false });
  const page = await open(browser, base, { path: '/#/couts', network: true });
  await page.locator('#user').fill('marie');
  await page.locator('#password').fill('correct horse battery');
  await page.locator('button[type=submit]').click();
  const card = page.locator('.card-contract');
  await card.locator('.contract-buttons button').first().click();
  await page.locator('#c-kind').selectOption('periods');
  await page.locator('#c-slot-1-0-hours').fill('22h-6h');
  await page.locator('#c-slot-1-0-from').fill('01/11');
  await page.locator('#c-price-0-0').fill('0,20');
  await card.locator('summary', { hasText: 'Taxes et TVA' }).click();
  await page.locator('#c-taxed').selectOption('no');
  await page.locator('#c-vat-energy').fill('vingt');
  await card.locator('summary', { hasText: 'Contrat professionnel' }).click();
  await page.locator('#c-pro-on').check();
  await card.locator('button[type=submit]').click();
  await page.locator('#c-slot-1-0-hours-fault', { hasText: '22:30-06:30' }).waitFor();
  await page.locator('#c-slot-1-0-to-fault', { hasText: 'Un jour et un mois' }).waitFor();
  await page.locator('#c-price-0-1-fault', { hasText: 'À remplir' }).waitFor();
  await page.locator('#c-vat-energy-fault', { hasText: 'Un nombre' }).waitFor();
  same(await page.locator('#c-vat-energy').getAttribute('aria-describedby'), 'c-vat-energy-fault', 'said with the field');
  await card.locator('.error', { hasText: '5 champs sont à revoir' }).waitFor();
  same(await axe(page), [], 'the form with its faults');
  same(await page.evaluate(() => document.activeElement?.id), 'c-slot-1-0-hours', 'the first one has the focus');
  await page.locator('#c-slot-1-0-hours').fill('22:00-06:00');
  await page.locator('#c-slot-1-0-to').fill('31/03');
  await page.locator('#c-price-0-1').fill('0,10');
  await page.locator('#c-month-0').fill('12,5');
  await page.locator('#c-vat-energy').fill('20');
  await card.locator('button[type=submit]').click();
  await page.locator('#c-kind').waitFor({ state: 'detached' }); // taken
  await card.locator('.contract-buttons button').first().click();
  same(await page.locator('#c-slot-1-0-to').inputValue(), '31/03', 'the form is taken up again');
  await page.locator('#c-kind').selectOption('spot');
  await page.locator('#c-spot-loss').fill('7');
  holds((await page.locator('#c-yaml').inputValue()).includes('loss: 0.07'), 'percent');
  await close(page);
});

test('machines: shares, costs, common parts, meters that contradict each other, sources compared', async () => {
  const { base } = await steered();
  for (const size of [PHONE, DESK]) {
    const page = await home(browser, base, { size });
    await page.goto(base + '/#/bilan');
    await page.locator('.tabs a[href="#/postes"]').click();
    await page.locator('.card-parts tbody tr').nth(3).waitFor();
    same(await page.locator('.card-parts tbody th').allInnerTexts(), ['press', 'compressor', 'lighting', 'Reste (parties communes, divers)'], 'the largest first');
    holds(/720,0\u00a0kWh.*45\u00a0%.*131,20\u00a0€.*4,40\u00a0kW.*900,0\u00a0kWh/s.test(await page.locator('.card-parts tbody tr').first().innerText()), 'a machine whole');
    holds(/1[\u202f ]600,0\u00a0kWh.*288,00\u00a0€/s.test(await page.locator('.card-parts tfoot').innerText()), 'the sum is the whole');
    await page.locator('.card-parts [role=status]', { hasText: 'Pendant 3 intervalles' }).waitFor();
    await page.locator('.card-sources', { hasText: /tic\s: \u22120,6\u00a0%/ }).waitFor();
    await page.locator('.use-when a').first().click();
    await page.waitForURL(/postes\/\d{4}-\d{2}$/);
    holds(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'nothing sticks out');
    same(await axe(page), [], 'axe on the parts');
    await picture(page, `mock-parts-${size.width}`, true);
    await close(page);
  }
});

test('the month: what was used and what it cost, against before, the base load, what to take from it; printed', async () => {
  const { base } = await steered({ outdoor: true });
  for (const size of [PHONE, DESK]) {
    const page = await home(browser, base, { size });
    await page.goto(base + '/#/bilan');
    const card = page.locator('.card-month');
    await card.locator('.big', { hasText: '€' }).waitFor();
    await card.locator('.sys-facts dd').nth(3).waitFor();
    const words = await card.innerText();
    holds(/1 % de plus par rapport au mois précédent/.test(words.replace(/\u00a0/g, ' ')), 'against the month before');
    holds(/6 % de moins par rapport à/.test(words.replace(/\u00a0/g, ' ')), 'against the year before');
    holds(/380\u00a0W presque toujours, soit .*kWh et environ .*€/.test(words), 'the base load and its price');
    holds(/12\u00a0% de la consommation couverte/.test(words), 'own production');
    await page.locator('.card-weather', { hasText: /22,0\u00a0kWh par jour, 20,0\u00a0kWh attendus d’un tel temps\u00a0: \+10\u00a0%/ }).waitFor();
    same(await page.locator('#weather-key').inputValue(), 'home/garden/outdoor/temperature', 'the garden is outside');
    same(await page.locator('.card-year tbody tr').count(), 12, 'a year of months');
    same(await page.locator('.mean-day path').count(), 3, 'two kinds of days and an axis');
    await page.locator('.card-top li').nth(2).waitFor();
    await page.locator('.card-advice li').first().waitFor();
    holds(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'nothing sticks out');
    same(await axe(page), [], 'axe on the month');
    await picture(page, `mock-month-${size.width}`, true);
    await page.emulateMedia({ media: 'print' });
    same([await page.locator('.ways').isVisible(), await card.locator('.no-print').isVisible(), await card.isVisible()], [false, false, true], 'on paper');
    await close(page);
  }
});

test('quality: a critical risk first, what to move, months to be billed, a week that broke the standard', async () => {
  const { base } = await steered();
  const page = await home(browser, base, { size: PHONE });
  await page.goto(base + '/#/qualite');
  await page.locator('.risk').nth(1).waitFor();
  same(await page.locator('.risk-level').allInnerTexts(), ['Critique', 'Majeur'], 'the gravest first');
  holds(/12,90\u00a0kVA, limite 12,00\u00a0kVA/.test(await page.locator('.risk').first().innerText()), 'figures with units');
  await page.locator('.card-balance .q-advice', { hasText: /5,\d\u00a0A de la phase 1 vers la phase 3/ }).waitFor();
  holds(/410\u00a0kvarh/.test(await page.locator('.card-reactive tbody').innerText()), 'to be billed');
  holds(/hors saison/.test(await page.locator('.card-reactive tbody').innerText()), 'out of season');
  await page.locator('.card-volts tr', { hasText: /93,0\u00a0%.*non respectée/s }).waitFor();
  same(await axe(page), [], 'axe on the quality');
  await picture(page, 'mock-quality-390', true);
  await close(page);
});

await runAll(tests, async () => {
  await browser.close();
  mocks.forEach((mock) => mock.stop());
});
