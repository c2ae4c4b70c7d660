/* Coûts & contrat: the bill to date, what the month will come to, other contracts, other powers. */
import { useMemo, useState } from 'preact/hooks';
import type { Bill, Comparison, Load, Session, State } from '../api/types';
import { mayOverride } from '../model';
import { useAsked } from '../lib/ask';
import { addDays, dateOf } from '../lib/time';
import { t } from '../i18n';
import { Card } from '../ui/parts';
import { BillCard, ProjectionCard, Refusal } from './bill';
import { CompareCard, PowerSizeCard } from './compare';
import { ContractCard } from './contract';
import { MonthsCard } from './months';
import { ShiftForm } from './shift';
import { CostsTabs } from './tabs';
import { measured, minuteOf } from './facts';
import { say } from './words';
import '../style/grid.css';
import '../style/costs.css';

const DAYS = 365;
/* Any shipped contract: only what is measured and what is missing is read from its bill. */
const PROBE = 'bleu-base-6kva';

/** A year, or as much of it as is measured: a young site has no use before its first day. */
function Comparing({ now, zone, loads, turn }: { now: number; zone: string; loads: Load[]; turn: number }) {
  const [shift, setShift] = useState('');
  const today = dateOf(now, zone);
  const to = useMemo(() => minuteOf(now), [today]);
  const year = `from=${addDays(today, -DAYS)}&to=${to}`;
  const { data: probe, error: unknown } = useAsked<Bill>(`/bill?${year}&contract=${PROBE}`);
  const stretch = probe && measured(probe, zone);
  const period = stretch ? `from=${encodeURIComponent(stretch.from)}&to=${to}` : unknown ? year : null;
  const path = period && `/contracts?${period}#${turn}`;
  const { data: moved } = useAsked<Comparison>(shift && period ? `/contracts?${period}&shift=${encodeURIComponent(shift)}#${turn}` : null);
  const { data: comparison, error } = useAsked<Comparison>(path);
  if (error)
    return <Card title={say('compare.title')} area="compare"><Refusal error={error} /></Card>;
  if (!comparison)
    return <Card title={say('compare.title')} area="compare"><p role="status" class="quiet">{say('loading')}</p></Card>;
  return (
    <>
      <ShiftForm loads={loads} moved={moved} onShift={setShift} />
      <CompareCard comparison={comparison} basis={stretch ?? { days: DAYS, missing_s: 0 }} />
      <PowerSizeCard comparison={comparison} zone={zone} />
    </>
  );
}

export function Costs({ state, now, zone, session }: { state: State | null; now: number; zone: string; session: Session | null }) {
  const [turn, setTurn] = useState(0); /* a contract was written: what hangs on it is asked anew */
  if (!state)
    return <p role="status">{t('app.loading')}</p>;
  return (
    <><CostsTabs here="costs" /><div class="costs-page">
      <BillCard now={now} zone={zone} mayTell={mayOverride(session)} turn={turn} />
      <ProjectionCard turn={turn} />
      <ContractCard now={now} zone={zone} mayWrite={session?.role === 'admin'} onChange={() => setTurn(turn + 1)} />
      <Comparing now={now} zone={zone} loads={state.loads} turn={turn} />
      <MonthsCard now={now} zone={zone} turn={turn} />
    </div></>
  );
}
