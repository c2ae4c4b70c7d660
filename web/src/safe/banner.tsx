/* The banner of the safe mode: why, what it means, what to do, and the way out. */
import { useState } from 'preact/hooks';
import { del } from '../api/client';
import type { Run } from '../api/run';
import type { Session } from '../api/types';
import { when } from '../lib/words';
import { mayOverride } from '../model';
import { refusalWords } from '../ui/parts';
import { Icon } from '../ui/icons';
import { has, say } from './words';

function why(run: Run, unread: boolean, now: number, zone: string): string {
  if (unread)
    return say('unread');
  if (!run.last || run.aborts === 0)
    return say('asked');
  const key = `cause.${run.last.cause}`;
  return say('aborted', {
    n: run.aborts,
    when: run.last.time ? when(run.last.time, now, zone) : '?',
    cause: say(has(key) ? key : 'cause.ended', { signal: run.last.signal ?? '?' }),
  });
}

type Asked = 'no' | 'leaving' | { failed: string };

export function SafeBanner({ run, unread, now, zone, session }: { run: Run; unread: boolean; now: number; zone: string; session: Session | null }) {
  const [asked, setAsked] = useState<Asked>('no');
  const leave = () => {
    setAsked('leaving');
    del('/safe-mode').catch((error: unknown) => setAsked({ failed: refusalWords(error) }));
  };
  return (
    <section class="safe" aria-label={say('title')}>
      <h2><Icon name="stop" size={20} /> {say('title')}</h2>
      <p>{why(run, unread, now, zone)} {say(run.mode === 'bare' ? 'bare' : 'safe')}</p>
      <p>{say('do')}{run.ends && ` ${say('ends', { when: when(run.ends, now, zone) })}`}</p>
      {asked === 'leaving'
        ? <p role="status">{say('leaving')}</p>
        : mayOverride(session) && (
          <p class="actions">
            <button type="button" class="button" onClick={leave}>{say('leave')}</button>
          </p>
        )}
      {typeof asked === 'object' && <p role="alert">{say('failed', { words: asked.failed })}</p>}
    </section>
  );
}
