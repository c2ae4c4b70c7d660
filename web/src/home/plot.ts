/* uPlot, loaded after the page is up: the only file that knows it. */
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { clampRange, zoomed, type Columns, type Range } from '../lib/curve';
import type { Expected } from '../lib/forecast';
import { clock } from '../lib/time';

export interface PlotOptions {
  zone: string;
  day: Range;
  power: (w: number) => string;
  onCursor: (index: number | null) => void;
  onRange: (range: Range) => void;
}

export interface Plot {
  data(data: Columns, out: (number | null)[] | null, expected: Expected | null): void;
  range(range: Range): void;
  resize(): void;
  destroy(): void;
}

const css = (el: Element, name: string) => getComputedStyle(el).getPropertyValue(name).trim();

const MINUTE_S = 60;
const TICKS_S = [1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360].map((m) => m * MINUTE_S);

/** Ticks on the site's round hours: the day's start is one, also on a 23-hour day. */
function splits(day: Range, min: number, max: number, room: number): number[] {
  const step = TICKS_S.find((s) => (max - min) / s <= room) ?? TICKS_S.at(-1)!;
  const out: number[] = [];
  for (let at = day.min + Math.ceil((min - day.min) / step) * step; at <= max; at += step)
    out.push(at);
  return out;
}

/** Two fingers zoom, one finger moves sideways once zoomed; up and down stays the page's. */
function touch(u: uPlot, day: Range, range: () => Range, set: (range: Range) => void): void {
  const fingers = new Map<number, number>();
  let from: { range: Range; at: number[] } | null = null;
  const begin = () => {
    from = fingers.size ? { range: range(), at: [...fingers.values()] } : null;
  };
  const seconds = (x: number, r: Range) => r.min + (x / u.over.clientWidth) * (r.max - r.min);
  u.over.addEventListener('pointerdown', (e) => {
    if (e.pointerType !== 'touch')
      return;
    fingers.set(e.pointerId, e.offsetX);
    begin();
  });
  u.over.addEventListener('pointermove', (e) => {
    if (!fingers.has(e.pointerId) || !from)
      return;
    fingers.set(e.pointerId, e.offsetX);
    const at = [...fingers.values()];
    if (at.length === 2 && from.at.length === 2) {
      const before = Math.max(Math.abs(from.at[0]! - from.at[1]!), 10);
      const after = Math.max(Math.abs(at[0]! - at[1]!), 10);
      const middle = (from.at[0]! + from.at[1]!) / 2;
      set(zoomed(from.range, before / after, seconds(middle, from.range), day));
    } else if (at.length === 1) {
      const by = seconds(from.at[0]!, from.range) - seconds(at[0]!, from.range);
      set(clampRange({ min: from.range.min + by, max: from.range.max + by }, day));
    }
  });
  const end = (e: PointerEvent) => {
    fingers.delete(e.pointerId);
    begin();
  };
  u.over.addEventListener('pointerup', end);
  u.over.addEventListener('pointercancel', end);
}

export function makePlot(host: HTMLElement, options: PlotOptions): Plot {
  const { day, zone } = options;
  let range: Range = { ...day };
  const ink = css(host, '--ink-2');
  const rule = css(host, '--line');
  const into = css(host, '--grid-in');
  const out = css(host, '--grid-out');
  const font = '12px ' + getComputedStyle(document.body).fontFamily;

  const axis = { stroke: ink, font, grid: { stroke: rule, width: 1 }, ticks: { show: false } };
  const wide = () => Math.max(host.clientWidth, 200);
  const high = () => Math.max(host.clientHeight, 160);
  const u = new uPlot({
    width: wide(),
    height: high(),
    legend: { show: false },
    padding: [12, 22, 0, 0],
    cursor: {
      y: false,
      points: { size: 8 },
      drag: { x: true, y: false, setScale: true, dist: 6 },
    },
    scales: {
      x: { time: false, range: () => [range.min, range.max] },
      y: { range: (_u, min, max) => [Math.min(0, min ?? 0), Math.max((max ?? 0) * 1.08, 500)] },
    },
    axes: [
      {
        ...axis, size: 32,
        splits: (_u, _i, min, max) => splits(day, min, max, Math.max(2, wide() / 70)),
        values: (_u, at) => at.map((s) => clock(s * 1000, zone)),
      },
      { ...axis, size: 72, values: (_u, at) => at.map((w) => options.power(w)) },
    ],
    series: [
      {},
      { stroke: 'transparent', points: { show: false } },
      { stroke: 'transparent', points: { show: false } },
      { stroke: into, width: 1.8, points: { show: false }, fill: into + '1f', spanGaps: false },
      { stroke: out, width: 1.8, points: { show: false }, fill: out + '1f', spanGaps: false },
      { stroke: 'transparent', points: { show: false } },
      { stroke: 'transparent', points: { show: false } },
      { stroke: ink, width: 1.4, dash: [5, 4], points: { show: false }, spanGaps: false },
    ],
    bands: [{ series: [2, 1], fill: into + '38' }, { series: [6, 5], fill: ink + '26' }],
    hooks: {
      setCursor: [(self) => options.onCursor(self.cursor.idx ?? null)],
      setSelect: [(self) => {
        if (self.select.width < 6)
          return;
        const chosen = clampRange({
          min: self.posToVal(self.select.left, 'x'),
          max: self.posToVal(self.select.left + self.select.width, 'x'),
        }, day);
        self.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        options.onRange(chosen);
      }],
    },
  }, [[], [], [], [], [], [], [], []], host);

  u.over.addEventListener('dblclick', () => options.onRange({ ...day }));
  touch(u, day, () => range, options.onRange);

  return {
    data(data, given, expected) {
      const nothing = data.t.map(() => null);
      const below = given ? [...given, ...nothing.slice(given.length)] : nothing;
      const { low, high, middle } = expected ?? { low: nothing, high: nothing, middle: nothing };
      u.setData([data.t, data.min, data.max, data.mean, below, low, high, middle] as uPlot.AlignedData);
    },
    range(next) {
      range = next;
      u.redraw(false, true);
      u.setScale('x', next);
    },
    resize() {
      u.setSize({ width: wide(), height: high() });
    },
    destroy() {
      u.destroy();
    },
  };
}
