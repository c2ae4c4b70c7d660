/* The site's contract: where it comes from, its prices with their dates, and the form to write it. */
import { useState } from 'preact/hooks';
import { ApiError, del, put } from '../api/client';
import type { Contract } from '../api/types';
import { useAsked } from '../lib/ask';
import { money, price } from '../lib/format';
import { dateOf } from '../lib/time';
import { lang } from '../i18n';
import { Card, refusalWords } from '../ui/parts';
import { kvaWords } from './bill';
import { dateWords } from './facts';
import { emptyForm, faultsOf, fieldOf, formOf, yamlOf, type ContractForm } from './form';
import { Fields, type Told } from './form_view';
import { sayForm } from './form_words';
import { has, say } from './words';

const periodWords = (id: string) => {
  const key = `period.${id}`;
  return has(key) ? say(key) : id;
};

function Prices({ contract }: { contract: Contract }) {
  const rows = [...(contract.rows ?? [])].reverse().slice(0, 4);
  return (
    <table class="bill-lines">
      <caption class="sr">{say('contract.prices')}</caption>
      <thead><tr><th scope="col">{say('contract.since')}</th><th scope="col" class="num">{say('contract.price')}</th></tr></thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.from}>
            <th scope="row">
              {dateWords(row.from)}
              <span class="quiet bill-how">
                {say('contract.month', { eur: money(row.subscription_eur_per_year / 12, lang()) })}
                {!row.verified && ` · ${say('how.unverified')}`}
              </span>
            </th>
            <td class="num">
              {Object.entries(row.eur_per_kwh).map(([id, eur]) => (
                <span key={id} class="bill-when">{periodWords(id)}{'\u00a0: '}{price(eur, lang())}</span>
              ))}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** What the daemon finds wrong with it: its lines name the line of the file. */
function Faults({ error }: { error: ApiError }) {
  return (
    <div role="alert" class="error">
      <p>{refusalWords(error)}</p>
      <ul>{error.details.map((line) => <li key={line}>{line}</li>)}</ul>
    </div>
  );
}

/** The form's own faults, in words, and the daemon's where they are about a field. */
function toldOf(form: ContractForm, tried: boolean, error: ApiError | null): Told {
  const told: Told = {};
  for (const line of error?.details ?? []) {
    const { id, words } = fieldOf(form, line);
    if (id)
      told[id] = words;
  }
  if (tried)
    for (const [id, fault] of Object.entries(faultsOf(form)))
      told[id] = sayForm(`fault_${fault}`);
  return told;
}

function Editor({ today, written, onDone }: { today: string; written: string | null; onDone: () => void }) {
  const kept = written === null ? null : formOf(written);
  const [form, setForm] = useState(kept?.form ?? emptyForm(today));
  /* As text it is the expert's: the form no longer speaks for it. */
  const [text, setText] = useState<string | null>(kept ? null : written);
  const [error, setError] = useState<ApiError | null>(null);
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const yaml = text ?? yamlOf(form, kept?.source ?? say('form.source', { date: today }));
  const told = text === null ? toldOf(form, tried, error) : {};
  const faults = text === null ? Object.keys(faultsOf(form)) : [];
  const save = async () => {
    setTried(true);
    setError(null);
    if (faults.length) {
      document.getElementById(faults[0] ?? '')?.focus();
      return;
    }
    setBusy(true);
    try {
      await put('/contract', { yaml });
      onDone();
    } catch (reason) {
      setError(reason instanceof ApiError ? reason : new ApiError(0, ''));
    }
    setBusy(false);
  };
  return (
    <form class="contract-form" noValidate onSubmit={(e) => { e.preventDefault(); void save(); }}>
      {text === null && <Fields form={form} told={told} onForm={setForm} today={today} />}
      <details open={text !== null}>
        <summary>{say('form.as_text')}</summary>
        <label class="sr" for="c-yaml">{say('form.as_text')}</label>
        <textarea id="c-yaml" rows={12} spellcheck={false} value={yaml} onInput={(e) => setText(e.currentTarget.value)} />
        <p class="quiet">{say(text === null ? 'form.text_hint' : 'form.text_only')}</p>
        {text !== null && <button type="button" class="button" onClick={() => setText(null)}>{say('form.as_form')}</button>}
      </details>
      {tried && faults.length > 0 && <p role="alert" class="error">{sayForm('faults', { n: faults.length })}</p>}
      {error && <Faults error={error} />}
      <div class="contract-buttons">
        <button type="submit" class="button primary" disabled={busy}>{say('form.save')}</button>
        <button type="button" class="button" onClick={onDone}>{say('form.cancel')}</button>
      </div>
    </form>
  );
}

function Where({ contract }: { contract: Contract }) {
  if (contract.source === null)
    return <p class="quiet">{say('contract.none')}</p>;
  return (
    <>
      <p><strong>{contract.name}</strong>{contract.power_kva ? `, ${kvaWords(contract.power_kva)}` : ''}</p>
      <p class="quiet">{say(contract.source === 'page' ? 'contract.of_page' : 'contract.of_file')}</p>
      <Prices contract={contract} />
    </>
  );
}

export function ContractCard({ now, zone, mayWrite, onChange }: { now: number; zone: string; mayWrite: boolean; onChange: () => void }) {
  const [turn, setTurn] = useState(0);
  const [editing, setEditing] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const { data: contract, error: refused } = useAsked<Contract>(`/contract#${turn}`);
  const done = () => {
    setEditing(false);
    setTurn(turn + 1);
    onChange();
  };
  const giveUp = () => del('/contract').then(done, (reason) => setError(reason instanceof ApiError ? reason : new ApiError(0, '')));
  if (refused && !contract)
    return <Card title={say('contract.title')} area="contract"><p class="tone-text-warn" role="alert">{say('failed', { words: refusalWords(refused) })}</p></Card>;
  return (
    <Card title={say('contract.title')} area="contract">
      {!contract && <p role="status" class="quiet">{say('loading')}</p>}
      {contract && <Where contract={contract} />}
      {error && <Faults error={error} />}
      {contract && mayWrite && !editing && (
        <div class="contract-buttons">
          <button type="button" class="button" onClick={() => setEditing(true)}>{say(contract.source === 'page' ? 'contract.change' : 'contract.write')}</button>
          {contract.source === 'page' && <button type="button" class="button" onClick={() => void giveUp()}>{say('contract.give_up')}</button>}
        </div>
      )}
      {contract && editing && <Editor today={dateOf(now, zone)} written={contract.yaml} onDone={done} />}
    </Card>
  );
}
