/* Builds the unit tests (TypeScript) with the page's own bundler and runs them under Node's
 * test runner; the last line says how many passed and failed. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const OUT = join(HERE, '../../build/page-unit');

mkdirSync(OUT, { recursive: true });
const tests = readdirSync(HERE).filter((name) => name.endsWith('.test.ts'));
await build({
  entryPoints: tests.map((name) => join(HERE, name)),
  outdir: OUT,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node18',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  loader: { '.css': 'empty' },
  logLevel: 'error',
});

const files = tests.map((name) => join(OUT, name.replace('.ts', '.mjs')));
const run = spawnSync(process.execPath, ['--test', '--test-reporter=tap', ...files], {
  encoding: 'utf8', env: { ...process.env, OHM_WEB: join(HERE, '..') },
});
const count = (word) => Number(new RegExp(`^# ${word} (\\d+)`, 'm').exec(run.stdout)?.[1] ?? 0);
if (run.status !== 0)
  process.stdout.write(run.stdout + run.stderr);
const passed = count('pass');
const failed = count('fail') + (run.status !== 0 && count('fail') === 0 ? 1 : 0);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed || !passed ? 1 : 0);
