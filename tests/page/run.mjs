/* Every test of the page in a browser: over the mock, and over the daemon where there is one (a demo, a site),
 * two side by side, since a page often waits. Ends with the sum, "N passed, N failed". */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const scripts = ['mock.test.mjs', 'demo.test.mjs', 'steered.test.mjs', 'site.test.mjs'];
const SKIPPED = 77;

function run(script) {
  const path = fileURLToPath(new URL(script, import.meta.url));
  return new Promise((resolve) => {
    let text = '';
    const child = spawn(process.execPath, [path], { stdio: ['ignore', 'pipe', 'inherit'] });
    child.stdout.setEncoding('utf8').on('data', (part) => {
      text += part;
      process.stdout.write(part.replace(/^\d+ passed, \d+ failed\n/m, ''));
    });
    child.on('close', (status) => {
      const counts = /^(\d+) passed, (\d+) failed$/m.exec(text);
      const [passed, failed] = counts ? counts.slice(1).map(Number) : [0, 0];
      const broken = status !== 0 && status !== SKIPPED && failed === 0 ? 1 : 0;
      resolve({ passed, failed: failed + broken, skipped: status === SKIPPED ? 1 : 0 });
    });
  });
}

const sum = { passed: 0, failed: 0, skipped: 0 };
/* The next script for whoever is free. */
async function worker() {
  for (let script = scripts.shift(); script; script = scripts.shift()) {
    const counts = await run(script);
    for (const key of Object.keys(sum))
      sum[key] += counts[key];
  }
}

await Promise.all([worker(), worker()]);
const skipped = sum.skipped ? `, ${sum.skipped} skipped` : '';
console.log(`${sum.passed} passed, ${sum.failed} failed${skipped}`);
process.exit(sum.failed || !sum.passed ? 1 : 0);
