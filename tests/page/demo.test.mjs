/* The page over the real daemon: `ohmstead serve --demo` of $OHMSTEAD, or one at $BASE_URL. */
import { serve } from './daemon.mjs';
import { DESK, PHONE, axe, close, holds, launch, needs, open, picture, runAll, same, TALL_PHONE, until } from './harness.mjs';
import { home, pill, suite } from './suite.mjs';

const given = process.env.BASE_URL;
if (!given)
  needs(process.env.OHMSTEAD ?? '', 'neither OHMSTEAD (a binary) nor BASE_URL is set');

const daemon = given
  ? { base: given.replace(/\/$/, ''), child: null, stop: async () => undefined }
  : await serve();
const browser = await launch();
const tests = suite(browser, daemon.base, 'demo');

tests.push(['demo: meters from close by: state, values, the last frame in clear and in hex', async () => {
  for (const size of [PHONE, DESK]) {
    const page = await open(browser, daemon.base, { network: true, size });
    await page.goto(daemon.base + '/#/meters');
    const row = page.locator('.source').first();
    await row.locator('.source-state', { hasText: /direct|Live/i }).waitFor();
    await row.locator('.source-head').click();
    await row.locator('table th', { hasText: 'power_import' }).first().waitFor();
    await until(async () => { // until the first message has come whole
      await row.locator('.frame .button').click();
      /* One question at a time: a second answer would close what is opened below. */
      await row.locator('.frame details').nth(1).waitFor({ timeout: 10_000 }).catch(() => null);
      return await row.locator('.frame details').count() === 2;
    }, 'a whole message and its bytes');
    for (const summary of await row.locator('.frame summary').all())
      await summary.click();
    /* Powers every five seconds, registers once a minute: either may be the last. */
    holds(/"quantity": "(power|energy)_import"/.test(await row.locator('.dump').first().textContent()), 'the message in the clear');
    holds(/^[0-9a-f]{2}( [0-9a-f]{2})+/.test(await row.locator(".dump").last().textContent()), "the bytes in hex");
    same(await page.locator('.setup').count(), 0, 'nothing to set up in the demo');
    same(await axe(page), [], 'axe on the meters');
    holds(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'nothing sticks out');
    await picture(page, `demo-meters-${size.width}`, true);
    await close(page);
  }
}]);

tests.push(['demo: Réseau and Coûts say what is known, and what to configure where nothing is', async () => {
  for (const size of [TALL_PHONE, DESK]) {
    const page = await open(browser, daemon.base, { network: true, size });
    await page.locator('.way[href="#/reseau"]').click();
    await page.locator('.card-ecowatt .eco-day').first().waitFor();
    for (const [card, source] of [['tempo', 'tempo-couleur'], ['price', 'energy-charts'], ['co2', 'eco2mix']])
      holds((await page.locator(`.card-${card} .add`).textContent()).includes(source), `${card}: what to configure`);
    await picture(page, `demo-grid-${size.width}`, true);
    same(await axe(page), [], 'axe on Réseau');
    await page.locator('.way[href="#/couts"]').click();
    await page.locator('.card-bill tfoot td', { hasText: '€' }).waitFor();
    await page.locator('.card-bill tbody th', { hasText: 'Abonnement' }).waitFor();
    await page.locator('.card-projection [role=alert], .card-projection .big').first().waitFor();
    await page.locator('.card-compare .bill-lines, .card-compare > .quiet').first().waitFor();
    holds(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'nothing sticks out');
    await picture(page, `demo-costs-${size.width}`, true);
    same(await axe(page), [], 'axe on Coûts');
    await close(page);
  }
}]);

tests.push(['demo: it has a past: months of bills, and alarms of what went wrong in them', async () => {
  const page = await open(browser, daemon.base, { network: true, size: DESK });
  await page.goto(daemon.base + '/#/alertes');
  await page.locator('.alarm-past li', { hasText: 'dérive' }).first().waitFor();
  await page.goto(daemon.base + '/#/bilan');
  await page.locator('table tbody tr').nth(3).waitFor();
  await close(page);
}]);

tests.push(['demo: Qualité: the phases as numbers and arrows, risks with what to do, balance, reactive energy, voltage', async () => {
  for (const size of [PHONE, DESK]) {
    const page = await open(browser, daemon.base, { network: true, size });
    await page.goto(daemon.base + '/#/reseau');
    await page.locator('.tabs a[href="#/qualite"]').click();
    await page.locator('.card-phases tbody tr').nth(2).waitFor();
    same(await page.locator('.phasors .phasor-volts').count(), 3, 'three voltages drawn');
    holds(/2[23]\d,\d\u00a0V/.test(await page.locator('.card-phases tbody').innerText()), 'volts');
    await page.locator('.card-volts', { hasText: /2[23]\d,\d\u00a0V/ }).waitFor();
    await page.locator('.card-risks', { hasText: /Rien à signaler|limite/ }).waitFor();
    await page.locator('.card-balance', { hasText: 'Courants moyens' }).waitFor();
    await page.locator('.card-reactive', { hasText: /tan φ 0,40/ }).waitFor();
    same(await page.locator('.way[aria-current]').getAttribute('href'), '#/reseau', 'still within the grid');
    holds(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'nothing sticks out');
    same(await axe(page), [], 'axe on Qualité');
    await picture(page, `demo-quality-${size.width}`, true);
    await close(page);
  }
}]);

tests.push(['demo: consumption: bars and their table, the day’s curve, by keyboard and in both sizes', async () => {
  for (const size of [PHONE, DESK]) {
    const page = await open(browser, daemon.base, { size, still: true, theme: size === PHONE ? 'light' : 'dark' });
    await page.goto(daemon.base + '/#/consommation');
    await page.locator('.use-bar').first().waitFor();
    await page.locator('.curve-host canvas').waitFor();
    const hours = await page.locator('.use-bar').count();
    holds(hours >= 23 && hours <= 25, `${hours} hours`);
    same(await page.locator('.card-use tbody tr').count(), hours, 'the table twin has them all');
    holds(/\d\u00a0k?Wh$/.test(await page.locator('.card-use .big').innerText()), 'the sum has its unit');
    if (size === DESK) { // the rest is the same on both
      same(await axe(page), [], 'axe on consumption');
      await picture(page, 'demo-use-1280', true);
      await close(page);
      continue;
    }
    await page.locator('.curve-host').focus();
    for (let i = 0; i < 5; i++)
      await page.keyboard.press('+');
    await page.locator('.curve-host[data-raw]').waitFor(); // zoomed in to the readings as they came
    await page.locator('#use-by').selectOption('period');
    await page.locator('.use-legend li', { hasText: /Période tarifaire [12]/ }).first().waitFor(); // in the small hours one of them
    await page.locator('.use-host').focus();
    await page.keyboard.press('ArrowRight');
    await page.locator('.use-readout', { hasText: '00:00' }).waitFor();
    await page.keyboard.press('PageUp');
    await until(async () => /consommation\/day\//.test(page.url()) || page.url(), 'the day before has an address');
    await page.locator('#use-against').selectOption('before');
    await page.locator('.use-legend .use-key-before').waitFor();
    await page.locator('.use-units button', { hasText: 'Mois' }).click();
    await until(async () => (await page.locator('.use-bar').count()) >= 28, 'a month of days');
    const saved = page.waitForEvent('download');
    await page.locator('.use-tools .button').click();
    holds(/^consommation-\d{4}-\d\d-01-.*\.csv$/.test((await saved).suggestedFilename()), 'a CSV');
    same(await axe(page), [], 'axe on consumption');
    holds(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'nothing sticks out');
    await picture(page, `demo-use-${size.width}`, true);
    await close(page);
  }
}]);

tests.push(['demo: the system below: health, store, journal searched in its own words, how to back up', async () => {
  for (const size of [PHONE, DESK]) {
    const page = await open(browser, daemon.base, { size, still: true, theme: size === PHONE ? 'dark' : 'light' });
    await page.locator('.way[href="#/systeme"]').click();
    await page.locator('.card-health .health-ok, .card-health .health-list li').first().waitFor();
    holds(/^\d[\d,]*\u00a0[kM]o$/.test(await page.locator('.card-store .big').innerText()), 'the size has its unit');
    await page.locator('.card-log .journal li').first().waitFor();
    if (size === DESK) { // the rest is the same on both
      same(await axe(page), [], 'axe on the system page');
      await picture(page, 'demo-system-1280', true);
      await close(page);
      continue;
    }
    await page.locator('#log-wanted').fill('DEMARRE');
    await page.locator('.card-log .journal-title', { hasText: 'ohmstead démarre' }).first().waitFor();
    await page.locator('#log-wanted').fill('rien de tel zzz');
    await page.locator('.card-log', { hasText: 'Rien de tel' }).waitFor();
    await page.locator('.card-backup code', { hasText: 'ohmstead backup --demo' }).waitFor();
    await page.locator('.restore summary').click();
    await page.locator('.card-doctor code', { hasText: 'doctor --share --demo' }).waitFor();
    same(await axe(page), [], 'axe on the system page');
    holds(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'nothing sticks out');
    await picture(page, `demo-system-${size.width}`, true);
    await close(page);
  }
}]);

tests.push(['demo: Délestage: limits, the ladder with its wires, an override, the journal picked by the daemon', async () => {
  for (const size of [TALL_PHONE, DESK]) {
    const page = await open(browser, daemon.base, { size, still: true, theme: size === DESK ? 'dark' : 'light' });
    await page.goto(daemon.base + '/#/delestage');
    await page.locator('.limit[data-limit="main"] .bar').first().waitFor();
    holds(/\d\u00a0k?VA sur \d+\u00a0kVA \(\d+\u00a0%\)/.test(await page.locator('.limit .bar-words').first().innerText()), 'the power has its unit and its limit');
    await page.locator('.limit', { hasText: 'contrat' }).first().waitFor();
    same(await page.locator('.card-ladder .load').count(), 4, 'four loads');
    same(await page.locator('.card-ladder .contact').count(), 4, 'each with its wire');
    same(await axe(page), [], 'axe on Délestage');
    holds(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'nothing sticks out');
    await picture(page, `demo-shed-${size.width}`, true);
    if (size === DESK) { // the rest is the same on both
      await close(page);
      continue;
    }
    await page.locator('.rules-try summary').click();
    await page.locator('.rules-ready button').last().click();
    await page.locator('.rules-try button[type=submit]').click();
    await page.locator('[data-trial="cheap"]', { hasText: 'aurait' }).waitFor();
    await page.locator('.card-powers button').click();
    await page.locator('.card-powers .verdict-line', { hasText: 'kVA' }).waitFor();
    await page.locator('.lacks [data-lack="who_drew"]').waitFor();
    const row = page.locator('.card-ladder .load').first();
    const id = await row.getAttribute('data-load');
    await row.locator('.load-tools button').last().click();
    await page.locator('dialog[open] input[value="shed"]').check();
    await page.locator('dialog[open] select').selectOption('30');
    await page.locator('dialog[open] button[type=submit]').click();
    await row.locator('.forced').waitFor();
    await row.locator('.load-tools button').first().click();
    await row.locator('.forced').waitFor({ state: 'detached' });
    await page.locator('#log-load').selectOption(id);
    const name = await row.locator('h3').innerText();
    await page.locator('.card-log .journal-title', { hasText: name }).first().waitFor();
    for (const title of await page.locator('.card-log .journal li').allInnerTexts())
      holds(title.includes(name), `of this load alone: "${title}"`);
    await page.locator('#log-from').fill('2020-01-01');
    await page.locator('#log-to').fill('2020-01-02');
    await page.locator('.card-log', { hasText: 'Rien de tel dans le journal' }).waitFor();
    await close(page);
  }
}]);

if (daemon.child)
  tests.push(['demo: the daemon freezes: the pill leaves green, then is red; it thaws: green', async () => {
    const page = await home(browser, daemon.base, { network: true, clock: true });
    const green = (why) => until(async () => {
      await page.clock.runFor(1000);
      return (await pill(page)) === 'ok' || pill(page);
    }, why, 40_000);
    await green('green at first');
    daemon.child.kill('SIGSTOP');
    await page.clock.runFor(10_000);
    holds((await pill(page)) !== 'ok', 'no longer green');
    await page.clock.runFor(25_000);
    same(await pill(page), 'bad', 'red');
    await picture(page, 'demo-frozen');
    daemon.child.kill('SIGCONT');
    await green('green again');
    await page.context().close();
  }]);

await runAll(tests, async () => {
  await browser.close();
  await daemon.stop();
});
