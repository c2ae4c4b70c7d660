/* What may be drawn, what is drawn of it, and how long that holds. */
import type { Ecowatt, Limit } from '../api/types';
import { apparent, nominal, percent } from '../lib/format';
import { duration } from '../lib/time';
import { moment } from '../lib/words';
import { lang } from '../i18n';
import { Card } from '../ui/parts';
import { Icon } from '../ui/icons';
import { inOrder, nextOf, share } from './facts';
import { say } from './words';

const WARN_RATIO = 0.85;
const SOON_S = 120;

const kva = (va: number) => apparent(va, lang());

function nameOf(limit: Limit): string {
  const name = say(`limits.${limit.kind}`, { id: limit.id });
  return limit.phase ? `${name}, ${say('limits.phase', { n: limit.phase })}` : name;
}

function sourceOf(limit: Limit, now: number, zone: string): string {
  if (limit.source !== 'order')
    return say(`limits.source.${limit.source}`);
  return limit.until ? say('limits.source.order', { when: moment(limit.until, now, zone) }) : say('limits.source.order_open');
}

function Bar({ limit, ratio }: { limit: Limit; ratio: number }) {
  const part = Math.round(Math.min(ratio, 1) * 1000) / 10;
  const words = say('limits.of', {
    drawn: nominal(limit.measured_va, lang(), 'VA'), limit: kva(limit.va!), percent: percent(ratio, lang()),
  });
  const tone = ratio > 1 ? 'bad' : ratio > WARN_RATIO ? 'warn' : 'ok';
  return (
    <>
      <div
        class={`bar bar-${tone}`} role="meter" aria-label={say('limits.bar', { what: nameOf(limit) })}
        aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(part)} aria-valuetext={words}
      >
        <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
          <rect class="bar-fill" width={part} height="10" />
        </svg>
      </div>
      <p class="bar-words">{words}</p>
    </>
  );
}

function TimeLeft({ limit, known }: { limit: Limit; known: boolean }) {
  if (limit.kind !== 'main' && limit.kind !== 'fuse')
    return null;
  if (!known)
    return <p class="quiet">{say('limits.unknown')}</p>;
  if (limit.trip_s === null)
    return <p class="quiet">{say('limits.holds')}</p>;
  return (
    <p class="tone-text-warn limit-trip" role={limit.trip_s <= SOON_S ? 'alert' : undefined}>
      <Icon name="clock" size={16} /> {say('limits.trip', { time: duration(limit.trip_s, lang()) })}
    </p>
  );
}

function Then({ limit, ecowatt, now, zone }: { limit: Limit; ecowatt: Ecowatt; now: number; zone: string }) {
  const next = nextOf(limit, ecowatt, now);
  if (!next)
    return null;
  const from = moment(next.from, now, zone);
  if (next.va === null)
    return <p class="quiet">{say('limits.next_none', { from })}</p>;
  return (
    <p class="quiet">
      {next.to ? say('limits.next_span', { limit: kva(next.va), from, to: moment(next.to, now, zone) })
        : say('limits.next', { limit: kva(next.va), from })}
    </p>
  );
}

function Row({ limit, ecowatt, dead, now, zone }: {
  limit: Limit; ecowatt: Ecowatt; dead: boolean; now: number; zone: string;
}) {
  const ratio = dead ? null : share(limit);
  return (
    <li class={limit.in_force ? 'limit' : 'limit limit-idle'} data-limit={limit.id} data-phase={limit.phase ?? 0}>
      <h3>{nameOf(limit)}</h3>
      {limit.va === null ? <p class="quiet">{say('limits.idle')}</p> : (
        <>
          {ratio === null || !limit.in_force ? <p class="bar-words">{limit.in_force ? say('limits.only', { limit: kva(limit.va) }) : kva(limit.va)}</p>
            : <Bar limit={limit} ratio={ratio} />}
          <p class="quiet">{sourceOf(limit, now, zone)}</p>
          {limit.in_force ? <TimeLeft limit={limit} known={ratio !== null} /> : <p class="quiet">{say('limits.other')}</p>}
        </>
      )}
      <Then limit={limit} ecowatt={ecowatt} now={now} zone={zone} />
    </li>
  );
}

export function LimitsCard({ limits, ecowatt, dead, now, zone }: {
  limits: Limit[]; ecowatt: Ecowatt; dead: boolean; now: number; zone: string;
}) {
  return (
    <Card title={say('limits.title')} area="limits">
      {limits.length === 0 && <p class="quiet">{say('limits.none')}</p>}
      <ul class="limits">
        {inOrder(limits).map((limit) => (
          <Row key={`${limit.id}/${limit.phase ?? 0}`} limit={limit} ecowatt={ecowatt} dead={dead} now={now} zone={zone} />
        ))}
      </ul>
    </Card>
  );
}
