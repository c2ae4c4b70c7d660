/* The whole suite over the mock. */
import { launch, runAll } from './harness.mjs';
import { suite } from './suite.mjs';
import { startMock } from '../../web/mock-server.mjs';

const browser = await launch();
const mock = await startMock();

await runAll(suite(browser, mock.url, 'mock'), async () => {
  await browser.close();
  mock.stop();
});
