/* The bill of a month, line by line, and what this month will come to. */
import { useState } from 'preact/hooks';
import type { Bill, BillLine, Projection } from '../api/types';
import type { ApiError } from '../api/client';
import { energyOf, join, measure, money, number, percent, price } from '../lib/format';
import { useAsked } from '../lib/ask';
import { dateOf, duration } from '../lib/time';
import { lang } from '../i18n';
import { Big, Card, refusalWords } from '../ui/parts';
import { Icon } from '../ui/icons';
import { dateWords, endWords, monthBack, readHow, startWords } from './facts';
import { Dates, KindSwitch, Last, type Kind } from './period';
import { has, say } from './words';

const AGAIN_MS = 60_000;
const PROJECT_MS = 600_000;

/** 9 kVA, 36 kVA, 4,5 kVA. */
export const kvaWords = (kva: number) => measure(kva, 'kVA', Number.isInteger(kva) ? 0 : 1, lang());

export function Refusal({ error }: { error: ApiError }) {
  const gone = error.status === 0 || error.status >= 500;
  return <p class="tone-text-warn" role="alert">{say(gone ? 'failed' : 'refused', { words: refusalWords(error) })}</p>;
}

export function NoContract() {
  return (
    <>
      <p class="quiet">{say('contract_add')}</p>
      <p class="quiet add-words">{say('add')}</p>
      <pre class="add" tabIndex={0}><code>{'contract: {tariff: bleu-hphc, power_kva: 9}'}</code></pre>
    </>
  );
}

function lineName(line: BillLine): string {
  if (line.kind === 'charge')
    return say('line.charge', { name: line.line });
  if (line.kind !== 'energy')
    return say(`line.${line.kind}`);
  const id = line.line.replace(/^energy_/, '');
  const key = `period.${id}`;
  return say('line.energy', { period: has(key) ? say(key) : id });
}

function quantityWords(line: BillLine): string {
  if (line.unit === 'day' || line.unit === 'hour')
    return say(`unit.${line.unit}`, { n: number(line.quantity, 0, lang()) });
  return line.unit === 'EUR' ? money(line.quantity, lang()) : measure(line.quantity, line.unit, 2, lang());
}

const unitPrice = (line: BillLine) =>
  line.unit === 'kWh' ? price(line.unit_price_eur, lang()) : `${price(line.unit_price_eur, lang()).replace('/kWh', '')}/${line.unit}`;

/** Where the amount comes from: quantity, price, its date, the VAT. */
function howWords(line: BillLine): string {
  const how = readHow(line);
  const pct = line.vat_pct === null ? '' : percentWords(line.vat_pct);
  const quantity = quantityWords(line);
  const first = line.kind === 'vat' ? say('how.vat_on', { pct, eur: money(line.quantity, lang()) })
    : how.yearly_eur !== null ? say('how.yearly', { quantity, eur: money(how.yearly_eur, lang()) })
      : say('how.times', { quantity, price: unitPrice(line) });
  return [
    first,
    how.spot && say('how.spot'),
    how.price_of && say('how.price_of', { date: dateWords(how.price_of) }) + (how.unverified ? ` (${say('how.unverified')})` : ''),
    how.vat === 'in' && say('how.vat_in', { pct }),
    how.vat === 'out' && say('how.vat_out', { pct }),
  ].filter(Boolean).join(' · ');
}

const percentWords = (pct: number) =>
  Number.isInteger(pct) ? percent(pct / 100, lang()) : number(pct, 1, lang()) + (lang() === 'fr' ? '\u00a0%' : '%');

export function notesOf(bill: Bill): string[] {
  const { notes } = bill;
  const n = (count: number) => ({ n: number(count, 0, lang()) });
  return [
    notes.missing_s > 0 && say('note.missing', { time: duration(notes.missing_s, lang()) }),
    notes.estimated_s > 0 && say('note.estimated', { kwh: join(energyOf(notes.estimated_kwh * 1000, lang())), time: duration(notes.estimated_s, lang()) }),
    notes.meter_changes > 0 && say('note.meter_change', n(notes.meter_changes)),
    notes.wrong_readings > 0 && say('note.wrong_reading', n(notes.wrong_readings)),
    notes.assumed_days > 0 && say('note.assumed', n(notes.assumed_days)),
    notes.superseded && say('note.superseded'),
    notes.unverified_days > 0 && say('note.unverified', n(notes.unverified_days)),
    notes.shared_by_time > 0 && say('note.shared', n(notes.shared_by_time)),
    bill.from_last_bill_kwh !== undefined && say('note.from_last', { kwh: measure(bill.from_last_bill_kwh, 'kWh', 1, lang()) }),
    bill.register_off_kwh !== undefined && Math.abs(bill.register_off_kwh) >= 0.5 &&
      say('note.register_off', { kwh: measure(bill.register_off_kwh, 'kWh', 1, lang()) }),
  ].filter((words): words is string => typeof words === 'string');
}

function Lines({ bill }: { bill: Bill }) {
  const split = bill.lines.some((line) => line.from !== bill.from || line.to !== bill.to);
  return (
    <table class="bill-lines">
      <caption class="sr">{say('bill.caption')}</caption>
      <thead><tr><th scope="col">{say('bill.line')}</th><th scope="col" class="num">{say('bill.amount')}</th></tr></thead>
      <tbody>
        {bill.lines.map((line) => (
          <tr key={`${line.line}/${line.from}/${line.vat_pct}`}>
            <th scope="row">
              {lineName(line)}
              {split && <span class="quiet bill-when">{startWords(line.from)} – {endWords(line.to)}</span>}
              <span class="quiet bill-how">{howWords(line)}</span>
            </th>
            <td class="num">{money(line.amount_eur, lang())}</td>
          </tr>
        ))}
      </tbody>
      <tfoot><tr><th scope="row">{say('bill.total')}</th><td class="num">{money(bill.total_eur, lang())}</td></tr></tfoot>
    </table>
  );
}

export const monthWords = (month: string) =>
  new Intl.DateTimeFormat(lang() === 'fr' ? 'fr-FR' : 'en-GB', { month: 'long', year: 'numeric', timeZone: 'UTC' })
    .format(new Date(`${month}-15T12:00:00Z`));

function Sum({ bill, words }: { bill: Bill; words: string }) {
  return (
    <>
      <p class="headline">
        <Big q={{ value: money(bill.total_eur, lang()), unit: '' }} />
        <span class="headline-words">{words}</span>
      </p>
      <p class="quiet">
        {bill.power_kva === null ? say('bill.of_any', { contract: bill.contract })
          : say('bill.of', { contract: bill.contract, kva: kvaWords(bill.power_kva) })}
        {' · '}{say('bill.span', { from: startWords(bill.from), to: endWords(bill.to) })}
      </p>
    </>
  );
}

function Months({ month, back, onBack }: { month: string; back: number; onBack: (back: number) => void }) {
  return (
    <div class="curve-days">
      <button type="button" class="icon-button" aria-label={say('bill.prev')} title={say('bill.prev')} onClick={() => onBack(back + 1)}>
        <Icon name="left" />
      </button>
      <p class="curve-day bill-month" aria-live="polite">{monthWords(month)}</p>
      <button type="button" class="icon-button" aria-label={say('bill.next')} title={say('bill.next')}
        aria-disabled={back === 0} onClick={() => onBack(Math.max(0, back - 1))}>
        <Icon name="right" />
      </button>
    </div>
  );
}

export function BillCard({ now, zone, mayTell, turn }: { now: number; zone: string; mayTell: boolean; turn: number }) {
  const [kind, setKind] = useState<Kind>('month');
  const [back, setBack] = useState(0);
  const [range, setRange] = useState<string | null>(null);
  const [told, setTold] = useState<number | null>(0);
  const month = monthBack(now, zone, back);
  const today = dateOf(now, zone);
  const so_far = kind === 'last' || (kind === 'month' && back === 0);
  const query = kind === 'month' ? (back ? `month=${month}` : '') : kind === 'last' ? 'since=last' : range;
  /* What was told anew is asked anew: only the part behind '#', which no server sees, differs. */
  const path = query === null ? null : `/bill${query ? `?${query}` : ''}#${turn}.${told ?? 0}`;
  const { data: bill, error } = useAsked<Bill>(path, so_far ? AGAIN_MS : 0);
  const untold = kind === 'last' && error?.status === 404;
  return (
    <Card title={say('bill.title')} area="bill">
      <KindSwitch kind={kind} onKind={setKind} />
      {kind === 'month' && <Months month={month} back={back} onBack={setBack} />}
      {kind === 'dates' && <Dates today={today} onRange={setRange} />}
      {kind === 'last' && <Last today={today} mayTell={mayTell} onTold={setTold} />}
      {error && !untold && <Refusal error={error} />}
      {error?.status === 404 && !untold && <NoContract />}
      {path !== null && !bill && !error && <p role="status" class="quiet">{say('loading')}</p>}
      {bill && (
        <>
          <Sum bill={bill} words={say(so_far ? 'bill.so_far' : 'bill.whole')} />
          <Lines bill={bill} />
          {bill.notes.basis && <p class="quiet bill-note">{say(`basis.${bill.notes.basis}`)}</p>}
          {notesOf(bill).map((words) => <p key={words} class="tone-text-warn bill-note">{words}</p>)}
          <p class="quiet bill-note">{say('bill.rounding')}</p>
        </>
      )}
    </Card>
  );
}

/** So far, what is expected, and the band around it. */
function Band({ p }: { p: Projection }) {
  const most = Math.max(p.high_eur, p.so_far_eur, 0.01) * 1.06;
  const x = (eur: number) => (Math.max(0, eur) / most) * 100;
  return (
    <svg class="band" viewBox="0 0 100 20" preserveAspectRatio="none" aria-hidden="true">
      <rect class="band-all" y="5" width="100" height="10" rx="1" />
      <rect class="band-range" x={x(p.low_eur)} y="2" width={Math.max(0.6, x(p.high_eur) - x(p.low_eur))} height="16" rx="1" />
      <rect class="band-sure" y="5" width={x(p.so_far_eur)} height="10" rx="1" />
      <path class="band-mark" d={`M${x(p.expected_eur)} 0v20`} />
    </svg>
  );
}

export function ProjectionCard({ turn }: { turn: number }) {
  const { data: p, error } = useAsked<Projection>(`/bill/projection#${turn}`, PROJECT_MS);
  return (
    <Card title={say('projection.title')} area="projection">
      {error && <Refusal error={error} />}
      {!p && !error && <p role="status" class="quiet">{say('loading')}</p>}
      {p && (
        <>
          <p class="headline">
            <Big q={{ value: money(p.expected_eur, lang()), unit: '' }} />
            <span class="headline-words">{say('projection.expected', { date: endWords(p.to) })}</span>
          </p>
          <Band p={p} />
          <p>{say('projection.band', { low: money(p.low_eur, lang()), high: money(p.high_eur, lang()) })}</p>
          <p class="quiet">
            {say('projection.basis', { eur: money(p.so_far_eur, lang()), n: number(p.days_left, 0, lang()), days: number(p.days_known, 0, lang()) })}
          </p>
          <p class="quiet">{say('projection.assumed')}</p>
        </>
      )}
    </Card>
  );
}
