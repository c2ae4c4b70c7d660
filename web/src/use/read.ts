/* What the daemon is asked for consumption, and how often. */
import { useEffect, useState } from 'preact/hooks';
import type { SeriesItem, State } from '../api/types';
import { get, getKept } from '../api/client';
import { has as hasWord, say as sayCost } from '../costs/words';
import { mainMeter } from '../lib/freshness';
import { bounds, type Period } from '../lib/period';
import { startOfDay } from '../lib/time';
import { siteNow } from '../model';
import { say } from './words';
import { restOf, type Known, type Part, type Step } from './sums';

export type By = 'whole' | 'period' | 'device';
interface Source { id: string; key: string; name: string }
export interface Sources {
  whole: Source | null; period: Source[]; device: Source[];
  /** The register whose energy ledger knows the tariff's periods. */
  ledger: string | null;
}

/** Can it be split by periods of the tariff? The ledger knows days, registers hours too. */
export const hasPeriods = (sources: Sources, period: Period) =>
  sources.period.length > 0 || (sources.ledger !== null && period.step !== '1h');

const REFRESH_MS = 60_000;
const SETTLED_MS = 24 * 3_600_000;

const part = (key: string, i: number) => key.split('/')[i] ?? '';

/** Does a meter count what the house's own counts too, and no other device does? Sources are told by
 * what is made of them, parts by the whole; the rest is what the page makes itself. */
export function isDevice(state: State, device: string): boolean {
  const main = mainMeter(state);
  const find = (id: string | null) => state.meters.find((m) => m.device === id);
  const meter = find(device);
  if (!meter)
    return true; /* of a device that is gone */
  const above = find(meter.part_of);
  return meter.source_of === null && meter.protocol !== 'rest'
    && (!above || above === main || above.source_of === main?.device);
}

/** The registers of the house's own meter, its registers by tariff period, and every other meter's. */
export function sourcesOf(items: SeriesItem[], state: State): Sources {
  const main = mainMeter(state);
  const own = (item: SeriesItem) =>
    main !== undefined && part(item.key, 1) === main.zone && part(item.key, 2) === main.device;
  const find = (quantity: string) => items.find((i) => own(i) && part(i.key, 3) === quantity);
  const whole = find('energy_import') ?? find('power_import') ?? find('power');
  const registers = items
    .map((item) => ({ item, n: own(item) ? /^energy_import_t(\d+)$/.exec(part(item.key, 3))?.[1] : undefined }))
    .filter((r) => r.n !== undefined).sort((a, b) => Number(a.n) - Number(b.n));
  const others = items.filter((i) => part(i.key, 3) === 'energy_import' && !own(i) && isDevice(state, part(i.key, 2)));
  return {
    whole: whole ? { id: 'whole', key: whole.key, name: say('whole') } : null,
    period: registers.length < 2 ? [] : registers.map(({ item, n }) => ({ id: `t${n}`, key: item.key, name: say('register', { n: n! }) })),
    ledger: state.tariff && whole?.key.endsWith('/energy_import') ? whole.key : null,
    device: others.map((item) => ({
      id: item.key, key: item.key,
      name: state.meters.find((m) => m.device === part(item.key, 2))?.name || part(item.key, 2),
    })),
  };
}

const settled = new Map<string, Step[]>();
const SETTLED_MAX = 200;

/** Steps of energy; those of periods long over are asked for once a visit. */
async function readSteps(key: string, period: Period, zone: string, past: string | null): Promise<Step[]> {
  const { from_ms, to_ms } = bounds(period, zone);
  const path = `/series/${key.split('/').map(encodeURIComponent).join('/')}?agg=energy&step=${period.step}`
    + `&from=${new Date(from_ms).toISOString()}&to=${new Date(to_ms).toISOString()}`;
  const kept = settled.get(path);
  if (kept)
    return kept;
  const named = past && to_ms < siteNow() - SETTLED_MS ? `&v=${past}` : '';
  const { points } = await getKept<{ points: Step[] }>(path + named);
  if (to_ms < siteNow() - SETTLED_MS) {
    if (settled.size >= SETTLED_MAX)
      settled.clear();
    settled.set(path, points);
  }
  return points;
}

const some = (steps: Step[]) => steps.some(([, value]) => value !== null && value !== 0);

interface LedgerAnswer { periods: string[]; rows: [string, (number | null)[], Known][] }

/** « Heures creuses » */
function periodWords(name: string): string {
  const key = `period.${name}`;
  const words = hasWord(key) ? sayCost(key) : name === '?' ? say('period_unknown') : name;
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** What the ledger knows of each period; null: not what a tariff splits. */
async function readLedger(key: string, period: Period, zone: string): Promise<Part[] | null> {
  const path = `/energy/${key.split('/').map(encodeURIComponent).join('/')}?step=${period.step}&from=${period.from}&to=${period.to}`;
  const { periods, rows } = await getKept<LedgerAnswer>(path);
  if (periods.length < 2)
    return null;
  const start = (date: string) => new Date(startOfDay(date < period.from ? period.from : date, zone)).toISOString();
  return periods.map((name, i) => ({
    id: name, name: periodWords(name),
    steps: rows.map(([date, wh, known]): Step => [start(date), wh[i] ?? null, known]),
  }));
}

/** On the steps of the whole and stacked up to it: what the ledger does not have yet is said to be so. */
export function splitOf(whole: Part, parts: Part[], name: string): Part[] {
  const split = parts.map((part): Part => {
    const known = new Map(part.steps.map((step) => [Date.parse(step[0]), step]));
    return {
      ...part,
      steps: whole.steps.map(([at, , word]): Step => {
        const step = known.get(Date.parse(at));
        return step ? [at, step[1], step[2]] : [at, null, word];
      }),
    };
  });
  const left = restOf(whole, split, name);
  return some(left.steps) ? [...split, left] : split;
}

async function readParts(sources: Sources, by: By, period: Period, zone: string, past: string | null): Promise<Part[]> {
  const read = async ({ id, name, key }: Source): Promise<Part> =>
    ({ id, name, steps: await readSteps(key, period, zone, past) });
  if (by === 'period' && sources.ledger && sources.whole && period.step !== '1h') {
    const [whole, parts] = await Promise.all([read(sources.whole), readLedger(sources.ledger, period, zone)]);
    const used = parts?.filter((p) => some(p.steps));
    if (used?.length)
      return splitOf(whole, used, say('unsplit'));
  }
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
      const { items, past } = await get<{ items: SeriesItem[]; past: string | null }>('/series');
      const sources = sourcesOf(items, state);
      if (!sources.whole && !sources.device.length) {
        if (!gone)
          setAnswer({ kind: 'none' });
        return;
      }
      const [parts, before] = await Promise.all([
        readParts(sources, by, period, zone, past), other ? readParts(sources, 'whole', other, zone, past) : null]);
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
