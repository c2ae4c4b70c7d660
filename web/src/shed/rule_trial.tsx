/* What rules would have done in the last days. */
import type { RuleTrial } from '../api/rules';
import { duration } from '../lib/time';
import { moment } from '../lib/words';
import { lang } from '../i18n';
import { say } from './words';

export const TRIAL_PATIENCE_MS = 65_000;

export function TrialView({ trial, name, now, zone }: { trial: RuleTrial; name: (id: string) => string; now: number; zone: string }) {
  return (
    <div role="status">
      <p class="quiet">{say('rules.tried', { from: moment(trial.from, now, zone), to: moment(trial.to, now, zone) })}</p>
      <ul class="rules">
        {trial.items.filter((item) => !item.armed).map((item) => (
          <li key={item.id} class="rule" data-trial={item.id}>
            <p><strong>{item.id}</strong>{lang() === 'fr' ? ' : ' : ': '}{item.times === 0 ? say('rules.never')
              : say('rules.acted', { n: item.times, time: duration(item.active_s, lang()) })}
              {item.unknown_s > 0 && <> {say('rules.not_known', { time: duration(item.unknown_s, lang()) })}</>}</p>
            {item.last.length > 0 && (
              <p class="quiet">{item.last.slice(0, 3).map((e) => `${moment(e.from, now, zone)} – ${moment(e.to, now, zone)}`).join(' · ')}</p>
            )}
          </li>
        ))}
      </ul>
      {trial.loads.map((one) => (
        <p key={one.load} class="quiet">{say('rules.switchings', { load: name(one.load), n: one.switchings })}</p>
      ))}
      {trial.lacks.map((lack) => <p key={lack} class="tone-text-warn">{say(`rules.lack.${lack}`)}</p>)}
    </div>
  );
}
