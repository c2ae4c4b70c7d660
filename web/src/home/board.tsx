import type { Load, Relay } from '../api/types';
import { t } from '../i18n';
import { Card } from '../ui/parts';

/** The relay as wired: common on the left, NC above, NO below; the blade lies on NC at rest. The
 * wire that feeds the load is the thick one. */
export function Contact({ coil, contact }: { coil: boolean; contact: string | null }) {
  const bladeY = coil ? 27 : 9;
  const wire = (which: string, y: number) => (
    <path class={contact === which ? 'wire wire-load' : 'wire'} d={`M44 ${y}h20`} />
  );
  const live = contact === null ? false : (contact === 'NO') === coil;
  return (
    <svg class={live ? 'contact contact-live' : 'contact'} viewBox="0 0 84 36" width="84" height="36" aria-hidden="true">
      <path class="wire" d="M4 18h12" />
      <circle class="node" cx="18" cy="18" r="2.5" />
      <path class="blade" d={`M18 18 42 ${bladeY}`} />
      {wire('NC', 8)}
      {wire('NO', 28)}
      <circle class="node" cx="44" cy="8" r="2.5" />
      <circle class="node" cx="44" cy="28" r="2.5" />
      <text x="66" y="11">NC</text>
      <text x="66" y="31">NO</text>
    </svg>
  );
}

function Slot({ relay, load }: { relay: Relay; load: Load | undefined }) {
  const contact = load?.output?.contact ?? null;
  return (
    <li class={relay.load ? 'relay' : 'relay relay-free'} data-relay={relay.channel}>
      <div class="relay-head">
        <span class={relay.led ? 'led led-on' : 'led'} aria-hidden="true" />
        <strong>{t('board.relay', { n: relay.channel + 1 })}</strong>
      </div>
      <p class="relay-load">{load?.name ?? relay.load ?? t('board.free')}</p>
      <Contact coil={relay.coil} contact={contact} />
      <p class="quiet">
        {t(relay.led ? 'board.led_on' : 'board.led_off')}, {t(relay.coil ? 'board.coil_on' : 'board.coil_off')}
        {contact && `, ${t('board.contact', { contact })}`}
      </p>
    </li>
  );
}

export function Board({ relays, loads }: { relays: Relay[]; loads: Load[] }) {
  const simulated = relays.every((r) => r.board === 'sim');
  return (
    <Card title={t('board.title')} area="board">
      {simulated && <p class="quiet">{t('board.simulated')}</p>}
      <ul class="relays">
        {relays.map((relay) => (
          <Slot
            key={`${relay.board}/${relay.channel}`} relay={relay}
            load={loads.find((l) => l.id === relay.load)}
          />
        ))}
      </ul>
      <p class="quiet">{t('board.help')}</p>
    </Card>
  );
}
