/* What every drawing of the plan stands in: its greatest and least value with their unit, the hours below. */
import type { ComponentChildren } from 'preact';
import { clock } from '../lib/time';
import { scaleOf, type Planned } from './facts';

export const WIDTH = 480, HIGH = 90;

export function Hours({ plan, zone }: { plan: Planned; zone: string }) {
  return <p class="ribbon-scale" aria-hidden="true">{scaleOf(plan).map((at) => <span key={at}>{clock(at, zone)}</span>)}</p>;
}

export function Frame({ plan, zone, most, least, children }: { plan: Planned; zone: string; most: string; least: string; children: ComponentChildren }) {
  return (
    <>
      <div class="plan-frame">
        <svg viewBox={`0 0 ${WIDTH} ${HIGH}`} preserveAspectRatio="none" aria-hidden="true">{children}</svg>
        <span class="plan-most" aria-hidden="true">{most}</span>
        <span class="plan-least" aria-hidden="true">{least}</span>
      </div>
      <Hours plan={plan} zone={zone} />
    </>
  );
}
