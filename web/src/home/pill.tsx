import type { Freshness, Tone } from '../lib/freshness';
import { duration } from '../lib/time';
import { lang, t } from '../i18n';
import { Icon, type IconName } from '../ui/icons';

const ICON: Record<Tone, IconName> = { ok: 'check', warn: 'warn', bad: 'dead', wait: 'clock' };

export function Pill({ fresh, onOpen }: { fresh: Freshness; onOpen: (() => void) | null }) {
  const age = fresh.tone === 'wait' ? ''
    : fresh.age_s === null ? t('fresh.never') : t('fresh.age', { age: duration(fresh.age_s, lang()) });
  return (
    <button
      type="button" class={`pill tone-${fresh.tone}`} disabled={!onOpen}
      onClick={onOpen ?? undefined} title={t('fresh.details')} data-tone={fresh.tone}
    >
      <Icon name={ICON[fresh.tone]} size={18} />
      <strong>{t(fresh.key)}</strong>
      {age && <span class="pill-age">{age}</span>}
    </button>
  );
}
