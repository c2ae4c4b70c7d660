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
import { emptyForm, emptyPrice, KVA, yamlOf, type ContractForm, type FormPrice } from './form';
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

function Text({ id, label, value, onValue, hint, decimal = false, needed = decimal }: {
  id: string; label: string; value: string; onValue: (value: string) => void; hint?: string; decimal?: boolean; needed?: boolean;
}) {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input id={id} type="text" value={value} aria-describedby={hint ? `${id}-hint` : undefined}
        required={needed} inputMode={decimal ? 'decimal' : 'text'} onInput={(e) => onValue(e.currentTarget.value)} />
      {hint && <p id={`${id}-hint`} class="quiet">{hint}</p>}
    </div>
  );
}

function PriceFields({ n, price: p, offPeak, onPrice, onRemove }: {
  n: number; price: FormPrice; offPeak: boolean; onPrice: (price: FormPrice) => void; onRemove: (() => void) | null;
}) {
  const set = (key: keyof FormPrice) => (value: string) => onPrice({ ...p, [key]: value });
  return (
    <fieldset class="contract-price">
      <legend>{say('form.price_n', { n: n + 1 })}</legend>
      <div class="field">
        <label for={`c-from-${n}`}>{say('form.from')}</label>
        <input id={`c-from-${n}`} type="date" required value={p.from} onInput={(e) => set('from')(e.currentTarget.value)} />
      </div>
      {offPeak ? (
        <>
          <Text id={`c-hp-${n}`} decimal label={say('form.hp')} value={p.hp} onValue={set('hp')} />
          <Text id={`c-hc-${n}`} decimal label={say('form.hc')} value={p.hc} onValue={set('hc')} />
        </>
      ) : <Text id={`c-base-${n}`} decimal label={say('form.base')} value={p.base} onValue={set('base')} />}
      <Text id={`c-month-${n}`} decimal label={say('form.month')} value={p.month} onValue={set('month')} />
      {onRemove && <button type="button" class="button" onClick={onRemove}>{say('form.remove')}</button>}
    </fieldset>
  );
}

function Fields({ form, onForm, today }: { form: ContractForm; onForm: (form: ContractForm) => void; today: string }) {
  const set = <K extends keyof ContractForm>(key: K, value: ContractForm[K]) => onForm({ ...form, [key]: value });
  const prices = (change: (all: FormPrice[]) => FormPrice[]) => set('prices', change(form.prices));
  return (
    <>
      <Text id="c-name" label={say('form.name')} value={form.name} onValue={(v) => set('name', v)} />
      <div class="field">
        <label for="c-kva">{say('form.kva')}</label>
        <select id="c-kva" value={form.kva} onChange={(e) => set('kva', e.currentTarget.value)}>
          {KVA.map((kva) => <option key={kva} value={kva}>{kvaWords(Number(kva))}</option>)}
        </select>
      </div>
      <div class="field">
        <label for="c-kind">{say('form.kind')}</label>
        <select id="c-kind" value={form.off_peak ? 'hphc' : 'base'} onChange={(e) => set('off_peak', e.currentTarget.value === 'hphc')}>
          <option value="base">{say('form.kind_base')}</option>
          <option value="hphc">{say('form.kind_hphc')}</option>
        </select>
      </div>
      {form.off_peak && <Text id="c-hours" label={say('form.hours')} value={form.hours} hint={say('form.hours_hint')} onValue={(v) => set('hours', v)} />}
      {form.prices.map((p, n) => (
        <PriceFields key={n} n={n} price={p} offPeak={form.off_peak}
          onPrice={(next) => prices((all) => all.map((one, i) => (i === n ? next : one)))}
          onRemove={n > 0 ? () => prices((all) => all.filter((_, i) => i !== n)) : null} />
      ))}
      <button type="button" class="button" onClick={() => prices((all) => [...all, emptyPrice(today)])}>{say('form.add')}</button>
      <Text id="c-feed" decimal needed={false} label={say('form.feed_in')} value={form.feed_in} onValue={(v) => set('feed_in', v)} />
    </>
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

function Editor({ today, written, onDone }: { today: string; written: string | null; onDone: () => void }) {
  const [form, setForm] = useState(emptyForm(today));
  /* As text it is the expert's: the form no longer speaks for it. */
  const [text, setText] = useState<string | null>(written);
  const [error, setError] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);
  const yaml = text ?? yamlOf(form, say('form.source', { date: today }));
  const save = async () => {
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
    <form class="contract-form" onSubmit={(e) => { e.preventDefault(); void save(); }}>
      {text === null && <Fields form={form} onForm={setForm} today={today} />}
      <details open={text !== null}>
        <summary>{say('form.as_text')}</summary>
        <label class="sr" for="c-yaml">{say('form.as_text')}</label>
        <textarea id="c-yaml" rows={12} spellcheck={false} value={yaml} onInput={(e) => setText(e.currentTarget.value)} />
        <p class="quiet">{say(text === null ? 'form.text_hint' : 'form.text_only')}</p>
        {text !== null && <button type="button" class="button" onClick={() => setText(null)}>{say('form.as_form')}</button>}
      </details>
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
