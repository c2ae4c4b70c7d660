/* A daemon of our own for a test: $OHMSTEAD, in its own folder, on a free port. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from './harness.mjs';

/** Serves the demo, or the site of a configuration's text. `said()` is what it printed so far. */
export async function serve(config) {
  const folder = mkdtempSync(join(tmpdir(), 'ohm-page-'));
  const file = join(folder, 'site.yaml');
  if (config)
    writeFileSync(file, config);
  const what = config ? ['--config', file] : ['--demo', '--no-plan'];
  const root = process.getuid() === 0 ? ['--allow-root'] : [];
  const child = spawn(process.env.OHMSTEAD,
    ['serve', ...what, '--listen', '127.0.0.1:0', '--state', join(folder, 'state'), ...root],
    { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  const hear = (text) => { said = (said + text).slice(-8000); };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  let base;
  await until(async () => {
    if (child.exitCode !== null)
      throw new Error(`the daemon stopped: ${said}`);
    base = /(http:\/\/127\.0\.0\.1:\d+)\/\n/.exec(said)?.[1];
    return base && fetch(base + '/healthz').then((answer) => answer.ok, () => false);
  }, 'the daemon serves');
  const stop = () => new Promise((resolve) => {
    child.on('exit', () => {
      rmSync(folder, { recursive: true, force: true });
      resolve();
    });
    child.kill('SIGCONT');
    child.kill('SIGTERM');
  });
  return { base, child, said: () => said, stop };
}
