import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError, post } from '../src/api/client';
import { prefs } from '../src/i18n';
import { refusalWords } from '../src/ui/parts';

async function refused(problem: object): Promise<unknown> {
  const before = globalThis.fetch;
  globalThis.fetch = async () => new Response(JSON.stringify(problem), { status: 422 });
  try {
    await post('/users', {});
  } catch (error) {
    return error;
  } finally {
    globalThis.fetch = before;
  }
  return assert.fail('it was taken');
}

test('refusal: a bad member is named by the label of its field', async () => {
  prefs.set({ lang: 'fr' });
  const problem = { type: 'urn:ohmstead:fault:bad-member', detail: 'Un membre manque, est inconnu ou hors limites.' };
  for (const [pointer, words] of [
    ['/expires_days', '«\u00a0Valable\u00a0» manque ou ne convient pas.'],
    ['/user', '«\u00a0Nom d’utilisateur\u00a0» manque ou ne convient pas.'],
    ['/zork', '«\u00a0zork\u00a0» manque ou ne convient pas.'],
  ])
    assert.equal(refusalWords(await refused({ ...problem, errors: [{ pointer }] })), words);
  assert.equal(refusalWords(await refused(problem)), problem.detail);
  prefs.set({ lang: 'en' });
  assert.equal(refusalWords(await refused({ ...problem, errors: [{ pointer: '/name' }] })), '“Name” is missing or will not do.');
  prefs.set({ lang: 'fr' });
});

test('refusal: other faults keep the words of the daemon, and one that never came says so', async () => {
  prefs.set({ lang: 'fr' });
  const problem = { type: 'urn:ohmstead:fault:short-password', detail: 'Un mot de passe a au moins 8 caractères.', errors: [{ pointer: '/password' }] };
  assert.equal(refusalWords(await refused(problem)), problem.detail);
  assert.equal(refusalWords(new ApiError(0, '')), 'ohmstead ne répond pas.');
});
