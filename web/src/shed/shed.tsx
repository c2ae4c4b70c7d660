/* Délestage: what limits the power, who is cut for it and in which order, and what was decided. */
import type { JournalItem, Session, State } from '../api/types';
import { Alerts, alertsOf } from '../home/alerts';
import { Pill } from '../home/pill';
import { useAsked } from '../lib/ask';
import { freshness, type Link } from '../lib/freshness';
import { t } from '../i18n';
import { JournalCard } from '../system/journal';
import { effectsOf } from './facts';
import { LadderCard } from './ladder';
import { LimitsCard } from './limits';
import { PowersCard } from './powers';
import { RulesCard } from './rules';
import { say } from './words';
import '../style/system.css';
import '../style/shed.css';

const EFFECTS_MS = 20_000;

export function Shed({ state, link, now, zone, session }: {
  state: State | null; link: Link; now: number; zone: string; session: Session | null;
}) {
  const { data } = useAsked<{ items: JournalItem[] }>('/journal?kind=effect&limit=200', EFFECTS_MS);
  if (!state)
    return <p role="status">{t('app.loading')}</p>;
  const fresh = freshness(state, link);
  const dead = fresh.tone === 'bad' || fresh.tone === 'wait';
  return (
    <>
      <Pill fresh={fresh} onOpen={null} />
      <Alerts alerts={alertsOf(state, link)} />
      {dead && <p class="tone-text-warn zone" role="status">{say('dead')}</p>}
      <div class="shed-page">
        <LimitsCard limits={state.limits} ecowatt={state.ecowatt} dead={dead} now={now} zone={zone} />
        <LadderCard loads={state.loads} effects={effectsOf(data?.items ?? [])} now={now} zone={zone} session={session} />
        <RulesCard loads={state.loads} meters={state.meters} limits={state.limits} contract={state.tariff !== null} now={now} zone={zone} session={session} />
        <PowersCard loads={state.loads} now={now} zone={zone} />
        <JournalCard loads={state.loads} now={now} zone={zone} />
      </div>
    </>
  );
}
