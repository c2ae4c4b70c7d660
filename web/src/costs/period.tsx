/* Which stretch of time the bill is of: a month, since the last bill that came, or two dates. */
import { useState } from 'preact/hooks';
import { ApiError, put } from '../api/client';
import type { LastBill } from '../api/types';
import { useAsked } from '../lib/ask';
import { addDays } from '../lib/time';
import { refusalWords } from '../ui/parts';
import { dateWords } from './facts';
import { say } from './words';

export type Kind = 'month' | 'last' | 'dates';
const KINDS: Kind[] = ['month', 'last', 'dates'];

export function KindSwitch({ kind, onKind }: { kind: Kind; onKind: (kind: Kind) => void }) {
  return (
    <div class="switch" role="group" aria-label={say('span.label')}>
      {KINDS.map((one) => (
        <button key={one} type="button" aria-pressed={one === kind} onClick={() => onKind(one)}>{say(`span.${one}`)}</button>
      ))}
    </div>
  );
}

/** Two dates, both counted: the question's end is the day after. */
export function Dates({ today, onRange }: { today: string; onRange: (query: string) => void }) {
  const [from, setFrom] = useState(`${today.slice(0, 8)}01`);
  const [to, setTo] = useState(today);
  return (
    <form class="use-dates" onSubmit={(e) => { e.preventDefault(); onRange(`from=${from}&to=${addDays(to, 1)}`); }}>
      <div class="field"><label for="bill-from">{say('span.from')}</label>
        <input id="bill-from" type="date" required value={from} max={to} onInput={(e) => setFrom(e.currentTarget.value)} /></div>
      <div class="field"><label for="bill-to">{say('span.to')}</label>
        <input id="bill-to" type="date" required value={to} min={from} max={today} onInput={(e) => setTo(e.currentTarget.value)} /></div>
      <button type="submit" class="button">{say('span.show')}</button>
    </form>
  );
}

function LastForm({ today, last, onDone }: { today: string; last: LastBill | null; onDone: () => void }) {
  const [date, setDate] = useState(last?.date ?? addDays(today, -30));
  const [register, setRegister] = useState(last?.register_kwh === null || last === null ? '' : String(last.register_kwh));
  const [error, setError] = useState<ApiError | null>(null);
  const send = async () => {
    const kwh = register.trim().replace(/[\s\u202f]/g, '').replace(',', '.');
    try {
      await put('/bill/last', { date, register_kwh: kwh === '' ? null : Number(kwh) });
      onDone();
    } catch (reason) {
      setError(reason instanceof ApiError ? reason : new ApiError(0, ''));
    }
  };
  return (
    <form class="use-dates" onSubmit={(e) => { e.preventDefault(); void send(); }}>
      <div class="field"><label for="last-date">{say('last.date')}</label>
        <input id="last-date" type="date" required value={date} max={today} onInput={(e) => setDate(e.currentTarget.value)} /></div>
      <div class="field"><label for="last-register">{say('last.register')}</label>
        <input id="last-register" type="text" inputMode="decimal" value={register} onInput={(e) => setRegister(e.currentTarget.value)} /></div>
      <button type="submit" class="button">{say('last.keep')}</button>
      {error && <p class="error" role="alert">{refusalWords(error)}</p>}
    </form>
  );
}

/** The last bill, as it was told; or the form to tell it. */
export function Last({ today, mayTell, onTold }: { today: string; mayTell: boolean; onTold: (turn: number | null) => void }) {
  const [turn, setTurn] = useState(0);
  const [editing, setEditing] = useState(false);
  const { data: last, error } = useAsked<LastBill>(`/bill/last#${turn}`);
  const done = () => {
    setEditing(false);
    setTurn(turn + 1);
    onTold(turn + 1);
  };
  if (!last && !error)
    return <p role="status" class="quiet">{say('loading')}</p>;
  if (!last && error?.status !== 404)
    return <p class="tone-text-warn" role="alert">{say('failed', { words: error ? refusalWords(error) : '' })}</p>;
  if (!last || editing)
    return mayTell ? <LastForm today={today} last={last} onDone={done} /> : <p class="quiet">{say('last.none')}</p>;
  return (
    <p class="quiet">
      {say('last.told', { date: dateWords(last.date) })}{' '}
      {mayTell && <button type="button" class="link" onClick={() => setEditing(true)}>{say('last.change')}</button>}
    </p>
  );
}
