/* The loads by tier: who is cut, why, since when, until when, by which wire, and what it did. */
import { useState } from 'preact/hooks';
import { hasSetting } from '../api/settings';
import type { Load, Session } from '../api/types';
import { Contact } from '../home/board';
import { OverrideDialog } from '../home/forms';
import { Row } from '../home/loads';
import { nominal } from '../lib/format';
import { moment } from '../lib/words';
import { lang } from '../i18n';
import { forceLoad, mayOverride, setLoad } from '../model';
import { Card } from '../ui/parts';
import { ladder, type Effect } from './facts';
import { SettingDialog, Told } from './setting';
import { say } from './words';

const va = (value: number) => (value < 0 ? '\u2212' : '+') + nominal(Math.abs(value), lang(), 'VA');

function Wire({ load }: { load: Load }) {
  const { output } = load;
  if (!output)
    return <p class="quiet">{say('ladder.no_wire')}</p>;
  const rest = output.contact === 'NC' ? 'ladder.rest_fed' : 'ladder.rest_shed';
  return (
    <div class="wiring">
      <Contact coil={output.coil} contact={output.contact} />
      <p class="quiet">
        {say('ladder.wire', {
          n: output.channel + 1, board: output.board, contact: output.contact,
          coil: say(output.coil ? 'ladder.coil_on' : 'ladder.coil_off'),
        })}{' '}{say(rest)}
      </p>
    </div>
  );
}

function Did({ effect, now, zone }: { effect: Effect | undefined; now: number; zone: string }) {
  if (!effect)
    return <p class="quiet">{say('ladder.no_effect')}</p>;
  const figures = { expected: va(effect.expected_va), measured: va(effect.measured_va) };
  return (
    <p class="quiet load-effect">
      {effect.time ? say('ladder.effect', { when: moment(effect.time, now, zone), ...figures })
        : say('ladder.effect_no_time', figures)}
    </p>
  );
}

export function LadderCard({ loads, effects, now, zone, session }: {
  loads: Load[]; effects: Map<string, Effect>; now: number; zone: string; session: Session | null;
}) {
  const [forcing, setForcing] = useState<string | null>(null);
  const may = mayOverride(session);
  const tiers = ladder(loads);
  const cut = tiers.filter(({ tier }) => tier !== null).length;
  const load = loads.find((l) => l.id === forcing);
  const heading = (at: number) => (at === cut ? 'ladder.never' as const : cut === 1 ? 'ladder.only' as const
    : at === 0 ? 'ladder.first' as const : at === cut - 1 ? 'ladder.last' as const : 'ladder.tier' as const);
  return (
    <Card title={say('ladder.title')} area="ladder">
      {tiers.length === 0 && <p class="quiet">{say('ladder.none')}</p>}
      {tiers.map(({ tier, loads: items }, at) => (
        <section key={tier} class="tier" aria-labelledby={`tier-${tier}`}>
          <p class="tier-head" id={`tier-${tier}`}>{say(heading(at), { n: tier ?? '' })}</p>
          <ul>
            {items.map((item) => (
              <Row key={item.id} load={item} now={now} zone={zone} may={may} onForce={() => setForcing(item.id)}>
                <Told load={item} />
                {item.not_with.length > 0 && (
                  <p class="quiet">{say('ladder.not_with', {
                    names: item.not_with.map((id) => loads.find((l) => l.id === id)?.name ?? id).join(', '),
                  })}</p>
                )}
                <Did effect={effects.get(item.id)} now={now} zone={zone} />
                {!hasSetting(item) && <Wire load={item} />}
              </Row>
            ))}
          </ul>
        </section>
      ))}
      {session && !may && loads.length > 0 && <p class="quiet">{say('ladder.sign_in')}</p>}
      {load && hasSetting(load) && (
        <SettingDialog
          key={load.id} load={load} now={now} zone={zone} onClose={() => setForcing(null)}
          apply={(asked, until) => setLoad(load.id, asked, until)}
        />
      )}
      {load && !hasSetting(load) && (
        <OverrideDialog
          key={load.id} load={load} now={now} zone={zone} onClose={() => setForcing(null)}
          apply={(state, until) => forceLoad(load.id, state, until)}
        />
      )}
    </Card>
  );
}
