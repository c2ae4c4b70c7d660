/* What the daemon is asked for consumption, and how often. */
import { useEffect, useState } from 'preact/hooks';
import type { SeriesItem, State } from '../api/types';
import { get } from '../api/client';
import { bounds, type Period } from '../lib/period';
import { siteNow } from '../model';
import { say } from './words';
import { restOf, type Part, type Step } from './sums';

export type By = 'whole' | 'period' | 'device';
interface Source { id: string; key: string; name: string }
export interface Sources { whole: Source | null; period: Source[]; device: Source[] }

const REFRESH_MS = 60_000;
const SETTLED_MS = 24 * 3_600_000;

const part = (key: string, i: number) => key.split('/')[i] ?? '';

/** The registers of the house's own meter, its registers by tariff period, and every other meter's. */
export function sourcesOf(items: SeriesItem[], state: State): Sources {
  const main = state.meters[0];
  const own = (item: SeriesItem) =>
    main !== undefined && part(item.key, 1) === main.zone && part(item.key, 2) === main.device;
  const find = (quantity: string) => items.find((i) => own(i) && part(i.key, 3) === quantity);
  const whole = find('energy_import') ?? find('power_import') ?? find('power');
  const registers = items
    .map((item) => ({ item, n: own(item) ? /^energy_import_t(\d+)$/.exec(part(item.key, 3))?.[1] : undefined }))
    .filter((r) => r.n !== undefined).sort((a, b) => Number(a.n) - Number(b.n));
  const others = items.filter((i) => !own(i) && part(i.key, 3) === 'energy_import');
  return {
    whole: whole ? { id: 'whole', key: whole.key, name: say('whole') } : null,
    period: registers.length < 2 ? [] : registers.map(({ item, n }) => ({ id: `t${n}`, key: item.key, name: say('register', { n: n! }) })),
    device: others.map((item) => ({
      id: item.key, key: item.key,
      name: state.meters.find((m) => m.device === part(item.key, 2))?.name || part(item.key, 2),
    })),
  };
}

const settled = new Map<string, Step[]>();
const SETTLED_MAX = 200;

/** Steps of energy; those of periods long over are asked for once a visit. */
async function readSteps(key: string, period: Period, zone: string): Promise<Step[]> {
  const { from_ms, to_ms } = bounds(period, zone);
  const path = `/series/${key.split('/').map(encodeURIComponent).join('/')}?agg=energy&step=${period.step}`
    + `&from=${new Date(from_ms).toISOString()}&to=${new Date(to_ms).toISOString()}`;
  const kept = settled.get(path);
  if (kept)
    return kept;
  const { points } = await get<{ points: Step[] }>(path);
  if (to_ms < siteNow() - SETTLED_MS) {
    if (settled.size >= SETTLED_MAX)
      settled.clear();
    settled.set(path, points);
  }
  return points;
}

const some = (steps: Step[]) => steps.some(([, value]) => value !== null && value !== 0);

async function readParts(sources: Sources, by: By, period: Period, zone: string): Promise<Part[]> {
  const read = async ({ id, name, key }: Source): Promise<Part> =>
    ({ id, name, steps: await readSteps(key, period, zone) });
  const chosen = by === 'whole' ? [] : sources[by];
  const parts = await Promise.all(chosen.map(read));
  const used = parts.filter((p) => some(p.steps));
  if (by === 'period' && used.length)
    return used;
  if (!sources.whole)
    return used;
  const whole = await read(sources.whole);
  return by === 'device' && used.length ? [...used, restOf(whole, used, say('rest'))] : [whole];
}

export type Answer =
  | { kind: 'loading' } | { kind: 'failed' } | { kind: 'none' }
  | { kind: 'parts'; sources: Sources; parts: Part[]; before: Part[] | null };

/** A period and what it is compared with; the one that is not over is read again each minute. */
export function useEnergy(state: State, by: By, period: Period, other: Period | null, zone: string): Answer {
  const [answer, setAnswer] = useState<Answer>({ kind: 'loading' });
  const meter = `${state.site.id}/${state.meters.map((m) => m.device).join()}`;
  const about = (p: Period | null) => (p ? `${p.from}/${p.to}/${p.step}` : '');
  useEffect(() => {
    let gone = false;
    let whole = false;
    const open = bounds(period, zone).to_ms > siteNow() - SETTLED_MS;
    async function refresh(): Promise<void> {
      const { items } = await get<{ items: SeriesItem[] }>('/series');
      const sources = sourcesOf(items, state);
      if (!sources.whole && !sources.device.length) {
        if (!gone)
          setAnswer({ kind: 'none' });
        return;
      }
      const [parts, before] = await Promise.all([
        readParts(sources, by, period, zone), other ? readParts(sources, 'whole', other, zone) : null]);
      whole = true;
      if (!gone)
        setAnswer({ kind: 'parts', sources, parts, before });
    }
    const run = () => refresh().catch(() => {
      if (!gone && !whole)
        setAnswer({ kind: 'failed' });
    });
    setAnswer({ kind: 'loading' });
    void run();
    const timer = setInterval(() => {
      if ((open || !whole) && !document.hidden)
        void run();
    }, REFRESH_MS);
    return () => {
      gone = true;
      clearInterval(timer);
    };
  }, [meter, by, about(period), about(other), zone]);
  return answer;
}
