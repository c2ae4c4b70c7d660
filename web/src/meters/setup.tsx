/* A source, step by step: where it is plugged in, what it speaks, its secrets; then it is tried, and
 * what to write into the configuration is shown. */
import type { TargetedInputEvent } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Port, Ports, Preset, Trial } from '../api/types';
import { api, get } from '../api/client';
import { lang, t } from '../i18n';
import { Card, refusalWords } from '../ui/parts';
import { FrameView } from './frame';
import { say } from './words';
import { yamlOf, type Source } from './yaml';

const TRIAL_S = 25;
const BAUDS = ['', '300', '1200', '2400', '4800', '9600', '19200', '38400', '57600', '115200'];
const FRAMINGS = ['', '8N1', '8E1', '7E1', '8O1', '7O1'];
const EMPTY: Source = {
  port: '', protocol: 'auto', baud: '', framing: '', address: '', profile: '', key: '', auth_key: '', password: '',
  user: '', preset: '', settings: '', every_s: '', with: {},
};

/** Which questions a protocol has an answer for: the others are not asked. */
const ASKS: Record<'address' | 'profile' | 'key' | 'password' | 'user' | 'settings' | 'every', string[]> = {
  address: ['auto', 'cosem', 'mbus', 'modbus', 'modbus-rtu', 'd0'],
  profile: ['auto', 'dlms', 'mbus', 'modbus', 'modbus-rtu'],
  key: ['auto', 'dlms', 'cosem', 'mbus', 'p1'],
  password: ['cosem', 'mqtt', 'http'],
  user: ['mqtt', 'http'],
  settings: ['cosem'],
  /* It may speak by itself, or wait to be asked. */
  every: ['d0'],
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
  port.name + (port.used_by ? ` (${say('used_by', { name: port.used_by })})` : port.allowed ? '' : ` (${say('not_allowed')})`);

function PortStep({ ports, source, set }: { ports: Port[]; source: Source; set: (part: Partial<Source>) => void }) {
  const known = ports.some((p) => p.port === source.port);
  return (
    <fieldset>
      <legend>{say('step_port')}</legend>
      {ports.length > 0 && (
        <Choice
          id="setup-port" label={say('port')} value={known ? source.port : ''}
          options={[['', say('port_other')], ...ports.map((p): [string, string] => [p.port, portWords(p)])]}
          onChange={(port) => set({ port })}
        />
      )}
      {!known && (
        <Text id="setup-address" label={t('setup.address_line')} help={say('address_help')} value={source.port}
          onInput={(port) => set({ port: port.replace(/^\/dev\//, 'serial:/dev/') })} />
      )}
      {source.port.startsWith('serial:') && (
        <div class="pair">
          <Choice id="setup-baud" label={t('setup.baud')} value={source.baud}
            options={BAUDS.map((b): [string, string] => [b, b || say('usual')])} onChange={(baud) => set({ baud })} />
          <Choice id="setup-framing" label={t('setup.framing')} value={source.framing}
            options={FRAMINGS.map((f): [string, string] => [f, f || say('usual')])} onChange={(framing) => set({ framing })} />
        </div>
      )}
    </fieldset>
  );
}

/** What is read, before where it is: a sensor's preset, or a meter on a line. */
function KindStep({ presets, source, set }: { presets: Preset[]; source: Source; set: (part: Partial<Source>) => void }) {
  const group = (protocol: Preset['protocol'], label: string) => (
    <optgroup label={label}>
      {presets.filter((p) => p.protocol === protocol).map((p) => <option key={p.name} value={p.name}>{p.label[lang()]}</option>)}
    </optgroup>
  );
  return (
    <fieldset>
      <legend>{say('step_kind')}</legend>
      <div class="field">
        <label for="setup-preset">{say('kind')}</label>
        <select
          id="setup-preset" value={source.preset}
          onChange={(e) => set({ preset: e.currentTarget.value, with: {}, protocol: 'auto', port: '', profile: '', address: '', settings: '', every_s: '' })}
        >
          <option value="">{say('kind_line')}</option>
          {group('mqtt', say('kind_mqtt'))}
          {group('http', say('kind_http'))}
        </select>
      </div>
    </fieldset>
  );
}

/** Of a preset: the broker or the device, and what the preset wants to know. */
function SensorStep({ preset, source, set }: { preset: Preset; source: Source; set: (part: Partial<Source>) => void }) {
  const mqtt = preset.protocol === 'mqtt';
  return (
    <fieldset>
      <legend>{say('step_sensor')}</legend>
      <Text
        id="setup-address" label={say(mqtt ? 'broker' : 'url')} help={say(mqtt ? 'broker_help' : 'url_help')}
        value={source.port} onInput={(port) => set({ port })}
      />
      {preset.parameters.map((p) => (
        <Text
          key={p.key} id={`setup-with-${p.key}`} label={p.label[lang()].replace(/^./, (c) => c.toUpperCase())}
          help={p.default !== null ? say('default', { value: p.default }) : p.example !== null ? say('example', { value: p.example }) : ''}
          value={source.with[p.key] ?? ''} onInput={(value) => set({ with: { ...source.with, [p.key]: value } })}
        />
      ))}
    </fieldset>
  );
}

function Result({ trial, source }: { trial: Trial; source: Source }) {
  if (trial.error)
    return <p class="error" role="alert">{trial.error}</p>;
  const good = trial.state === 'ok';
  return (
    <div class={good ? 'verdict tone-ok' : 'verdict tone-bad'} role="status">
      <p><strong>{good ? say('good') : say('bad')}</strong> {trial.text?.[lang()]}</p>
      {good && (
        <p>{[trial.protocol, trial.profile, trial.meter_id].filter(Boolean).join(' · ')}</p>
      )}
      {(trial.refusals ?? []).length > 0 && (
        <ul>{trial.refusals!.map((words) => <li key={words}><code>{words}</code></li>)}</ul>
      )}
      <FrameView frame={{ hex: trial.hex ?? null, cut: trial.cut ?? false, message: trial.message ?? null }} />
      {good && (
        <>
          <p>{say('yaml')}</p>
          <pre class="dump" tabIndex={0} aria-label={say('yaml_label')}>{yamlOf(source, trial.protocol ?? '')}</pre>
        </>
      )}
    </div>
  );
}

/** Some addresses say what is spoken there. */
function protocolOf(source: Source): string {
  if (source.protocol !== 'auto')
    return source.protocol;
  return /^mqtts?:/.test(source.port) ? 'mqtt' : /^https?:/.test(source.port) ? 'http' : 'auto';
}

/** What is empty is not sent: the daemon then does as usual. */
function bodyOf({ with: given, ...texts }: Source): Record<string, unknown> {
  const filled = (of: Record<string, string>) =>
    Object.entries(of).map(([key, value]) => [key, value.trim()] as const).filter(([, value]) => value !== '');
  const body: Record<string, unknown> =
    Object.fromEntries(filled({ ...texts }).map(([key, value]) => [key, key === 'baud' || key === 'every_s' ? Number(value) : value]));
  const pairs = filled(given);
  return pairs.length > 0 ? { ...body, with: Object.fromEntries(pairs) } : body;
}

export function Setup() {
  const [source, setSource] = useState<Source>(EMPTY);
  const [lists, setLists] = useState<Ports>({ items: [], protocols: [], presets: [] });
  const [tried, setTried] = useState<{ trial: Trial; source: Source } | null>(null);
  const [error, setError] = useState('');
  const [busy, setBusy] = useState(false);
  const set = (part: Partial<Source>) => setSource({ ...source, ...part });
  useEffect(() => {
    get<Ports>('/ports').then(setLists).catch(() => undefined); /* an address can still be typed */
  }, []);

  const preset = lists.presets.find((p) => p.name === source.preset);
  const asks = (what: keyof typeof ASKS) => ASKS[what].includes(preset?.protocol ?? protocolOf(source));

  const attempt = async () => {
    setBusy(true);
    setError('');
    setTried(null);
    await api<Trial>('POST', '/trials', { ...bodyOf({ ...source, protocol: source.preset ? 'auto' : protocolOf(source) }), seconds: TRIAL_S }, (TRIAL_S + 15) * 1000)
      .then((trial) => setTried({ trial, source })).catch((e) => setError(refusalWords(e)));
    setBusy(false);
  };

  return (
    <Card title={say('title')} area="setup">
      <p class="quiet">{say('words')}</p>
      <form class="setup" onSubmit={(e) => { e.preventDefault(); void attempt(); }}>
        <KindStep presets={lists.presets} source={source} set={set} />
        {preset ? <SensorStep preset={preset} source={source} set={set} /> : <PortStep ports={lists.items} source={source} set={set} />}
        {!preset && (
          <fieldset>
            <legend>{say('step_protocol')}</legend>
            <Choice
              id="setup-protocol" label={t('setup.protocol')} value={source.protocol}
              options={[['auto', say('auto')], ...lists.protocols.map((p): [string, string] => [p.name, p.name === 'cosem' ? say('cosem') : p.label])]}
              onChange={(protocol) => set({ protocol, settings: '', every_s: protocol === 'd0' ? '900' : '' })}
            />
            {asks('address') && (
              <Text id="setup-device" label={t('setup.address')} help={say('device_help')} value={source.address}
                onInput={(address) => set({ address })} />
            )}
            {asks('profile') && (
              <Text id="setup-profile" label={t('setup.profile')} help={say('profile_help')} value={source.profile}
                onInput={(profile) => set({ profile })} />
            )}
            {asks('settings') && (
              <Text id="setup-settings" label={t('setup.settings')} help={say('settings_help')} value={source.settings}
                onInput={(settings) => set({ settings })} />
            )}
            {asks('every') && (
              <Choice id="setup-every" label={say('every')} value={source.every_s}
                options={[['', say('listened')], ['900', say('asked')]]} onChange={(every_s) => set({ every_s })} />
            )}
          </fieldset>
        )}
        {(asks('key') || asks('password')) && (
          <fieldset>
            <legend>{say(asks('key') ? 'step_key' : 'step_password')}</legend>
            {asks('key') && (
              <>
                <Text id="setup-key" label={t('setup.key')} help={say('key_help')} value={source.key} secret
                  onInput={(key) => set({ key })} />
                <Text id="setup-auth" label={t('setup.auth_key')} value={source.auth_key} secret onInput={(auth_key) => set({ auth_key })} />
              </>
            )}
            {asks('user') && (
              <Text id="setup-user" label={say('user')} help={say('user_help')} value={source.user} onInput={(user) => set({ user })} />
            )}
            {asks('password') && (
              <Text id="setup-password" label={say('password')} value={source.password} secret
                onInput={(password) => set({ password })} />
            )}
          </fieldset>
        )}
        {error && <p class="error" role="alert">{error}</p>}
        <div class="actions">
          <button class="button primary" type="submit" disabled={busy || !source.port.trim()}>
            {say(busy ? 'trying' : 'try')}
          </button>
        </div>
      </form>
      {tried && <Result trial={tried.trial} source={tried.source} />}
    </Card>
  );
}
