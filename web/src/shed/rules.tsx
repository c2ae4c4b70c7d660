/* The household's rules as sentences, whether they hold; those of the page are written, tried, armed
 * and removed here. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { api } from '../api/client';
import type { Limit, Load, Meter, Session } from '../api/types';
import { textOf, type Rule, type Rules, type RuleTrial } from '../api/rules';
import { useAsked } from '../lib/ask';
import { moment } from '../lib/words';
import { mayOverride } from '../model';
import { actor } from '../home/journal';
import { Card, refusalWords } from '../ui/parts';
import { Icon } from '../ui/icons';
import { READY, sure } from './ready';
import { RuleEditor } from './rule_editor';
import { kindsOf } from './rule_form';
import { faultWords, refusalLines } from './rule_fault';
import { sentence } from './rule_sentence';
import { TrialView, TRIAL_PATIENCE_MS } from './rule_trial';
import { sayRule } from './rule_words';
import { say } from './words';

const AGAIN_MS = 5_000;

interface Shown { name: (id: string) => string; now: number; zone: string }

/** Who armed it or not, and why it does nothing. */
function Kept({ rule, now, zone }: { rule: Rule } & Omit<Shown, 'name'>) {
  if (rule.source === 'file')
    return <p class="quiet">{sayRule('from_file')}</p>;
  const who = rule.by && rule.at ? { who: actor(rule.by), when: moment(rule.at, now, zone) } : null;
  return (
    <>
      {rule.fault && <p class="tone-text-warn">{sayRule('fault', { fault: faultWords(rule.fault, (id) => id) })}</p>}
      <p class="quiet">
        {!rule.armed && <>{sayRule('not_armed')} </>}
        {who && sayRule(rule.armed ? 'armed_by' : 'disarmed_by', who)}
        {!rule.tried && <> {sayRule('untried')}</>}
      </p>
    </>
  );
}

function Tools({ rule, onRules, onChange }: { rule: Rule; onRules: (rules: Rules) => void; onChange: (() => void) | null }) {
  const [errors, setErrors] = useState<string[]>([]);
  const [sureToo, setSure] = useState(false);
  const path = `/rules/${encodeURIComponent(rule.id)}`;
  const ask = (method: string, at: string, body?: unknown) => {
    setErrors([]);
    api<Rules>(method, at, body).then(onRules, (reason) => setErrors(refusalLines(reason, (id) => id)));
  };
  const arm = (armed: boolean, anyway = false) => ask('PUT', `${path}/armed`, { armed, anyway });
  return (
    <>
      <div class="actions">
        {rule.armed && <button type="button" class="button" onClick={() => arm(false)}>{sayRule('disarm')}</button>}
        {!rule.armed && rule.tried && <button type="button" class="button" onClick={() => arm(true)}>{sayRule('arm')}</button>}
        {!rule.armed && !rule.tried && <button type="button" class="button" onClick={() => arm(true, true)}>{sayRule('arm_anyway')}</button>}
        {onChange && <button type="button" class="button rule-change" onClick={onChange}>{sayRule('change')}</button>}
        <button type="button" class="button" onClick={() => (sureToo ? ask('DELETE', path) : setSure(true))}>{sayRule(sureToo ? 'remove_sure' : 'remove')}</button>
      </div>
      {errors.length > 0 && <div role="alert">{errors.map((line) => <p key={line} class="error">{line}</p>)}</div>}
      {rule.yaml && <details class="rule-yaml"><summary>{sayRule('yaml')}</summary><pre tabIndex={0} aria-label={sayRule('yaml')}>{`rules:\n${rule.yaml}`}</pre></details>}
    </>
  );
}

function Item({ rule, name, now, zone, children }: { rule: Rule; children?: preact.ComponentChildren } & Shown) {
  const key = rule.holds === null ? 'rules.unknown' : rule.active ? 'rules.active' : 'rules.idle';
  const runs = rule.armed && !rule.fault;
  const text = textOf(rule);
  return (
    <li class="rule" data-rule={rule.id}>
      <p>{text ? sentence(text, name) : rule.id}</p>
      {runs && (
        <p class={rule.holds === null ? 'tone-text-warn' : 'quiet'}>
          <Icon name={rule.holds === null ? 'unknown' : rule.active ? 'check' : 'clock'} size={16} />{' '}
          {say(key, { when: rule.since ? moment(rule.since, now, zone) : '' })}
          {rule.holds === null && !!rule.lacks?.length && <> {sayRule('lacks', { kinds: rule.lacks.map((kind) => sayRule(`kind.${kind}`)).join(', ') })}</>}
          {(rule.active || rule.otherwise) && rule.holds !== null && !rule.wins && <> {say('rules.beaten')}</>}
        </p>
      )}
      <Kept rule={rule} now={now} zone={zone} />
      {children}
    </li>
  );
}

/** Whether people are at home, as somebody says; sensors say it by their own quantity. */
function Presence({ now, onRules }: { now: Rules['presence']; onRules: (rules: Rules) => void }) {
  const [error, setError] = useState('');
  const tell = (home: boolean | null) => {
    setError('');
    api<Rules>(home === null ? 'DELETE' : 'PUT', '/presence', home === null ? undefined : { home }).then(onRules, (reason) => setError(refusalWords(reason)));
  };
  return (
    <div class="rule-presence">
      <span id="presence-title">{sayRule('presence.title')}</span>
      <div class="switch" role="group" aria-labelledby="presence-title">
        <button type="button" aria-pressed={now === 'home'} onClick={() => tell(true)}>{sayRule('presence.home')}</button>
        <button type="button" aria-pressed={now === 'away'} onClick={() => tell(false)}>{sayRule('presence.away')}</button>
        <button type="button" aria-pressed={now === null} onClick={() => tell(null)}>{sayRule('presence.none')}</button>
      </div>
      {error && <p class="error" role="alert">{error}</p>}
    </div>
  );
}

/** Rules as text, for who has them so already. */
function Try({ loads, name, now, zone }: { loads: Load[] } & Shown) {
  const [yaml, setYaml] = useState('');
  const [trial, setTrial] = useState<RuleTrial | null>(null);
  const [errors, setErrors] = useState<string[]>([]);
  const [busy, setBusy] = useState(false);
  const run = () => {
    setBusy(true);
    setErrors([]);
    setTrial(null);
    api<RuleTrial>('POST', '/rules/trial', { yaml, days: 7 }, TRIAL_PATIENCE_MS)
      .then(setTrial, (reason) => setErrors(refusalLines(reason, (id) => loads.find((l) => l.id === id)?.name ?? id)))
      .then(() => setBusy(false));
  };
  const insert = (make: (load: string) => string) =>
    setYaml((yaml.trim() ? yaml.trimEnd() + '\n' : 'rules:\n') + make(sure(loads[0]?.id)));
  return (
    <form onSubmit={(e) => { e.preventDefault(); run(); }}>
      <div class="actions rules-ready">
        {READY.map((ready) => (
          <button key={ready.key} type="button" class="button" onClick={() => insert(ready.make)}>{say(ready.key)}</button>
        ))}
      </div>
      <div class="field">
        <label for="rules-yaml">{say('rules.yaml')}</label>
        <textarea id="rules-yaml" rows={8} spellcheck={false} value={yaml} onInput={(e) => setYaml(e.currentTarget.value)} />
      </div>
      <div class="actions">
        <button type="submit" class="button" disabled={busy || !yaml.trim()}>{say(busy ? 'rules.busy' : 'rules.try')}</button>
      </div>
      {errors.length > 0 && (
        <div role="alert"><ul class="lacks">{errors.map((line) => <li key={line} class="error">{line}</li>)}</ul></div>
      )}
      {trial && <TrialView trial={trial} name={name} now={now} zone={zone} />}
      {trial && <p class="quiet">{say('rules.arm')}</p>}
    </form>
  );
}

export function RulesCard({ loads, meters, limits, contract, now, zone, session }: {
  loads: Load[]; meters: Meter[]; limits: Limit[]; contract: boolean; now: number; zone: string; session: Session | null;
}) {
  const { data, error } = useAsked<Rules>('/rules', AGAIN_MS);
  /* What a change was answered with holds until it was asked for again. */
  const [told, setTold] = useState<{ rules: Rules; over: Rules | null } | null>(null);
  const [editing, setEditing] = useState<{ rule: Rule | null } | null>(null);
  const card = useRef<HTMLDivElement>(null);
  const edited = useRef<{ rule: Rule | null } | null>(null);
  /* Who closes the form goes on where it was opened. */
  useEffect(() => {
    if (edited.current && !editing) {
      const rule = edited.current.rule?.id;
      const from = rule === undefined ? '.rule-write' : `[data-rule="${CSS.escape(rule)}"] .rule-change`;
      card.current?.querySelector<HTMLElement>(from)?.focus();
    }
    edited.current = editing;
  }, [editing]);
  const name = (id: string) => loads.find((l) => l.id === id)?.name ?? id;
  const rules = told && told.over === data ? told.rules : data;
  const onAnswer = (answer: Rules) => setTold({ rules: answer, over: data });
  const onRules = (answer: Rules) => {
    onAnswer(answer);
    setEditing(null);
  };
  const may = mayOverride(session);
  const ordered = [...new Set(limits.filter((l) => l.kind === 'grid' || l.kind === 'cap').map((l) => l.id))];
  return (
    <Card title={say('rules.title')} area="rules">
      <div ref={card}>
      {error && <p class="tone-text-warn" role="alert">{refusalWords(error)}</p>}
      {rules?.fault && <p class="tone-text-warn" role="alert">{sayRule('file_fault', { fault: rules.fault })}</p>}
      {rules && rules.items.length === 0 && <p class="quiet">{say('rules.none')}</p>}
      <ul class="rules">
        {(rules?.items ?? []).map((rule) => (
          <Item key={rule.id} rule={rule} name={name} now={now} zone={zone}>
            {may && rule.source === 'page' && (
              <Tools key={`${rule.armed} ${rule.yaml}`} rule={rule} onRules={onRules} onChange={textOf(rule) ? () => setEditing({ rule }) : null} />
            )}
          </Item>
        ))}
      </ul>
      {may && rules && <Presence now={rules.presence} onRules={onAnswer} />}
      {may && !editing && loads.length > 0 && (
        <div class="actions"><button type="button" class="button rule-write" onClick={() => setEditing({ rule: null })}>{sayRule('write')}</button></div>
      )}
      {may && editing && (
        <RuleEditor key={editing.rule?.id ?? ''} rule={editing.rule} loads={loads} kinds={kindsOf({ limits: ordered.length, contract, outlooks: rules?.outlooks })} meters={meters} limits={ordered} others={(rules?.items ?? []).map((r) => r.id)} now={now} zone={zone} onDone={onRules} onClose={() => setEditing(null)} />
      )}
      {may && (
        <details class="rules-try">
          <summary>{say('rules.try_title')}</summary>
          <Try loads={loads} name={name} now={now} zone={zone} />
        </details>
      )}
      </div>
    </Card>
  );
}
