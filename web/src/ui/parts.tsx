/* Small pieces that every card uses. */
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import type { Quantity } from '../lib/format';
import { t, type Key } from '../i18n';
import { ApiError } from '../api/client';

export function Card({ title, area, children, tools }: {
  title: string; area: string; children: ComponentChildren; tools?: ComponentChildren;
}) {
  const id = useId();
  return (
    <section class={`card card-${area}`} aria-labelledby={id}>
      <header class="card-head">
        <h2 id={id}>{title}</h2>
        {tools}
      </header>
      {children}
    </section>
  );
}

/** A number in large with its unit in small: one phrase to a voice, never split over lines. */
export function Big({ q, dim = false }: { q: Quantity; dim?: boolean }) {
  return (
    <span class={dim ? 'big dim' : 'big'}>
      {q.value}{q.unit && <>{'\u00a0'}<span class="unit">{q.unit}</span></>}
    </span>
  );
}

/** Drawing or table: the same facts twice. */
export function ViewSwitch({ table, onChange, drawing }: {
  table: boolean; onChange: (table: boolean) => void; drawing: string;
}) {
  return (
    <div class="switch" role="group" aria-label={t('view.label')}>
      <button type="button" aria-pressed={!table} onClick={() => onChange(false)}>{drawing}</button>
      <button type="button" aria-pressed={table} onClick={() => onChange(true)}>{t('view.table')}</button>
    </div>
  );
}

const ANNOUNCE_MS = 8_000;

/** Says `words` to a screen reader when they change, at most once in eight seconds: the last wins. */
export function LiveRegion({ words }: { words: string }) {
  const [said, setSaid] = useState('');
  const last = useRef(0);
  const first = useRef(true);
  useEffect(() => {
    if (first.current) {
      first.current = false; /* what the page shows at first is read like any page */
      return;
    }
    const wait = Math.max(0, last.current + ANNOUNCE_MS - Date.now());
    const timer = setTimeout(() => {
      last.current = Date.now();
      setSaid(words);
    }, wait);
    return () => clearTimeout(timer);
  }, [words]);
  return <div class="sr" role="status" aria-live="polite">{said}</div>;
}

/** The members of bodies by the labels of their fields. */
const labels: Partial<Record<string, Key>> = {
  name: 'users.name', user: 'account.user', password: 'account.password', current: 'account.current',
  role: 'users.role', expires_days: 'tokens.valid', code: 'claim.code', port: 'setup.address_line',
  protocol: 'setup.protocol', baud: 'setup.baud', framing: 'setup.framing', profile: 'setup.profile',
  address: 'setup.address', key: 'setup.key', auth_key: 'setup.auth_key', settings: 'setup.settings',
  state: 'override.state', minutes: 'override.for',
};

export function refusalWords(error: unknown): string {
  if (!(error instanceof ApiError))
    return t('account.failed', { detail: String(error) });
  if (error.status === 0)
    return t('account.unreachable');
  const label = labels[error.member];
  if (error.member)
    return t('account.bad_member', { field: label ? t(label) : error.member });
  if (error.message)
    return error.message;
  if (error.status === 429)
    return t('account.too_many');
  return error.status === 403 ? t('account.forbidden') : t('account.failed', { detail: String(error.status) });
}
