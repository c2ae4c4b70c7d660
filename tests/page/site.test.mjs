/* A site of one's own over the real daemon: the claim of a first run, accounts, and a meter that
 * cannot be reached. Needs $OHMSTEAD. */
import { readFileSync } from 'node:fs';
import { serve } from './daemon.mjs';
import { axe, close, holds, launch, needs, open, picture, runAll, same } from './harness.mjs';

needs(process.env.OHMSTEAD ?? '', 'OHMSTEAD (a binary) is not set');

const PASSWORD = 'sept ponts de bois flottent';
const daemon = await serve(`
site: {id: home, name: Maison d’essai, timezone: Europe/Paris}
meters:
- {id: main, zone: ground, name: Compteur du couloir, port: 'tcp:127.0.0.1:1'}
contract: {tariff: bleu-hphc, power_kva: 9, off_peak: [22:30-06:30]}
boards:
- {id: board, driver: sim}
loads:
- {id: water_heater, name: Chauffe-eau, nominal_w: 2400, off_min_s: 0, output: {board: board, channel: 0, contact: NC}}
`);
const browser = await launch();
const code = /claim code ([A-Z0-9-]+)/.exec(daemon.said())?.[1];

async function signIn(page, user, password) {
  await page.locator('#user').fill(user);
  await page.locator('#password').fill(password);
  await page.locator('.door button[type=submit]').click();
}

async function settings(page) {
  await page.goto(daemon.base + '/#/settings');
  await page.locator('.settings').waitFor();
}

await runAll([
  ['site: nothing is read before the claim; a wrong code opens nothing, the console’s does', async () => {
    holds(code, `a code on the console: ${daemon.said()}`);
    const page = await open(browser, daemon.base, { network: true });
    await page.locator('h2', { hasText: 'Première visite' }).waitFor();
    same(await page.locator('.load').count(), 0, 'nothing is shown');
    await page.locator('#code').fill('AAAA-AAAA-AAAA');
    await signIn(page, 'marie', PASSWORD);
    await page.locator('[role=alert]').waitFor();
    await page.locator('#code').fill(code);
    await page.locator('#password').fill('password');
    await page.locator('.door button[type=submit]').click();
    await page.locator('[role=alert]', { hasText: /mot de passe/ }).waitFor();
    await signIn(page, 'marie', PASSWORD);
    await page.locator('.load').first().waitFor();
    same(await page.locator('.demo').count(), 0, 'no demo banner');
    await page.locator('.pill', { hasText: 'Compteur injoignable' }).waitFor();
    same(await page.locator('.pill').getAttribute('data-tone'), 'bad', 'an unreachable meter is no green');
    await page.locator('[data-alert="mmain"]', { hasText: 'Compteur du couloir' }).waitFor();
    await page.locator('.card-ecowatt', { hasText: 'Ecowatt n’est pas configuré' }).waitFor();
    same(await axe(page), [], 'axe without a meter');
    await picture(page, 'site-unreachable');
    await close(page);
  }],
  ['site: a source is tried before it is configured, and what is wrong is said', async () => {
    const page = await open(browser, daemon.base, { network: true });
    await signIn(page, 'marie', PASSWORD);
    await page.locator('.load').first().waitFor();
    await page.goto(daemon.base + '/#/meters');
    await page.locator('.source-advice', { hasText: 'ne s’ouvre pas' }).waitFor();
    await page.locator('#setup-address').fill('tcp:127.0.0.1:1');
    await page.locator('.setup button[type=submit]').click();
    await page.locator('.verdict.tone-bad', { hasText: 'ne s\'ouvre pas' }).waitFor({ timeout: 60_000 });
    await page.locator('#setup-key').fill('00');
    await page.locator('.setup button[type=submit]').click();
    await page.locator('.error', { hasText: 'key' }).waitFor();
    await page.locator('#setup-preset').selectOption('zigbee2mqtt');
    same(await page.locator('#setup-key').count(), 0, 'a sensor has no key');
    await page.locator('#setup-address').fill('mqtt://127.0.0.1:1');
    await page.locator('#setup-with-device').fill('+');
    await page.locator('.setup button[type=submit]').click();
    await page.locator('.error', { hasText: 'device' }).waitFor();
    same(await axe(page), [], 'axe on the set-up');
    await picture(page, 'site-setup', true);
    await close(page);
  }],
  ['site: an administrator adds a viewer, who sees all and moves nothing', async () => {
    const admin = await open(browser, daemon.base, { network: true });
    await signIn(admin, 'marie', PASSWORD);
    await admin.locator('.load').first().waitFor();
    await settings(admin);
    await admin.locator('#new-user').fill('lea');
    await admin.locator('#new-password').fill(PASSWORD + ' aussi');
    await admin.locator('form:has(#new-user) button[type=submit]').click();
    await admin.locator('th', { hasText: /^lea$/ }).waitFor();
    await admin.locator('#token-name').fill('tableau');
    await admin.locator('form:has(#token-name) button[type=submit]').click();
    await admin.locator('.secret code').waitFor();
    same(await axe(admin), [], 'settings');
    await picture(admin, 'site-settings', true);

    const viewer = await open(browser, daemon.base, { network: true });
    await signIn(viewer, 'lea', PASSWORD + ' aussi');
    await viewer.locator('.load').first().waitFor();
    same(await viewer.locator('.load-tools').count(), 0, 'no way to force');
    await settings(viewer);
    same(await viewer.locator('#new-user').count(), 0, 'no accounts to manage');
    await viewer.locator('button', { hasText: 'Se déconnecter' }).click();
    await viewer.locator('#password').waitFor();
    await close(viewer);

    await admin.locator('tr:has(th:text-is("lea")) button').click();
    await admin.locator('dialog[open] .danger').click();
    await admin.locator('th', { hasText: /^lea$/ }).waitFor({ state: 'detached' });
    await close(admin);
  }],
  ['site: an administrator takes a backup that was read back, removes it, and takes the report', async () => {
    const page = await open(browser, daemon.base, { network: true });
    await signIn(page, 'marie', PASSWORD);
    await page.locator('.way[href="#/systeme"]').click();
    await page.locator('.card-backup button', { hasText: 'Faire une sauvegarde' }).click();
    await page.locator('.card-backup', { hasText: 'Relue en entier' }).waitFor();
    const [copy] = await Promise.all([
      page.waitForEvent('download'), page.locator('.card-backup a', { hasText: 'Télécharger' }).click()]);
    holds(/^ohmstead-home-\d{4}-\d\d-\d\d\.db$/.test(copy.suggestedFilename()), copy.suggestedFilename());
    holds(readFileSync(await copy.path()).subarray(0, 15).toString() === 'SQLite format 3', 'a store');
    same(await axe(page), [], 'axe with a backup');
    await picture(page, 'site-system', true);
    await page.locator('.card-backup button', { hasText: 'Supprimer' }).click();
    await page.locator('.card-backup a').waitFor({ state: 'detached' });
    const [report] = await Promise.all([
      page.waitForEvent('download'), page.locator('.card-doctor a').click()]);
    same(report.suggestedFilename(), 'ohmstead-doctor.txt', 'the report');
    holds(/ohmstead .*\nproblem[^]*meter[^]*clock[^]*state folder[^]*\d+ ok, /.test(readFileSync(await report.path(), 'utf8')), 'tells the machine');
    await close(page);
  }],
  ['site: an operator’s hand needs its end, and the journal tells whose it was', async () => {
    const page = await open(browser, daemon.base, { network: true });
    await signIn(page, 'marie', PASSWORD);
    await page.locator('.load button').last().click();
    await page.locator('dialog[open] input[value="shed"]').check();
    await page.locator('dialog[open] button[type=submit]').click();
    await page.locator('.forced').waitFor();
    await page.locator('.journal li', { hasText: 'marie' }).first().waitFor();
    await page.locator('.load-tools button').first().click();
    await page.locator('.forced').waitFor({ state: 'detached' });
    await close(page);
  }],
], async () => {
  await browser.close();
  await daemon.stop();
});
