/* The bill of each month, all at the prices that are known now. */
import { useState } from 'preact/hooks';
import type { MonthBill, MonthBills } from '../api/types';
import { energyOf, join, money } from '../lib/format';
import { useAsked } from '../lib/ask';
import { dateOf, duration } from '../lib/time';
import { lang } from '../i18n';
import { Card } from '../ui/parts';
import { monthWords, Refusal } from './bill';
import { faultWords, monthBack } from './facts';
import { say } from './words';

const YEARS_MAX = 18; /* the daemon answers for twenty */

/** What makes a month's figure less than measured and verified. */
function marks(m: MonthBill): string[] {
  return [
    (m.missing_s ?? 0) > 0 && say('months.partly', { time: duration(m.missing_s!, lang()) }),
    (m.estimated_s ?? 0) > 0 && say('months.estimated'),
    (m.unverified_days ?? 0) > 0 && say('months.unverified'),
  ].filter((words): words is string => typeof words === 'string');
}

/** A young site has months before its first reading: of those there is no bill. */
const isMeasured = (m: MonthBill) =>
  (m.import_kwh ?? 0) > 0 || (m.missing_s ?? 0) < (Date.parse(m.to) - Date.parse(m.from)) / 1000 - 86_400;

function Row({ m }: { m: MonthBill }) {
  const notes = m.fault ? [say(faultWords(m.fault))] : marks(m);
  return (
    <tr>
      <th scope="row">
        <span class="bill-month-name">{monthWords(m.from.slice(0, 7))}</span>
        {notes.length > 0 && <span class={`${m.fault ? 'tone-text-warn' : 'quiet'} bill-when`}>{notes.join(' · ')}</span>}
      </th>
      <td class="num">{m.import_kwh === undefined ? '–' : join(energyOf(m.import_kwh * 1000, lang()))}</td>
      <td class="num">{m.total_eur === undefined ? '–' : money(m.total_eur, lang())}</td>
    </tr>
  );
}

export function MonthsCard({ now, zone, turn }: { now: number; zone: string; turn: number }) {
  const [years, setYears] = useState(1);
  const from = `${monthBack(now, zone, 12 * years)}-01`;
  const { data, error } = useAsked<MonthBills>(`/bill/months?from=${from}#${turn}.${dateOf(now, zone)}`);
  if (error)
    return error.status === 404 ? null : <Card title={say('months.title')} area="months"><Refusal error={error} /></Card>;
  const months = (data?.months ?? []).filter((m) => m.fault || isMeasured(m)).reverse();
  return (
    <Card title={say('months.title')} area="months">
      {!data && <p role="status" class="quiet">{say('loading')}</p>}
      {data && (
        <>
          <p class="quiet">{say('months.words')}</p>
          <table class="bill-lines">
            <caption class="sr">{say('months.caption')}</caption>
            <thead>
              <tr><th scope="col">{say('months.month')}</th><th scope="col" class="num">{say('months.energy')}</th>
                <th scope="col" class="num">{say('months.total')}</th></tr>
            </thead>
            <tbody>{months.map((m) => <Row key={m.from} m={m} />)}</tbody>
          </table>
          {years < YEARS_MAX && (
            <p><button type="button" class="button" onClick={() => setYears(years + 1)}>{say('months.more')}</button></p>
          )}
        </>
      )}
    </Card>
  );
}
