/* A source, step by step: where it is plugged in, what it speaks, its secrets; then it is tried, and
 * what to write into the configuration is shown. */
import type { TargetedInputEvent } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Port, Ports, Trial } from '../api/types';
import { api, get } from '../api/client';
import { lang, t } from '../i18n';
import { Card, refusalWords } from '../ui/parts';
import { FrameView } from './frame';
import { yamlOf, type Source } from './yaml';

const TRIAL_S = 25;
const BAUDS = ['', '300', '1200', '2400', '4800', '9600', '19200', '38400', '57600', '115200'];
const FRAMINGS = ['', '8N1', '8E1', '7E1', '8O1', '7O1'];
const EMPTY: Source = {
  port: '', protocol: 'auto', baud: '', framing: '', address: '', profile: '', key: '', auth_key: '', password: '',
};

function Text({ id, label, help, value, secret, onInput }: {
  id: string; label: string; help?: string; value: string; secret?: boolean; onInput: (value: string) => void;
}) {
  const common = {
    id, value, autocomplete: 'off', spellcheck: false, autocapitalize: 'none',
    ...(help ? { 'aria-describedby': `${id}-help` } : {}),
    onInput: (e: TargetedInputEvent<HTMLInputElement>) => onInput(e.currentTarget.value),
  } as const;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {secret ? <input type="password" {...common} /> : <input type="text" {...common} />}
      {help && <p class="quiet" id={`${id}-help`}>{help}</p>}
    </div>
  );
}

function Choice({ id, label, value, options, onChange }: {
  id: string; label: string; value: string; options: [string, string][]; onChange: (value: string) => void;
}) {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select id={id} value={value} onChange={(e) => onChange(e.currentTarget.value)}>
        {options.map(([key, words]) => <option key={key} value={key}>{words}</option>)}
      </select>
    </div>
  );
}

const portWords = (port: Port) =>
  port.name + (port.used_by ? ` (${t('setup.used_by', { name: port.used_by })})` : port.allowed ? '' : ` (${t('setup.not_allowed')})`);

function PortStep({ ports, source, set }: { ports: Port[]; source: Source; set: (part: Partial<Source>) => void }) {
  const known = ports.some((p) => p.port === source.port);
  return (
    <fieldset>
      <legend>{t('setup.step_port')}</legend>
      {ports.length > 0 && (
        <Choice
          id="setup-port" label={t('setup.port')} value={known ? source.port : ''}
          options={[['', t('setup.port_other')], ...ports.map((p): [string, string] => [p.port, portWords(p)])]}
          onChange={(port) => set({ port })}
        />
      )}
      {!known && (
        <Text id="setup-address" label={t('setup.address_line')} help={t('setup.address_help')} value={source.port}
          onInput={(port) => set({ port })} />
      )}
      {source.port.startsWith('serial:') && (
        <div class="pair">
          <Choice id="setup-baud" label={t('setup.baud')} value={source.baud}
            options={BAUDS.map((b): [string, string] => [b, b || t('setup.usual')])} onChange={(baud) => set({ baud })} />
          <Choice id="setup-framing" label={t('setup.framing')} value={source.framing}
            options={FRAMINGS.map((f): [string, string] => [f, f || t('setup.usual')])} onChange={(framing) => set({ framing })} />
        </div>
      )}
    </fieldset>
  );
}

function Result({ trial, source }: { trial: Trial; source: Source }) {
  if (trial.error)
    return <p class="error" role="alert">{trial.error}</p>;
  const good = trial.state === 'ok';
  return (
    <div class={good ? 'verdict tone-ok' : 'verdict tone-bad'} role="status">
      <p><strong>{good ? t('setup.good') : t('setup.bad')}</strong> {trial.text?.[lang()]}</p>
      {good && (
        <p>{[trial.protocol, trial.profile, trial.meter_id].filter(Boolean).join(' · ')}</p>
      )}
      {(trial.refusals ?? []).length > 0 && (
        <ul>{trial.refusals!.map((words) => <li key={words}><code>{words}</code></li>)}</ul>
      )}
      <FrameView frame={{ hex: trial.hex ?? null, cut: trial.cut ?? false, message: trial.message ?? null }} />
      {good && (
        <>
          <p>{t('setup.yaml')}</p>
          <pre class="dump" tabIndex={0} aria-label={t('setup.yaml_label')}>{yamlOf(source, trial.protocol ?? '')}</pre>
        </>
      )}
    </div>
  );
}

/** What is empty is not sent: the daemon then does as usual. */
function bodyOf(source: Source): Record<string, unknown> {
  const entries = Object.entries(source).filter(([, value]) => value.trim() !== '');
  return Object.fromEntries(entries.map(([key, value]) => [key, key === 'baud' ? Number(value) : value.trim()]));
}

export function Setup() {
  const [source, setSource] = useState<Source>(EMPTY);
  const [lists, setLists] = useState<Ports>({ items: [], protocols: [] });
  const [tried, setTried] = useState<{ trial: Trial; source: Source } | null>(null);
  const [error, setError] = useState('');
  const [busy, setBusy] = useState(false);
  const set = (part: Partial<Source>) => setSource({ ...source, ...part });
  useEffect(() => {
    get<Ports>('/ports').then(setLists).catch(() => undefined); /* an address can still be typed */
  }, []);

  const attempt = async () => {
    setBusy(true);
    setError('');
    setTried(null);
    await api<Trial>('POST', '/trials', { ...bodyOf(source), seconds: TRIAL_S }, (TRIAL_S + 15) * 1000)
      .then((trial) => setTried({ trial, source })).catch((e) => setError(refusalWords(e)));
    setBusy(false);
  };

  return (
    <Card title={t('setup.title')} area="setup">
      <p class="quiet">{t('setup.words')}</p>
      <form class="setup" onSubmit={(e) => { e.preventDefault(); void attempt(); }}>
        <PortStep ports={lists.items} source={source} set={set} />
        <fieldset>
          <legend>{t('setup.step_protocol')}</legend>
          <Choice
            id="setup-protocol" label={t('setup.protocol')} value={source.protocol}
            options={[['auto', t('setup.auto')], ...lists.protocols.map((p): [string, string] => [p.name, p.label])]}
            onChange={(protocol) => set({ protocol })}
          />
          <Text id="setup-device" label={t('setup.address')} help={t('setup.device_help')} value={source.address}
            onInput={(address) => set({ address })} />
        </fieldset>
        <fieldset>
          <legend>{t('setup.step_key')}</legend>
          <Text id="setup-key" label={t('setup.key')} help={t('setup.key_help')} value={source.key} secret
            onInput={(key) => set({ key })} />
          <Text id="setup-auth" label={t('setup.auth_key')} value={source.auth_key} secret onInput={(auth_key) => set({ auth_key })} />
          <Text id="setup-password" label={t('setup.password')} value={source.password} secret onInput={(password) => set({ password })} />
        </fieldset>
        <fieldset>
          <legend>{t('setup.step_profile')}</legend>
          <Text id="setup-profile" label={t('setup.profile')} help={t('setup.profile_help')} value={source.profile}
            onInput={(profile) => set({ profile })} />
        </fieldset>
        {error && <p class="error" role="alert">{error}</p>}
        <div class="actions">
          <button class="button primary" type="submit" disabled={busy || !source.port.trim()}>
            {t(busy ? 'setup.trying' : 'setup.try')}
          </button>
        </div>
      </form>
      {tried && <Result trial={tried.trial} source={tried.source} />}
    </Card>
  );
}
