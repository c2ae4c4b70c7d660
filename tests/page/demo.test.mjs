/* The page over the real daemon: `ohmstead serve --demo` of $OHMSTEAD, or one at $BASE_URL. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { holds, launch, needs, picture, runAll, same, until } from './harness.mjs';
import { home, pill, suite } from './suite.mjs';

const given = process.env.BASE_URL;
if (!given)
  needs(process.env.OHMSTEAD ?? '', 'neither OHMSTEAD (a binary) nor BASE_URL is set');

const freePort = () => new Promise((resolve) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});

/** A daemon of our own, in its own folder, on a free port. */
async function serve() {
  const state = mkdtempSync(join(tmpdir(), 'ohm-page-'));
  const port = await freePort();
  const root = process.getuid() === 0 ? ['--allow-root'] : [];
  const child = spawn(process.env.OHMSTEAD,
    ['serve', '--demo', '--listen', `127.0.0.1:${port}`, '--state', state, ...root],
    { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (text) => { said = (said + text).slice(-4000); });
  const base = `http://127.0.0.1:${port}`;
  await until(async () => {
    if (child.exitCode !== null)
      throw new Error(`the daemon stopped: ${said}`);
    return fetch(base + '/healthz').then((answer) => answer.ok, () => false);
  }, 'the daemon serves');
  const stop = () => new Promise((resolve) => {
    child.on('exit', () => {
      rmSync(state, { recursive: true, force: true });
      resolve();
    });
    child.kill('SIGCONT');
    child.kill('SIGTERM');
  });
  return { base, child, stop };
}

const daemon = given ? { base: given.replace(/\/$/, ''), child: null, stop: async () => undefined } : await serve();
const browser = await launch();
const tests = suite(browser, daemon.base, 'demo');

if (daemon.child)
  tests.push(['demo: the daemon freezes: the pill leaves green, then is red; it thaws: green', async () => {
    const page = await home(browser, daemon.base, { network: true, clock: true });
    await until(async () => {
      await page.clock.runFor(1000);
      return (await pill(page)) === 'ok' || pill(page);
    }, 'green at first', 40_000);
    daemon.child.kill('SIGSTOP');
    await page.clock.runFor(10_000);
    holds((await pill(page)) !== 'ok', 'no longer green');
    await page.clock.runFor(25_000);
    same(await pill(page), 'bad', 'red');
    await picture(page, 'demo-frozen');
    daemon.child.kill('SIGCONT');
    await until(async () => {
      await page.clock.runFor(1000);
      return (await pill(page)) === 'ok' || pill(page);
    }, 'green again', 40_000);
    await page.context().close();
  }]);

await runAll(tests, async () => {
  await browser.close();
  await daemon.stop();
});
