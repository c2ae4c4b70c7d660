/* What is true of the page over any daemon that runs a demo house. Nothing here steers the house
 * but through the page itself. */
import { axe, close, DESK, holds, open, PHONE, picture, same, TALL_PHONE, until } from './harness.mjs';

const TRANSFER_MAX = 250_000;
const SCRIPT_MAX = 100_000;
const TARGET_MIN = 43.5; /* 44 pixels, less rounding */

export const pill = (page) => page.locator('.pill').getAttribute('data-tone');

export async function home(browser, base, options) {
  const page = await open(browser, base, options);
  await page.locator('.card-loads .load').first().waitFor();
  return page;
}

/** Bytes on the wire of a first visit, by kind, until the page has settled. */
async function firstLoad(browser, base) {
  const page = await open(browser, base, {});
  await page.locator('.curve-host canvas').waitFor(); /* or its end would be counted twice */
  const session = await page.context().newCDPSession(page);
  const sizes = { all: 0, script: 0, requests: 0 };
  const kinds = new Map();
  await session.send('Network.enable');
  await session.send('Network.setCacheDisabled', { cacheDisabled: true });
  session.on('Network.responseReceived', (e) => kinds.set(e.requestId, e.type));
  session.on('Network.loadingFinished', (e) => {
    sizes.requests++;
    sizes.all += e.encodedDataLength;
    if (kinds.get(e.requestId) === 'Script')
      sizes.script += e.encodedDataLength;
  });
  await page.reload();
  await page.locator('.curve-host canvas').waitFor();
  await page.locator('.card-loads .load').first().waitFor();
  await close(page);
  return sizes;
}

async function numbersHaveUnits(page) {
  const shown = await page.locator('.big, .bar-words, .tariff-price, td.num, .flow-value, .curve-readout, .load-why .quiet')
    .evaluateAll((all) => all.map((el) => el.textContent));
  const unit = /(W|kW|Wh|kWh|VA|kVA|V|A|Hz|var|varh|VAh|€|%|s|min|h|j|d)(?![\w])|\d\d:\d\d|phase \d|^L\d\s*$|—|^$|pas de mesure|\u20ac\d/;
  for (const text of shown)
    for (const part of text.split(/[·\n,]\s/))
      holds(!/\d/.test(part) || unit.test(part.replace(/\u00a0/g, ' ')), `a number without its unit: "${part}" in "${text}"`);
}

/** Tabs through the whole page: each stop is visible, marked, large enough, and none is a trap. */
async function keyboardWalk(page) {
  const seen = [];
  for (let i = 0; i < 120; i++) {
    await page.keyboard.press('Tab');
    const at = await page.evaluate(() => {
      const el = document.activeElement;
      if (!el || el === document.body)
        return null;
      const box = (el.closest('label') ?? el).getBoundingClientRect();
      const style = getComputedStyle(el);
      return {
        name: el.getAttribute('aria-label') || el.textContent.trim().slice(0, 40) || el.id || el.tagName,
        tag: el.tagName,
        width: box.width, height: box.height,
        inView: box.bottom > 0 && box.top < innerHeight,
        outline: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
      };
    });
    if (at === null)
      break;
    seen.push(at);
  }
  holds(seen.length >= 12, `only ${seen.length} stops`);
  holds(seen.length < 120, 'the walk never ends: a trap');
  for (const stop of seen) {
    holds(stop.outline, `no visible focus on ${stop.tag} "${stop.name}"`);
    holds(stop.inView, `focus out of sight on "${stop.name}"`);
    holds(stop.height >= TARGET_MIN && stop.width >= TARGET_MIN,
      `small target "${stop.name}": ${Math.round(stop.width)} × ${Math.round(stop.height)}`);
  }
  return seen;
}

async function forceAndRelease(page) {
  const row = page.locator('.load').first();
  await row.locator('button').last().click();
  const dialog = page.locator('dialog[open]');
  await dialog.locator('input[value="shed"]').check();
  await dialog.locator('select').selectOption('30');
  await dialog.locator('button[type=submit]').click();
  await dialog.waitFor({ state: 'detached' });
  await row.locator('.forced').waitFor();
  holds(/jusqu’à \d\d:\d\d|jusqu’à .+ \d\d:\d\d/.test(await row.locator('.forced').innerText()), 'the end is said');
  await row.locator('.load-tools button').first().click();
  await row.locator('.forced').waitFor({ state: 'detached' });
}

export function suite(browser, base, label) {
  const tests = [];
  const test = (name, run) => tests.push([`${label}: ${name}`, run]);
  /* What hangs on the page alone and not on who serves it is looked at once, over the mock. */
  const look = (name, run) => label === 'mock' && test(name, run);
  const visit = (options) => home(browser, base, options);

  test('the first load is small, and asks nothing of anyone else', async () => {
    const sizes = await firstLoad(browser, base);
    console.log(`        first load: ${sizes.all} bytes in ${sizes.requests} answers, scripts ${sizes.script}`);
    holds(sizes.all > 20_000 && sizes.all <= TRANSFER_MAX, `${sizes.all} bytes transferred`);
    holds(sizes.script > 10_000 && sizes.script <= SCRIPT_MAX, `${sizes.script} bytes of script`);
  });

  test('everything is there, and every number has its unit', async () => {
    const page = await visit({ size: DESK });
    await until(async () => (await pill(page)) === 'ok', 'the pill turns green on living data', 40_000);
    for (const part of ['.demo', '.card-power .big', '.card-today .big', '.tariff', '.eco-day', '.flow', '.relay'])
      await page.locator(part).first().waitFor();
    same(await page.locator('.eco-day').count(), 4, 'four days of Ecowatt');
    same(await page.locator('.relay').count(), 8, 'eight relays');
    same(await page.locator('.load').count(), 4, 'four loads');
    for (const why of await page.locator('.load-why p:first-child').allInnerTexts())
      holds(/\.$/.test(why.trim()), `a load says why: "${why}"`);
    await page.locator('.curve-host canvas').waitFor();
    await numbersHaveUnits(page);
    await picture(page, `${label}-desk`, true);
    await close(page);
  });

  test('the board lights what is fed, and draws the contact that feeds it', async () => {
    const page = await visit({});
    const rows = await page.evaluate(async () => (await (await fetch('/api/v1/state')).json()));
    for (const relay of rows.relays) {
      const slot = page.locator(`[data-relay="${relay.channel}"]`);
      const load = rows.loads.find((l) => l.id === relay.load);
      if (load) {
        holds((await slot.innerText()).includes(load.output.contact), `relay ${relay.channel} names its contact`);
        same(await slot.locator('.wire-load').count(), 1, 'one thick wire');
      }
    }
    await until(async () => { /* relays switch meanwhile */
      const lit = (await page.evaluate(async () => (await (await fetch('/api/v1/state')).json()))).relays.filter((r) => r.led).length;
      const shown = await page.locator('.led-on').count();
      return shown === lit || `${shown} shown, ${lit} lit`;
    }, 'lit LEDs');
    await close(page);
  });

  for (const theme of ['light', 'dark'])
    (theme === 'light' ? test : look)(`a screen reader trips over nothing (${theme})`, async () => {
      const page = await visit({ theme, still: true });
      await page.locator('.curve-host canvas').waitFor();
      same(await axe(page), [], 'home');
      await page.locator('.pill').click();
      await page.locator('dialog[open]').waitFor();
      same(await axe(page), [], 'reading details');
      await page.keyboard.press('Escape');
      await page.locator('.load button').last().click();
      await page.locator('dialog[open] select').selectOption('at');
      same(await axe(page), [], 'override dialog');
      await picture(page, `${label}-override-${theme}`);
      await page.keyboard.press('Escape');
      await page.locator('.card-flow .switch button').last().click();
      await page.locator('.card-curve .switch button').last().click();
      same(await axe(page), [], 'tables');
      await page.goto(base + '/#/settings');
      await page.locator('.settings').waitFor();
      same(await axe(page), [], 'settings');
      await close(page);
    });

  for (const theme of ['light', 'dark'])
    (theme === 'light' ? test : look)(`pictures of every size (${theme}); nothing sticks out`, async () => {
      const page = await visit({ theme, still: true });
      for (const [size, name] of [[DESK, 'desk'], [TALL_PHONE, 'tall-phone'], [PHONE, 'phone']]) {
        await page.setViewportSize(size);
        await page.locator('.curve-host canvas').waitFor();
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        holds(wide <= 0, `${name}: ${wide} pixels too wide`);
        await picture(page, `${label}-${name}-${theme}`);
        await picture(page, `${label}-${name}-${theme}-whole`, true);
      }
      await close(page);
    });

  test('a small phone shows at most three numbers before scrolling', async () => {
    const page = await visit({ size: PHONE });
    const count = await page.locator('.big').evaluateAll((all) =>
      all.filter((el) => el.getBoundingClientRect().top < innerHeight).length);
    holds(count >= 1 && count <= 3, `${count} numbers`);
    await page.setViewportSize({ width: 320, height: 640 });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    holds(wide <= 0, `${wide} pixels too wide at 320`);
    await close(page);
  });

  look('the name of the house is never cut, however narrow', async () => {
    const page = await visit({});
    for (const width of [390, 320]) {
      await page.setViewportSize({ width, height: 640 });
      const name = await page.locator('.brand-name').evaluate((el) => ({
        cut: el.scrollWidth > el.clientWidth + 1 || getComputedStyle(el).textOverflow === 'ellipsis',
        text: el.textContent, right: el.getBoundingClientRect().right,
        tools: document.querySelector('.top .tools').getBoundingClientRect().left,
      }));
      holds(name.text.length > 3 && !name.cut, `"${name.text}" is cut at ${width}`);
      holds(name.right <= name.tools, `"${name.text}" runs under the buttons at ${width}`);
    }
    await close(page);
  });

  look('what a button shows is in its name', async () => {
    const page = await visit({ still: true });
    const named = await page.locator('button[aria-label]').evaluateAll((all) =>
      all.map((el) => [el.getAttribute('aria-label'), el.innerText.trim()]).filter(([, shown]) => shown));
    for (const [name, shown] of named)
      holds(name.includes(shown), `"${shown}" is called "${name}"`);
    holds(named.some(([, shown]) => shown === 'Forcer…'), 'the loads have such buttons');
    await close(page);
  });

  for (const [size, name] of [[PHONE, 'phone'], [DESK, 'desk']])
    look(`the keyboard reaches everything (${name})`, async () => {
      const page = await visit({ size, still: true });
      await page.locator('.curve-host canvas').waitFor();
      const stops = await keyboardWalk(page);
      same(stops[0].name, 'Aller au contenu', 'first stop');
      for (const wanted of [/Forcer/, /Courbe de puissance/, /Agrandir/, /EN|English/])
        holds(stops.some((stop) => wanted.test(stop.name)), `a stop like ${wanted}`);
      await close(page);
    });

  look('the skip link leads to the content, and a dialog gives the focus back', async () => {
    const page = await visit({});
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    same(await page.evaluate(() => document.activeElement.id), 'main', 'after the skip link');
    await page.locator('.pill').focus();
    await page.keyboard.press('Enter');
    await page.locator('dialog[open]').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('dialog').waitFor({ state: 'detached' });
    holds(await page.evaluate(() => document.activeElement.classList.contains('pill')), 'focus is back');
    await close(page);
  });

  look('French and English, remembered, the page’s language in step', async () => {
    const page = await visit({ locale: 'en-GB' });
    same(await page.evaluate(() => document.documentElement.lang), 'en', 'the browser’s language first');
    await page.locator('h2', { hasText: 'Right now' }).waitFor();
    await page.locator('.lang').click();
    same(await page.evaluate(() => document.documentElement.lang), 'fr', 'switched');
    await page.locator('h2', { hasText: 'En ce moment' }).waitFor();
    await page.reload();
    await page.locator('h2', { hasText: 'En ce moment' }).waitFor();
    same(await page.evaluate(() => document.documentElement.lang), 'fr', 'remembered');
    await close(page);
  });

  look('light, dark or the system’s, remembered', async () => {
    const page = await visit({ theme: 'light' });
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await ground();
    await page.locator('.tools button').nth(1).click();
    same(await ground(), light, 'light by choice looks as light by system');
    await page.locator('.tools button').nth(1).click();
    holds((await ground()) !== light, 'dark is dark');
    const dark = await ground();
    await page.reload();
    await page.locator('.card-loads .load').first().waitFor();
    same(await ground(), dark, 'remembered');
    await close(page);
  });

  look('nothing moves for who asked for stillness', async () => {
    const still = await visit({ still: true });
    const moving = (page) => page.evaluate(() => document.getAnimations().length);
    same(await moving(still), 0, 'animations');
    await close(still);
  });

  look('another time zone than the site’s is said, and hours stay the site’s', async () => {
    const there = await visit({ zone: 'America/New_York' });
    const here = await visit({ zone: 'Europe/Paris' });
    await there.locator('.zone').waitFor();
    same(await here.locator('.zone').count(), 0, 'no note at home');
    const next = (page) => page.locator('.tariff .quiet').innerText();
    same(await next(there), await next(here), 'the next price change');
    await close(there);
    await close(here);
  });

  test('a load is forced with an end, and released', async () => {
    const page = await visit({ network: false });
    await forceAndRelease(page);
    await close(page);
  });

  look('an override without an end in reach is refused with words', async () => {
    const page = await visit({});
    await page.locator('.load button').last().click();
    const dialog = page.locator('dialog[open]');
    await dialog.locator('select').selectOption('at');
    await dialog.locator('input[type=datetime-local]').evaluate((el) => {
      el.removeAttribute('max');
      el.removeAttribute('min');
    });
    await dialog.locator('input[type=datetime-local]').fill('2001-01-01T00:00');
    await dialog.locator('form').evaluate((form) => { form.noValidate = true; });
    await dialog.locator('button[type=submit]').click();
    await dialog.locator('[role=alert]').waitFor();
    await close(page);
  });

  test('a level set by hand shows at once, and goes', async () => {
    const page = await visit({});
    const ask = page.locator('.card-ecowatt .button', { hasText: 'Forcer un niveau' });
    await ask.click();
    const dialog = page.locator('dialog[open]');
    await dialog.locator('input[value="3"]').check();
    await dialog.locator('select').selectOption('30');
    await dialog.locator('button[type=submit]').click();
    await page.locator('.eco-now', { hasText: 'Réseau très tendu' }).waitFor();
    await page.locator('.eco-words', { hasText: 'à la main' }).first().waitFor();
    await picture(page, `${label}-red`, true);
    await page.locator('.card-ecowatt .button', { hasText: 'Revenir' }).click();
    await page.locator('.eco-words', { hasText: 'à la main' }).first().waitFor({ state: 'detached' });
    await close(page);
  });

  look('the curve zooms by keyboard, buttons and dragging, and comes back', async () => {
    const page = await visit({});
    const curve = page.locator('.curve-host');
    await curve.locator('canvas').waitFor();
    const range = () => curve.getAttribute('data-range');
    const width = (text) => { const [a, b] = text.split('-').map(Number); return b - a; };
    const day = await range();
    holds([82_800, 86_400, 90_000].includes(width(day)), `a whole day: ${day}`);
    await curve.focus();
    await page.keyboard.press('+');
    await until(async () => width(await range()) === width(day) / 2 || range(), 'half the day');
    const half = await range();
    await page.keyboard.press('ArrowLeft');
    await until(async () => (await range()) !== half || range(), 'moved');
    await page.keyboard.press('0');
    await until(async () => (await range()) === day || range(), 'the whole day again');
    await page.locator('.curve-tools button').nth(2).click();
    await until(async () => width(await range()) < width(day) || range(), 'zoomed by a button');
    await page.locator('.curve-tools button').nth(4).click();
    await until(async () => (await range()) === day || range(), 'reset by a button');
    const over = await page.locator('.u-over').boundingBox();
    await page.mouse.move(over.x + over.width * 0.1, over.y + 60);
    await page.mouse.down();
    await page.mouse.move(over.x + over.width * 0.3, over.y + 60, { steps: 5 });
    await page.mouse.up();
    await until(async () => width(await range()) < width(day) / 3 || range(), 'zoomed by dragging');
    await picture(page, `${label}-zoomed`);
    await close(page);
  });

  look('two fingers zoom the curve, and one moves it', async () => {
    const page = await visit({ size: TALL_PHONE, touch: true });
    const curve = page.locator('.curve-host');
    await curve.locator('canvas').waitFor();
    await curve.scrollIntoViewIfNeeded();
    const range = async () => (await curve.getAttribute('data-range')).split('-').map(Number);
    const [from, to] = await range();
    const over = await page.locator('.u-over').boundingBox();
    const session = await page.context().newCDPSession(page);
    const at = (part, id) => ({ x: over.x + over.width * part, y: over.y + over.height / 2, id });
    const touch = (type, ...points) => session.send('Input.dispatchTouchEvent', { type, touchPoints: points });
    await touch('touchStart', at(0.45, 1), at(0.55, 2));
    for (const spread of [0.1, 0.2, 0.3])
      await touch('touchMove', at(0.45 - spread, 1), at(0.55 + spread, 2));
    await touch('touchEnd');
    await until(async () => { const [a, b] = await range(); return b - a < (to - from) / 3 || [a, b]; }, 'zoomed by pinching');
    const [left] = await range();
    await touch('touchStart', at(0.3, 1));
    for (const part of [0.4, 0.5, 0.6])
      await touch('touchMove', at(part, 1));
    await touch('touchEnd');
    await until(async () => (await range())[0] < left || range(), 'moved by one finger');
    await close(page);
  });

  test('the curve has a table twin of the same day', async () => {
    const page = await visit({});
    await page.locator('.curve-host canvas').waitFor();
    await page.locator('.card-curve .switch button').last().click();
    const rows = await page.locator('.card-curve tbody tr').count();
    holds(rows >= 23 && rows <= 25, `${rows} hours`);
    await page.locator('.card-curve .curve-days button').first().click();
    await page.locator('.curve-day', { hasText: 'Hier' }).waitFor();
    await close(page);
  });

  test('the API page lists every route, tries one, and trips no reader', async () => {
    const page = await open(browser, base, { path: '/docs', still: true });
    const spec = await page.evaluate(async () => (await (await fetch('/api/v1/openapi.json')).json()));
    const routes = Object.values(spec.paths).flatMap((item) =>
      Object.keys(item).filter((m) => ['get', 'put', 'post', 'delete', 'patch'].includes(m)));
    holds(routes.length > 5, `${routes.length} routes described`);
    await page.locator('.operation').first().waitFor();
    same(await page.locator('.operation').count(), routes.length, 'routes listed');
    same(await page.locator('.operation .summary[lang=en]').count(), routes.length, 'English is marked as such');
    const state = page.locator('.operation', { has: page.locator('.path', { hasText: /state$/ }) })
      .filter({ hasText: 'GET' }).first();
    await state.locator('summary').first().click();
    await state.locator('button[type=submit]').click();
    await state.locator('.reply .status-2').waitFor();
    holds((await state.locator('.reply pre').innerText()).includes('"site"'), 'the answer is shown');
    same(await axe(page), [], 'docs');
    await picture(page, `${label}-docs`);
    await page.locator('#filter').fill('override');
    holds(await page.locator('.operation').count() < routes.length, 'filtered');
    await close(page);
  });
  return tests;
}
