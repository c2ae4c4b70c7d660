/* Numbers over time as bars, by pointer and keyboard. The height says the value, the colour repeats it. */
import { useState } from 'preact/hooks';
import { extremes, third, type Bar } from './facts';

const WIDTH = 480;
const HIGH = 120;

export function Bars({ bars, from, to, now, chosen = null, small = false }: {
  bars: Bar[]; from: number; to: number; now: number; chosen?: Bar | null; small?: boolean;
}) {
  const ends = extremes(bars);
  if (!ends)
    return null;
  const floor = Math.min(0, ends.low.value);
  const span = Math.max(0, ends.high.value) - floor || 1;
  const x = (ms: number) => ((ms - from) / (to - from)) * WIDTH;
  const y = (value: number) => HIGH - ((value - floor) / span) * HIGH;
  return (
    <svg class={small ? 'bars bars-small' : 'bars'} viewBox={`0 0 ${WIDTH} ${HIGH}`} preserveAspectRatio="none" aria-hidden="true">
      {bars.map((bar) => {
        const width = x(bar.to) - x(bar.from);
        const apart = Math.min(width * 0.06, WIDTH / 800); // a hair, however long it lasts
        const top = Math.min(y(bar.value), y(0));
        const tall = Math.max(1.5, Math.abs(y(bar.value) - y(0)));
        return (
          <rect key={bar.from} class={`bar-${third(bar.value, ends)}${bar === chosen ? ' bar-chosen' : ''}`}
            x={x(bar.from) + apart} y={Math.min(top, HIGH - tall)} width={width - 2 * apart} height={tall} />
        );
      })}
      {floor < 0 && <path class="bars-zero" d={`M0 ${y(0)}h${WIDTH}`} />}
      {now >= from && now < to && <path class="bars-now" d={`M${x(now)} 0v${HIGH}`} />}
    </svg>
  );
}

/** The bars with a finger on them: `words` says the bar that is looked at, `rest` what else to say. */
export function Ribbon({ bars, from, to, now, label, words, rest, scale }: {
  bars: Bar[]; from: number; to: number; now: number; label: string;
  words: (bar: Bar) => string; rest: string; scale: string[];
}) {
  const [index, setIndex] = useState<number | null>(null);
  const chosen = index === null ? null : bars[index] ?? null;
  const here = Math.max(0, bars.findIndex((bar) => now < bar.to));
  const move = (by: number) => setIndex(Math.min(bars.length - 1, Math.max(0, index === null ? here : index + by)));
  const acts: Record<string, () => void> = {
    ArrowLeft: () => move(-1), ArrowRight: () => move(1),
    Home: () => setIndex(0), End: () => setIndex(bars.length - 1), Escape: () => setIndex(null),
  };
  const point = (e: PointerEvent & { currentTarget: HTMLElement }) => {
    const box = e.currentTarget.getBoundingClientRect();
    const ms = from + ((e.clientX - box.left) / box.width) * (to - from);
    const found = bars.findIndex((bar) => bar.from <= ms && ms < bar.to);
    setIndex(found < 0 ? null : found);
  };
  return (
    <>
      <p class="ribbon-readout" aria-live="polite">{chosen ? words(chosen) : rest}</p>
      <div
        class="ribbon" tabIndex={0} role="group" aria-label={label}
        onKeyDown={(e) => {
          const act = acts[e.key];
          if (!act || e.ctrlKey || e.metaKey || e.altKey)
            return;
          e.preventDefault();
          act();
        }}
        onPointerMove={point} onPointerDown={point} onPointerLeave={() => setIndex(null)}
      >
        <Bars bars={bars} from={from} to={to} now={now} chosen={chosen} />
      </div>
      <p class="ribbon-scale" aria-hidden="true">{scale.map((mark, i) => <span key={i}>{mark}</span>)}</p>
    </>
  );
}
