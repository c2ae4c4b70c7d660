/* The two forms before anything may be read: the first run's claim, and signing in. */
import type { TargetedInputEvent } from 'preact';
import { useState } from 'preact/hooks';
import { ApiError } from '../api/client';
import type { Session } from '../api/types';
import { t } from '../i18n';
import { claim, signIn } from '../model';
import { refusalWords } from '../ui/parts';

export function Field({ id, label, help, ...input }: {
  id: string; label: string; help?: string; type?: 'text' | 'password'; name?: string; value: string;
  autocomplete?: string; minLength?: number; maxLength?: number; onInput: (value: string) => void;
}) {
  const { onInput, value, type = 'text', name, autocomplete, minLength, maxLength } = input;
  const common = {
    id, value, name: name ?? id, required: true, autocomplete: autocomplete ?? 'off',
    maxLength: maxLength ?? 256, spellcheck: false, autocapitalize: 'none',
    ...(minLength ? { minLength } : {}),
    ...(help ? { 'aria-describedby': id + '-help' } : {}),
    onInput: (e: TargetedInputEvent<HTMLInputElement>) => onInput(e.currentTarget.value),
  } as const;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {type === 'password' ? <input type="password" {...common} /> : <input type="text" {...common} />}
      {help && <p class="quiet" id={id + '-help'}>{help}</p>}
    </div>
  );
}

function words(error: unknown, refused: string): string {
  return error instanceof ApiError && (error.status === 401 || error.status === 403) ? refused : refusalWords(error);
}

export function SignIn() {
  const [user, setUser] = useState('');
  const [password, setPassword] = useState('');
  const [error, setError] = useState('');
  const [busy, setBusy] = useState(false);
  const submit = async () => {
    setBusy(true);
    setError('');
    await signIn(user.trim(), password).catch((e) => setError(words(e, t('account.bad_login'))));
    setBusy(false);
  };
  return (
    <form class="card door" onSubmit={(e) => { e.preventDefault(); void submit(); }}>
      <h2>{t('account.sign_in')}</h2>
      <Field id="user" label={t('account.user')} value={user} onInput={setUser} autocomplete="username" />
      <Field
        id="password" label={t('account.password')} type="password" value={password}
        onInput={setPassword} autocomplete="current-password"
      />
      {error && <p class="error" role="alert">{error}</p>}
      <div class="actions"><button class="button primary" type="submit" disabled={busy}>{t('account.sign_in')}</button></div>
    </form>
  );
}

export function Claim() {
  const [code, setCode] = useState('');
  const [user, setUser] = useState('');
  const [password, setPassword] = useState('');
  const [error, setError] = useState('');
  const [busy, setBusy] = useState(false);
  const submit = async () => {
    setBusy(true);
    setError('');
    await claim(code.trim(), user.trim(), password).catch((e) => setError(words(e, t('claim.refused'))));
    setBusy(false);
  };
  return (
    <form class="card door" onSubmit={(e) => { e.preventDefault(); void submit(); }}>
      <h2>{t('claim.title')}</h2>
      <p>{t('claim.words')}</p>
      <Field id="code" label={t('claim.code')} value={code} onInput={setCode} />
      <Field
        id="user" label={t('account.user')} value={user} maxLength={31} onInput={setUser}
        autocomplete="username" help={t('account.user_help')}
      />
      <Field
        id="password" label={t('account.password')} type="password" value={password} minLength={8}
        onInput={setPassword} autocomplete="new-password" help={t('account.password_help')}
      />
      {error && <p class="error" role="alert">{error}</p>}
      <div class="actions"><button class="button primary" type="submit" disabled={busy}>{t('claim.submit')}</button></div>
    </form>
  );
}

/* The claim stays open as long as there is no administrator; others may be there before. */
export function Door({ session }: { session: Session | null }) {
  const [other, setOther] = useState(false);
  if (!session || session.claimed || session.demo) return <SignIn />;
  return (
    <>
      {other ? <SignIn /> : <Claim />}
      <p class="door-other">
        <button class="button" type="button" onClick={() => setOther(!other)}>
          {t(other ? 'claim.have_code' : 'claim.have_account')}
        </button>
      </p>
    </>
  );
}
