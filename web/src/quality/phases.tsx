/* The three phases now: numbers, and arrows for those who think in phasors. */
import type { Meter } from '../api/types';
import { measure, number, power, type Quantity } from '../lib/format';
import { lang } from '../i18n';
import { Card } from '../ui/parts';
import { arrowsOf, phasesOf, type PhaseNow } from './facts';
import { say } from './words';

const RADIUS = 90;
const NOMINAL_V = 230;

function Arrow({ x, y, kind, phase }: { x: number; y: number; kind: 'volts' | 'amps'; phase: number }) {
  return (
    <line class={`phasor phasor-${kind} phasor-${phase}`} x1={0} y1={0} x2={x * RADIUS} y2={y * RADIUS}
      marker-end={`url(#phasor-${kind}-${phase})`} />
  );
}

function Phasors({ phases }: { phases: PhaseNow[] }) {
  const arrows = arrowsOf(phases, NOMINAL_V);
  return (
    <svg class="phasors" viewBox="-100 -100 200 200" role="img" aria-label={say('now.picture')}>
      <defs>
        {arrows.flatMap(({ phase }) => (['volts', 'amps'] as const).map((kind) => (
          <marker key={kind + phase} id={`phasor-${kind}-${phase}`} class={`phasor-${phase}`} viewBox="0 0 8 8" refX="7" refY="4"
            markerWidth="6" markerHeight="6" orient="auto"><path d="M0 0 8 4 0 8Z" /></marker>
        )))}
      </defs>
      <circle r={RADIUS / 1.2} class="phasor-ring" />
      {arrows.map((a) => a.volts && <Arrow key={`u${a.phase}`} {...a.volts} kind="volts" phase={a.phase} />)}
      {arrows.map((a) => a.amps && <Arrow key={`i${a.phase}`} {...a.amps} kind="amps" phase={a.phase} />)}
      {arrows.map((a) => a.volts && (
        <text key={a.phase} x={a.volts.x * RADIUS * 1.16} y={a.volts.y * RADIUS * 1.16} dy="0.35em" text-anchor="middle">
          {say('now.row', { n: a.phase })}
        </text>
      ))}
    </svg>
  );
}

function reactive(vars: number | null): string {
  if (vars === null)
    return measure(null, '', 0, lang());
  const q: Quantity = Math.abs(vars) < 1000
    ? { value: number(vars, 0, lang()), unit: 'var' } : { value: number(vars / 1000, 2, lang()), unit: 'kvar' };
  return `${q.value}\u00a0${q.unit}`;
}

export function PhasesCard({ meter, dead }: { meter: Meter | null; dead: boolean }) {
  const phases = meter ? phasesOf(meter) : [];
  if (phases.length === 0)
    return <Card title={say('now.title')} area="phases"><p class="quiet">{say('now.none')}</p></Card>;
  const drawn = phases.length > 1 && phases.some((p) => p.volts !== null);
  return (
    <Card title={say('now.title')} area="phases">
      {dead && <p class="tone-text-warn" role="status">{say('now.stale')}</p>}
      <div class={drawn ? 'phases-two' : ''}>
        {drawn && <Phasors phases={phases} />}
        <div class="tables" tabIndex={0} role="group" aria-label={say('now.caption')}>
          <table>
            <caption>{say('now.caption')}</caption>
            <thead><tr>
              <th scope="col">{say('now.phase')}</th>
              {(['u', 'i', 'p', 'q', 'pf'] as const).map((c) => <th key={c} scope="col" class="num">{say(`now.${c}`)}</th>)}
            </tr></thead>
            <tbody>
              {phases.map((p) => (
                <tr key={p.phase}>
                  <th scope="row"><span class={`phase-dot phasor-${p.phase}`} aria-hidden="true" />{say('now.row', { n: p.phase })}</th>
                  <td class="num">{measure(p.volts, 'V', 1, lang())}</td>
                  <td class="num">{measure(p.amps, 'A', 1, lang())}</td>
                  <td class="num">{power(p.watts, lang())}</td>
                  <td class="num">{reactive(p.vars)}</td>
                  <td class="num">{p.factor === null ? <span class="quiet">{say('now.undefined')}</span> : number(p.factor, 2, lang())}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </div>
      {drawn && <p class="quiet">{say('now.angles')}</p>}
    </Card>
  );
}
