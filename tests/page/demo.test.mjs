/* The page over the real daemon: `ohmstead serve --demo` of $OHMSTEAD, or one at $BASE_URL. */
import { serve } from './daemon.mjs';
import { holds, launch, needs, picture, runAll, same, until } from './harness.mjs';
import { home, pill, suite } from './suite.mjs';

const given = process.env.BASE_URL;
if (!given)
  needs(process.env.OHMSTEAD ?? '', 'neither OHMSTEAD (a binary) nor BASE_URL is set');

const daemon = given
  ? { base: given.replace(/\/$/, ''), child: null, stop: async () => undefined }
  : await serve();
const browser = await launch();
const tests = suite(browser, daemon.base, 'demo');

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
