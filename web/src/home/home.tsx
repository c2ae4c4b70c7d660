import { useState } from 'preact/hooks';
import type { State } from '../api/types';
import { freshness, type Link } from '../lib/freshness';
import { t } from '../i18n';
import { mayOverride, model, siteNow } from '../model';
import { useStore } from '../lib/store';
import { LiveRegion } from '../ui/parts';
import { Alerts, alertsOf } from './alerts';
import { Board } from './board';
import { Curve } from './curve';
import { Detail } from './detail';
import { EcowattCard } from './ecowatt';
import { Flow } from './flow';
import { Journal } from './journal';
import { Loads } from './loads';
import { Pill } from './pill';
import { PowerCard } from './power';
import { TodayCard } from './today';

function Skeleton() {
  return (
    <div class="home" aria-busy="true">
      <p class="sr">{t('app.loading')}</p>
      {['power', 'today', 'ecowatt', 'flow', 'loads'].map((area) => (
        <div key={area} class={`card card-${area} skeleton`} aria-hidden="true" />
      ))}
    </div>
  );
}

export function Home({ state, link, zone }: { state: State | null; link: Link; zone: string }) {
  const [detail, setDetail] = useState(false);
  const { session } = useStore(model);
  const fresh = freshness(state, link);
  const alerts = alertsOf(state, link);
  const dead = fresh.tone === 'bad' || fresh.tone === 'wait';
  const now = siteNow();
  const words = [
    t('live.fresh', { words: t(fresh.key) }),
    ...(state?.loads ?? []).map((l) =>
      t(l.state === 'fed' ? 'live.load_fed' : 'live.load_shed', { name: l.name })),
  ].join(' ');

  return (
    <>
      <Pill fresh={fresh} onOpen={state ? () => setDetail(true) : null} />
      <LiveRegion words={words} />
      <Alerts alerts={alerts} />
      {state ? (
        <div class="home">
          <PowerCard state={state} dead={dead} fresh={fresh} />
          <TodayCard state={state} now={now} zone={zone} />
          <EcowattCard ecowatt={state.ecowatt} now={now} zone={zone} may={mayOverride(session)} />
          <Flow state={state} dead={dead} />
          <Loads loads={state.loads} now={now} zone={zone} session={session} />
          <Curve state={state} now={now} zone={zone} />
          <Journal loads={state.loads} now={now} zone={zone} />
          {state.relays.length > 0 && <Board relays={state.relays} loads={state.loads} />}
        </div>
      ) : <Skeleton />}
      {detail && state && (
        <Detail meters={state.meters} since_s={link.since_s} now={now} zone={zone} onClose={() => setDetail(false)} />
      )}
    </>
  );
}
