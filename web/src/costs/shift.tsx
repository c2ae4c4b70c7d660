/* What if an appliance ran at other hours: the same use, moved within each day. */
import { useState } from 'preact/hooks';
import type { Comparison, Load } from '../api/types';
import { energyOf, join, money } from '../lib/format';
import { lang } from '../i18n';
import { Card } from '../ui/parts';
import { kvaWords } from './bill';
import { say } from './words';

function resultWords(comparison: Comparison, loads: Load[]): string | null {
  const { shift } = comparison;
  const moved = shift?.loads[0];
  const own = comparison.items.find((c) => c.own);
  if (!shift || !moved)
    return null;
  const words = {
    load: loads.find((l) => l.id === moved.load)?.name ?? moved.load,
    kwh: join(energyOf(moved.kwh * 1000, lang())),
  };
  const best = comparison.items.find((c) => c.name === shift.cheapest);
  if (best && !best.own && shift.saving_eur !== undefined && shift.saving_eur > 0)
    return say('shift.result', { ...words, contract: best.contract, kva: kvaWords(best.power_kva), eur: money(shift.saving_eur, lang()) });
  const saved = (own?.total_eur ?? 0) - (own?.shifted_eur ?? 0);
  return say(saved >= 0 ? 'shift.result_own' : 'shift.more_own', { ...words, eur: money(Math.abs(saved), lang()) });
}

export function ShiftForm({ loads, moved, onShift }: { loads: Load[]; moved: Comparison | null; onShift: (shift: string) => void }) {
  const [load, setLoad] = useState(loads[0]?.id ?? '');
  const [from, setFrom] = useState('22:00');
  const [to, setTo] = useState('06:00');
  const result = moved && resultWords(moved, loads);
  if (!loads.length)
    return null;
  return (
    <Card title={say('shift.title')} area="shift">
      <form class="use-dates" onSubmit={(e) => { e.preventDefault(); onShift(`${load}@${from}-${to}`); }}>
        <div class="field"><label for="shift-load">{say('shift.load')}</label>
          <select id="shift-load" value={load} onChange={(e) => setLoad(e.currentTarget.value)}>
            {loads.map((l) => <option key={l.id} value={l.id}>{l.name}</option>)}
          </select></div>
        <div class="field"><label for="shift-from">{say('shift.from')}</label>
          <input id="shift-from" type="text" pattern="[0-2][0-9]:[0-5][0-9]" required value={from} onInput={(e) => setFrom(e.currentTarget.value)} /></div>
        <div class="field"><label for="shift-to">{say('shift.to')}</label>
          <input id="shift-to" type="text" pattern="[0-2][0-9]:[0-5][0-9]" required value={to} onInput={(e) => setTo(e.currentTarget.value)} /></div>
        <button type="submit" class="button">{say('shift.try')}</button>
      </form>
      {result && <p class="verdict-line" aria-live="polite"><strong>{result}</strong></p>}
      <p class="quiet bill-note">{say('shift.assumed')}</p>
    </Card>
  );
}
