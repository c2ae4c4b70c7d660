/* Energy as bars: a gap is a mark on the ground and no bar, what is not whole has a dashed edge. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { nominal } from '../lib/format';
import { lang } from '../i18n';
import { say } from './words';
import { ceiling, type Bar } from './sums';

const HEIGHT = 240;
const LEFT = 76;
const RIGHT = 6;
const BOTTOM = 26;
const TOP = 10;
const LABEL_ROOM = 44;

const wattHours = (wh: number) => nominal(wh, lang()) + 'h';

function useWidth(): [(el: HTMLElement | null) => void, number] {
  const [host, setHost] = useState<HTMLElement | null>(null);
  const [width, setWidth] = useState(600);
  useEffect(() => {
    if (!host)
      return;
    const watch = new ResizeObserver(() => setWidth(Math.max(260, host.clientWidth)));
    watch.observe(host);
    return () => watch.disconnect();
  }, [host]);
  return [setHost, width];
}

function Stack({ bar, before, x, wide, y, chosen }: {
  bar: Bar; before: number | null; x: number; wide: number; y: (wh: number) => number; chosen: boolean;
}) {
  const ground = y(0);
  let up = 0;
  return (
    <g class={chosen ? 'use-bar chosen' : 'use-bar'} data-known={bar.ahead ? 'ahead' : bar.known}>
      {bar.values.map((value, i) => {
        if (!value)
          return null;
        const from = y(up);
        up += value;
        return <rect key={i} class={`use-part use-${i % 6}`} x={x} width={wide} y={y(up)} height={Math.max(0, from - y(up))} />;
      })}
      {bar.total === null && !bar.ahead
        && <rect class="use-gap" x={x} width={wide} y={ground - 7} height={6} />}
      {bar.total !== null && bar.known !== 'measured'
        && <rect class="use-edge" x={x} width={wide} y={y(bar.total)} height={Math.max(1, ground - y(bar.total))} />}
      {before !== null && <path class="use-before" d={`M${x - 1} ${y(before)}H${x + wide + 1}`} />}
    </g>
  );
}

export function Bars({ bars, before, names, chosen, onChoose, onOpen, onMove, help }: {
  bars: Bar[]; before: (number | null)[] | null; names: string[]; chosen: number | null;
  onChoose: (index: number | null) => void; onOpen: ((index: number) => void) | null;
  onMove: (by: number) => void; help: string;
}) {
  const [host, width] = useWidth();
  const start = useRef<{ x: number; y: number } | null>(null);
  const top = ceiling(Math.max(...bars.map((bar, i) => Math.max(bar.total ?? 0, before?.[i] ?? 0)), 0));
  const y = (wh: number) => TOP + (1 - wh / top) * (HEIGHT - TOP - BOTTOM);
  const slot = (width - LEFT - RIGHT) / Math.max(bars.length, 1);
  const wide = Math.max(2, Math.min(slot * 0.72, 56));
  const every = Math.max(1, Math.ceil((names.some((n) => n.length > 3) ? LABEL_ROOM : 26) / slot));
  const go = (by: number) =>
    onChoose(Math.min(bars.length - 1, Math.max(0, (chosen ?? (by > 0 ? -1 : bars.length)) + by)));
  const acts: Record<string, () => void> = {
    ArrowLeft: () => go(-1), ArrowRight: () => go(1), Home: () => onChoose(0), End: () => onChoose(bars.length - 1),
    PageUp: () => onMove(-1), PageDown: () => onMove(1), Escape: () => onChoose(null),
    Enter: () => { if (chosen !== null) onOpen?.(chosen); },
  };
  return (
    <div
      class="use-host" ref={host} tabIndex={0} role="group" aria-label={help}
      onKeyDown={(e) => {
        const act = acts[e.key];
        if (!act || e.ctrlKey || e.metaKey || e.altKey)
          return;
        e.preventDefault();
        act();
      }}
      onPointerDown={(e) => { start.current = { x: e.clientX, y: e.clientY }; }}
      onPointerUp={(e) => {
        const from = start.current;
        start.current = null;
        if (!from)
          return;
        const across = e.clientX - from.x;
        if (Math.abs(across) > 50 && Math.abs(across) > 2 * Math.abs(e.clientY - from.y)) {
          onMove(across < 0 ? 1 : -1);
          return;
        }
        const at = Math.floor((e.clientX - e.currentTarget.getBoundingClientRect().left - LEFT) / slot);
        onChoose(at >= 0 && at < bars.length ? at : null);
      }}
    >
      <svg width={width} height={HEIGHT} viewBox={`0 0 ${width} ${HEIGHT}`} aria-hidden="true">
        {[0, 0.5, 1].map((p) => (
          <g key={p}>
            <path class="use-rule" d={`M${LEFT} ${y(top * p)}H${width}`} />
            <text class="use-axis" x={LEFT - 8} y={y(top * p) + 4} text-anchor="end">{wattHours(top * p)}</text>
          </g>
        ))}
        {bars.map((bar, i) => (
          <Stack key={bar.at} bar={bar} before={before?.[i] ?? null} x={LEFT + slot * i + (slot - wide) / 2}
            wide={wide} y={y} chosen={chosen === i} />
        ))}
        {names.map((name, i) => (i % every ? null
          : <text key={i} class="use-axis" x={LEFT + slot * (i + 0.5)} y={HEIGHT - 8} text-anchor="middle">{name}</text>))}
      </svg>
    </div>
  );
}

export function Legend({ parts, compared }: { parts: { id: string; name: string; words: string }[]; compared: string | null }) {
  return (
    <ul class="use-legend">
      {parts.map((p, i) => (
        <li key={p.id}><span class={`use-key use-${i % 6}`} /><span>{p.name}</span> <strong>{p.words}</strong></li>
      ))}
      {compared && <li><span class="use-key use-key-before" /><span>{say('compared', { period: compared })}</span></li>}
    </ul>
  );
}
