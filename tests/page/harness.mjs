/* What the page's tests stand on: a browser, a page that reports its violations, a count. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const TOP = fileURLToPath(new URL('../..', import.meta.url));
export const PICTURES = join(TOP, 'build', 'page');
const require = createRequire(join(TOP, 'web', 'package.json'));
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const PATIENCE_MS = 180_000; // other tests load the machine meanwhile; only a failure takes so long

export const PHONE = { width: 360, height: 640 };
export const TALL_PHONE = { width: 390, height: 844 };
export const DESK = { width: 1280, height: 800 };

/** Skips the whole script, visibly, when what it needs is not there. */
export function needs(path, what) {
  if (existsSync(path))
    return;
  console.log(`skipped: ${what}`);
  process.exit(77);
}

needs(CHROMIUM, `no browser at ${CHROMIUM}`);
needs(join(TOP, 'web/node_modules/playwright-core'), 'web/node_modules is missing (npm ci in web/)');
needs(join(TOP, 'web/dist/index.html'), 'web/dist is missing (npm run build in web/)');

const { chromium } = require('playwright-core');
const axeSource = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

export const launch = () => chromium.launch({
  executablePath: CHROMIUM,
  headless: true,
  timeout: PATIENCE_MS,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});

const opened = new Set();

/** Opens the page as a visitor; `page.faults` collects what must never happen. */
export async function open(browser, base, options = {}) {
  const context = await browser.newContext({
    viewport: options.size ?? DESK,
    colorScheme: options.theme ?? 'light',
    locale: options.locale ?? 'fr-FR',
    timezoneId: options.zone ?? 'Europe/Paris',
    reducedMotion: options.still ? 'reduce' : 'no-preference',
    hasTouch: options.touch ?? false,
  });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  opened.add(page);
  page.on('close', () => opened.delete(page));
  page.faults = [];
  page.on('pageerror', (error) => page.faults.push(`error: ${error.message}`));
  page.on('console', (said) => {
    /* The browser reports refused requests here; a test that provokes them says so. */
    const expected = options.network && /Failed to load resource|ERR_/.test(said.text());
    if (said.type() === 'error' && !expected)
      page.faults.push(`console: ${said.text()}`);
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(base) && !request.url().startsWith('data:'))
      page.faults.push(`outside: ${request.url()}`);
  });
  await page.addInitScript(() => {
    globalThis.violations = [];
    document.addEventListener('securitypolicyviolation', (e) =>
      globalThis.violations.push(`${e.violatedDirective} ${e.blockedURI} ${e.sourceFile ?? ''}`));
  });
  if (options.clock)
    await page.clock.install();
  await page.goto(base + (options.path ?? '/'));
  return page;
}

/** Closes a page and checks that nothing forbidden happened on it. */
export async function close(page) {
  const violations = await page.evaluate(() => globalThis.violations);
  const faults = [...page.faults, ...violations.map((v) => `policy: ${v}`)];
  await page.context().close();
  same(faults, [], 'nothing forbidden happened on the page');
}

/** axe-core's findings, a line each. */
export async function axe(page) {
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, {
    resultTypes: ['violations'],
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  }));
  return violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(' | ')}`);
}

export async function picture(page, name, whole = false) {
  mkdirSync(PICTURES, { recursive: true });
  await page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: whole });
}

export function same(got, want, why) {
  const [a, b] = [JSON.stringify(got), JSON.stringify(want)];
  if (a !== b)
    throw new Error(`${why}: wanted ${b}, got ${a}`);
}

export function holds(condition, why) {
  if (!condition)
    throw new Error(why);
}

/** Waits until `probe` is true, else says what it saw last. */
export async function until(probe, why, ms = PATIENCE_MS) {
  const end = Date.now() + ms;
  let seen;
  while (Date.now() < end) {
    seen = await probe();
    if (seen === true)
      return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${why}: ${JSON.stringify(seen)}`);
}

const SHOWN_MAX = 2000;

/** What the pages of a test that failed show, in words and as a picture. */
async function tell(name) {
  let n = 0;
  for (const page of opened) {
    const file = `failed-${name.replace(/\W+/g, '-').slice(0, 60)}-${++n}`;
    try {
      const text = await page.evaluate(() => document.body.innerText);
      console.log(`        ${page.url()}\n${text.slice(0, SHOWN_MAX).replace(/\s*\n\s*/g, ' | ')}`);
      console.log(`        ${page.faults.join('; ') || 'no faults'}; ${file}.png`);
      await picture(page, file);
    } catch (error) {
      console.log(`        ${page.url()}: ${error.message}`);
    }
    opened.delete(page);
  }
}

/** Runs the tests in order (only those whose name holds $ONLY, if set); ends with the count. */
export async function runAll(all, end) {
  const tests = all.filter(([name]) => name.includes(process.env.ONLY ?? ''));
  let passed = 0;
  let failed = 0;
  for (const [name, test] of tests) {
    const start = Date.now();
    try {
      await test();
      passed++;
      console.log(`ok      ${name} (${((Date.now() - start) / 1000).toFixed(1)} s)`);
    } catch (error) {
      failed++;
      console.log(`not ok  ${name}\n        ${String(error.stack ?? error).split('\n').slice(0, 4).join('\n        ')}`);
      await tell(name);
    }
  }
  await end();
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed || !passed ? 1 : 0);
}
