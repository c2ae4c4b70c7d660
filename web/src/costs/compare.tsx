/* The same use under every contract, and the subscribed power against the greatest one. */
import { useState } from 'preact/hooks';
import type { Candidate, Comparison } from '../api/types';
import { energyOf, join, money, percent, powerOf } from '../lib/format';
import { duration } from '../lib/time';
import { lang } from '../i18n';
import { Big, Card } from '../ui/parts';
import { bestOfEach, cheapestOf, endWords, enough, families, powersOf, startWords, timeOf, used, worstHours } from './facts';
import { kvaWords } from './bill';
import { say } from './words';

export interface Basis { days: number; missing_s: number }

const SHORT_DAYS = 300;
const eur = (value: number | undefined) => money(value, lang());

function Difference({ c, own }: { c: Candidate; own: Candidate | undefined }) {
  if (c.own)
    return <span class="own">{say('compare.own')}</span>;
  if (c.total_eur === undefined || own?.total_eur === undefined)
    return null;
  const cents = Math.round((own.total_eur - c.total_eur) * 100);
  const words = cents === 0 ? say('compare.same')
    : say(cents > 0 ? 'compare.less' : 'compare.more', { eur: eur(Math.abs(cents) / 100) });
  return <span class={cents > 0 ? 'quiet less' : 'quiet'}>{words}</span>;
}

function Row({ c, own }: { c: Candidate; own: Candidate | undefined }) {
  return (
    <tr class={c.own ? 'mine' : ''}>
      <th scope="row">
        {c.contract}
        <span class="quiet bill-how">
          {c.fault ? `${kvaWords(c.power_kva)} · ${say(`fault.${c.fault}`)}`
            : say('compare.parts', { kva: kvaWords(c.power_kva), fixed: eur(c.subscription_eur), energy: eur(c.energy_eur) })}
          {c.fits === false && ` · ${say('power.over')}`}
          {(c.unverified_days ?? 0) > 0 && ` · ${say('compare.unverified')}`}
        </span>
      </th>
      <td class="num">
        <strong>{eur(c.total_eur)}</strong>
        <span class="bill-how"><Difference c={c} own={own} /></span>
      </td>
    </tr>
  );
}

/** What the cheapest saves in each hour of the day: above the line saved, below it lost. */
function Hours({ hours }: { hours: number[] }) {
  const most = Math.max(...hours.map(Math.abs), 0.01);
  const low = Math.min(...hours, 0), high = Math.max(...hours, 0);
  const scale = 60 / (high - low || most);
  return (
    <>
      <svg class="hours" viewBox="0 0 240 60" preserveAspectRatio="none" aria-hidden="true">
        {hours.map((value, h) => (
          <rect key={h} class={value < 0 ? 'bar-2' : 'bar-0'} x={h * 10 + 1} width="8"
            y={Math.min(high, high - value) * scale} height={Math.max(0.8, Math.abs(value) * scale)} />
        ))}
        <path class="bars-zero" d={`M0 ${high * scale}h240`} />
      </svg>
      <p class="ribbon-scale" aria-hidden="true">{[0, 6, 12, 18, 24].map((h) => <span key={h}>{h}{'\u00a0h'}</span>)}</p>
      <div class="sr">
        <table>
          <caption>{say('hours.caption')}</caption>
          <thead><tr><th scope="col">{say('hours.hour')}</th><th scope="col">{say('hours.saving')}</th></tr></thead>
          <tbody>
            {hours.map((value, h) => (
              <tr key={h}><th scope="row">{`${String(h).padStart(2, '0')}:00`}</th><td>{eur(value)}</td></tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function Verdict({ comparison }: { comparison: Comparison }) {
  const best = cheapestOf(comparison);
  const cheapest = comparison.cheapest;
  if (!best || !cheapest)
    return null;
  const words = { contract: best.contract, kva: kvaWords(best.power_kva) };
  if (best.own || (cheapest.saving_eur !== undefined && cheapest.saving_eur <= 0))
    return <p class="verdict-line"><strong>{say('compare.best_own')}</strong></p>;
  if (cheapest.saving_eur === undefined)
    return <p class="verdict-line"><strong>{say('compare.best_no_own', words)}</strong></p>;
  return (
    <>
      <p class="verdict-line"><strong>{say('compare.best', { ...words, eur: eur(cheapest.saving_eur) })}</strong></p>
      {cheapest.energy_saving_by_hour_eur && (
        <>
          <p class="quiet">{say('compare.why', { eur: eur(cheapest.subscription_saving_eur) })}</p>
          <Hours hours={cheapest.energy_saving_by_hour_eur} />
        </>
      )}
    </>
  );
}

export function CompareCard({ comparison, basis }: { comparison: Comparison; basis: Basis }) {
  const rows = bestOfEach(comparison);
  const own = comparison.items.find((c) => c.own);
  const counted = comparison.items.find((c) => !c.fault);
  if (!counted || comparison.peak === null)
    return <Card title={say('compare.title')} area="compare"><p class="quiet">{say('compare.none')}</p></Card>;
  return (
    <Card title={say('compare.title')} area="compare">
      <Verdict comparison={comparison} />
      {basis.days < SHORT_DAYS && <p class="tone-text-warn bill-note">{say('compare.short', { n: basis.days })}</p>}
      {basis.missing_s > 0 && <p class="tone-text-warn bill-note">{say('note.missing', { time: duration(basis.missing_s, lang()) })}</p>}
      <table class="bill-lines">
        <caption>{say('compare.caption')}</caption>
        <thead><tr><th scope="col">{say('compare.contract')}</th><th scope="col" class="num">{say('compare.total')}</th></tr></thead>
        <tbody>{rows.map((c) => <Row key={c.name ?? ''} c={c} own={own} />)}</tbody>
      </table>
      <p class="quiet bill-note">
        {say('compare.basis', {
          kwh: join(energyOf(used(counted) * 1000, lang())), from: startWords(comparison.from), to: endWords(comparison.to),
        })}
      </p>
    </Card>
  );
}

function sizeWords(powers: Candidate[]): string {
  const fit = enough(powers);
  const own = powers.find((c) => c.own);
  if (!fit)
    return say('power.nothing');
  const kva = kvaWords(fit.power_kva);
  if (!own)
    return say('power.enough', { kva });
  if (fit.own)
    return say('power.keep', { kva });
  const words = { kva, own: kvaWords(own.power_kva) };
  if (own.fits === false)
    return say('power.too_small', words);
  if (own.total_eur === undefined || fit.total_eur === undefined)
    return say('power.enough', { kva });
  return say('power.saving', { ...words, eur: eur(own.total_eur - fit.total_eur) });
}

/** For how long a power would have been too weak, and around which hours. */
function overWords(comparison: Comparison, c: Candidate): string | null {
  const over = comparison.powers?.find((p) => p.power_kva === c.power_kva);
  if (!over || over.steps_over === 0)
    return null;
  const hours = worstHours(comparison, c.power_kva).map((h) => `${h}\u00a0h`).join(', ');
  return say('power.when', { time: duration(over.over_s, lang()), hours });
}

function Powers({ powers, comparison, name }: { powers: Candidate[]; comparison: Comparison; name: string }) {
  const peak = comparison.peak!;
  return (
    <table class="bill-lines">
      <caption>{say('power.caption', { contract: name })}</caption>
      <thead><tr>
        <th scope="col">{say('power.kva')}</th><th scope="col">{say('power.used')}</th>
        <th scope="col" class="num">{say('compare.total')}</th>
      </tr></thead>
      <tbody>
        {powers.map((c) => {
          const part = c.power_kva > 0 ? peak.power / (c.power_kva * 1000) : 0;
          return (
            <tr key={c.name ?? ''} class={c.own ? 'mine' : ''}>
              <th scope="row">{kvaWords(c.power_kva)}{c.own && <span class="own bill-how">{say('compare.own')}</span>}</th>
              <td class="power-part">
                <svg class={c.fits ? 'part-bar' : 'part-bar part-over'} viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
                  <rect class="season-all" width="100" height="8" />
                  <rect class="part-fill" width={Math.min(1, part) * 100} height="8" />
                </svg>
                <span class="quiet">{percent(part, lang())}, {say(c.fits ? 'power.fits' : 'power.over')}</span>
                {overWords(comparison, c) && <span class="quiet bill-how">{overWords(comparison, c)}</span>}
              </td>
              <td class="num">{eur(c.total_eur)}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

export function PowerSizeCard({ comparison, zone }: { comparison: Comparison; zone: string }) {
  const all = families(comparison);
  const first = comparison.items.find((c) => c.own)?.contract ?? cheapestOf(comparison)?.contract ?? all[0] ?? '';
  const [chosen, setChosen] = useState<string | null>(null);
  const name = chosen !== null && all.includes(chosen) ? chosen : first;
  const { peak } = comparison;
  if (!peak)
    return <Card title={say('power.title')} area="size"><p class="quiet">{say('power.none')}</p></Card>;
  const powers = powersOf(comparison, name);
  return (
    <Card title={say('power.title')} area="size">
      <p class="headline">
        <Big q={powerOf(peak.power, lang(), peak.unit)} />
        <span class="headline-words">{say('power.peak', { when: timeOf(Date.parse(peak.at), zone) })}</span>
      </p>
      <p class="verdict-line"><strong>{sizeWords(powers)}</strong></p>
      <div class="field">
        <label for="size-contract">{say('power.contract')}</label>
        <select id="size-contract" value={name} onChange={(e) => setChosen(e.currentTarget.value)}>
          {all.map((each) => <option key={each} value={each}>{each}</option>)}
        </select>
      </div>
      <Powers powers={powers} comparison={comparison} name={name} />
      <p class="quiet bill-note">{say(peak.unit === 'W' ? 'power.watts' : 'power.short')}</p>
    </Card>
  );
}
