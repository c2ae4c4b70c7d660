import { useEffect, useState } from 'preact/hooks';
import type { Role, Session, Token, User } from '../api/types';
import { del, get, post, put } from '../api/client';
import { t } from '../i18n';
import { signOut } from '../model';
import { dateOf } from '../lib/time';
import { day } from '../lib/words';
import { Dialog } from '../ui/dialog';
import { refusalWords } from '../ui/parts';
import { Field, SignIn } from './door';

const ROLES: Role[] = ['viewer', 'operator', 'admin'];
const EXPIRY_DAYS = [30, 90, 365];

/** A date in the zone of who administers: accounts belong to people, not to the site. */
function dateWords(at: string | null | undefined): string {
  if (!at)
    return t('tokens.never');
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return `${day(dateOf(Date.parse(at), zone), dateOf(Date.now(), zone), 'long')} ${at.slice(0, 4)}`;
}

const roleWords = (role: Role) => t(`role.${role}`);

function RoleField({ id, value, onChange }: { id: string; value: Role; onChange: (role: Role) => void }) {
  return (
    <div class="field">
      <label for={id}>{t('users.role')}</label>
      <select id={id} value={value} onChange={(e) => onChange(e.currentTarget.value as Role)}>
        {ROLES.map((role) => <option key={role} value={role}>{roleWords(role)}</option>)}
      </select>
    </div>
  );
}

function Confirm({ words, button, act, onClose }: {
  words: string; button: string; act: () => Promise<unknown>; onClose: () => void;
}) {
  const [error, setError] = useState('');
  const run = () => act().then(onClose, (e) => setError(refusalWords(e)));
  return (
    <Dialog title={t('confirm.title')} onClose={onClose}>
      <p>{words}</p>
      {error && <p class="error" role="alert">{error}</p>}
      <div class="actions end">
        <button type="button" class="button" onClick={onClose}>{t('override.cancel')}</button>
        <button type="button" class="button danger" onClick={() => void run()}>{button}</button>
      </div>
    </Dialog>
  );
}

/** A list the daemon keeps: read once, and again after each change. */
function useList<T>(path: string): { items: T[]; error: string; reload: () => void } {
  const [items, setItems] = useState<T[]>([]);
  const [error, setError] = useState('');
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    get<{ items: T[] }>(path).then(
      (answer) => { setItems(answer.items); setError(''); },
      (e) => setError(refusalWords(e)));
  }, [path, turn]);
  return { items, error, reload: () => setTurn((n) => n + 1) };
}

function Users({ me }: { me: string | null }) {
  const { items, error, reload } = useList<User>('/users');
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [role, setRole] = useState<Role>('viewer');
  const [refused, setRefused] = useState('');
  const [removing, setRemoving] = useState<string | null>(null);
  const add = () => post('/users', { name: name.trim(), password, role }).then(
    () => { setName(''); setPassword(''); setRefused(''); reload(); },
    (e) => setRefused(refusalWords(e)));
  return (
    <section class="card">
      <h2>{t('users.title')}</h2>
      {error && <p class="error" role="alert">{error}</p>}
      <table>
        <caption class="sr">{t('users.title')}</caption>
        <thead><tr>
          <th scope="col">{t('users.name')}</th><th scope="col">{t('users.role')}</th>
          <th scope="col"><span class="sr">{t('users.actions')}</span></th>
        </tr></thead>
        <tbody>
          {items.map((user) => (
            <tr key={user.name}>
              <th scope="row">{user.name}</th>
              <td>{roleWords(user.role)}</td>
              <td class="num">
                {user.name !== me && (
                  <button
                    type="button" class="button" aria-label={t('users.remove_label', { name: user.name })}
                    onClick={() => setRemoving(user.name)}
                  >{t('users.remove')}</button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <form class="row-form" onSubmit={(e) => { e.preventDefault(); void add(); }}>
        <h3>{t('users.add')}</h3>
        <Field
          id="new-user" label={t('users.name')} value={name} onInput={setName} maxLength={31}
          help={t('account.user_help')}
        />
        <Field
          id="new-password" label={t('account.password')} type="password" value={password} minLength={8}
          onInput={setPassword} autocomplete="new-password" help={t('account.password_help')}
        />
        <RoleField id="new-role" value={role} onChange={setRole} />
        {refused && <p class="error" role="alert">{refused}</p>}
        <div class="actions"><button type="submit" class="button primary">{t('users.add')}</button></div>
      </form>
      {removing && (
        <Confirm
          words={t('confirm.remove_user', { name: removing })} button={t('users.remove')}
          act={() => del(`/users/${encodeURIComponent(removing)}`).then(reload)} onClose={() => setRemoving(null)}
        />
      )}
    </section>
  );
}

function Password({ user }: { user: string }) {
  const [current, setCurrent] = useState('');
  const [password, setPassword] = useState('');
  const [error, setError] = useState('');
  const [done, setDone] = useState(false);
  const change = () => put(`/users/${encodeURIComponent(user)}/password`, { current, password }).then(
    () => { setCurrent(''); setPassword(''); setError(''); setDone(true); },
    (e) => { setDone(false); setError(refusalWords(e)); });
  return (
    <form class="row-form" onSubmit={(e) => { e.preventDefault(); void change(); }}>
      <h3>{t('account.change')}</h3>
      <Field
        id="current" label={t('account.current')} type="password" value={current}
        onInput={setCurrent} autocomplete="current-password"
      />
      <Field
        id="changed" label={t('account.new')} type="password" value={password} minLength={8}
        onInput={setPassword} autocomplete="new-password" help={t('account.password_help')}
      />
      {error && <p class="error" role="alert">{error}</p>}
      {done && <p role="status">{t('account.changed')}</p>}
      <div class="actions"><button type="submit" class="button">{t('account.change')}</button></div>
    </form>
  );
}

function NewToken({ token }: { token: string }) {
  const [copied, setCopied] = useState(false);
  const copy = () => navigator.clipboard?.writeText(token).then(() => setCopied(true), () => setCopied(false));
  return (
    <div class="secret" role="status">
      <p>{t('tokens.new')}</p>
      <p><code>{token}</code></p>
      {'clipboard' in navigator && (
        <button type="button" class="button" onClick={() => void copy()}>{t(copied ? 'tokens.copied' : 'tokens.copy')}</button>
      )}
    </div>
  );
}

function Tokens() {
  const { items, error, reload } = useList<Token>('/tokens');
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('viewer');
  const [days, setDays] = useState(365);
  const [fresh, setFresh] = useState('');
  const [refused, setRefused] = useState('');
  const [revoking, setRevoking] = useState<Token | null>(null);
  const add = () => post<{ token: string }>('/tokens', {
    name: name.trim(), role, ...(days ? { expires_days: days } : {}),
  }).then(
    (made) => { setFresh(made.token); setName(''); setRefused(''); reload(); },
    (e) => setRefused(refusalWords(e)));
  return (
    <section class="card">
      <h2>{t('tokens.title')}</h2>
      {error && <p class="error" role="alert">{error}</p>}
      {items.length === 0 && !error && <p class="quiet">{t('tokens.none')}</p>}
      {items.length > 0 && (
        <div class="scroll"><table>
          <caption class="sr">{t('tokens.title')}</caption>
          <thead><tr>
            <th scope="col">{t('users.name')}</th><th scope="col">{t('users.role')}</th>
            <th scope="col">{t('tokens.expires')}</th><th scope="col">{t('tokens.used')}</th>
            <th scope="col"><span class="sr">{t('users.actions')}</span></th>
          </tr></thead>
          <tbody>
            {items.map((token) => (
              <tr key={token.id}>
                <th scope="row">{token.name}</th>
                <td>{roleWords(token.role)}</td>
                <td>{dateWords(token.expires)}</td>
                <td>{dateWords(token.last_used)}</td>
                <td class="num">
                  <button
                    type="button" class="button" aria-label={t('tokens.revoke_label', { name: token.name })}
                    onClick={() => setRevoking(token)}
                  >{t('tokens.revoke')}</button>
                </td>
              </tr>
            ))}
          </tbody>
        </table></div>
      )}
      {fresh && <NewToken key={fresh} token={fresh} />}
      <form class="row-form" onSubmit={(e) => { e.preventDefault(); void add(); }}>
        <h3>{t('tokens.add')}</h3>
        <Field id="token-name" label={t('users.name')} value={name} onInput={setName} maxLength={40} />
        <RoleField id="token-role" value={role} onChange={setRole} />
        <div class="field">
          <label for="token-days">{t('tokens.valid')}</label>
          <select id="token-days" value={String(days)} onChange={(e) => setDays(Number(e.currentTarget.value))}>
            {EXPIRY_DAYS.map((n) => <option key={n} value={String(n)}>{t('tokens.days', { n })}</option>)}
            <option value="0">{t('tokens.unlimited')}</option>
          </select>
        </div>
        {refused && <p class="error" role="alert">{refused}</p>}
        <div class="actions"><button type="submit" class="button primary">{t('tokens.add')}</button></div>
      </form>
      {revoking && (
        <Confirm
          words={t('confirm.revoke', { name: revoking.name })} button={t('tokens.revoke')}
          act={() => del(`/tokens/${encodeURIComponent(revoking.id)}`).then(reload)} onClose={() => setRevoking(null)}
        />
      )}
    </section>
  );
}

function Account({ session }: { session: Session | null }) {
  const [error, setError] = useState('');
  if (!session?.user)
    return session?.demo
      ? <section class="card"><h2>{t('account.title')}</h2><p>{t('account.demo')}</p></section>
      : <SignIn />;
  const leave = () => signOut().catch((e) => setError(refusalWords(e)));
  return (
    <section class="card">
      <h2>{t('account.title')}</h2>
      <p>{t('account.signed_in', { user: session.user, role: roleWords(session.role) })}</p>
      {error && <p class="error" role="alert">{error}</p>}
      <div class="actions"><button type="button" class="button" onClick={() => void leave()}>{t('account.sign_out')}</button></div>
      <Password user={session.user} />
    </section>
  );
}

export function Settings({ session }: { session: Session | null }) {
  return (
    <div class="settings">
      <Account session={session} />
      {session?.role === 'admin' && <><Users me={session.user} /><Tokens /></>}
    </div>
  );
}
