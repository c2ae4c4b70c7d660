import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Point, Series, SeriesItem, State } from '../api/types';
import { get } from '../api/client';
import { nominal, power, type PowerUnit } from '../lib/format';
import { clampRange, columns, hourly, mergePoints, moved, peak, zoomed, type Columns, type Range } from '../lib/curve';
import { expectedAt, useForecast, withExpected } from '../lib/forecast';
import type { Forecast } from '../api/watch';
import { addDays, clock, clockSeconds, dateOf, startOfDay } from '../lib/time';
import { day as dayWords } from '../lib/words';
import { mainMeter } from '../lib/freshness';
import { lang, prefs, t } from '../i18n';
import { Card, ViewSwitch } from '../ui/parts';
import { Icon, type IconName } from '../ui/icons';
import { siteNow } from '../model';
import type { Plot } from './plot';

const STEP_S = 120;
const REFRESH_MS = 20_000;
const DETAIL_BELOW_S = 6 * 3600;
const DETAIL_POINTS = 720;
const RAW_BELOW_S = 3600; /* from here on the readings as they came */
const DETAIL_WAIT_MS = 300;

interface Keys { into: string | null; out: string | null }

/** A meter that says no watts, as a Linky, is drawn in volt-amperes. */
const unitOf = (keys: Keys): PowerUnit => (keys.into?.endsWith('/apparent_power_import') ? 'VA' : 'W');

type Loaded =
  | { kind: 'loading' } | { kind: 'failed' } | { kind: 'none' }
  | { kind: 'points'; keys: Keys; into: Point[]; out: Point[] | null };

const iso = (s: number) => new Date(s * 1000).toISOString().slice(0, 19) + 'Z';

function read(key: string, from: number, to: number, step_s: number): Promise<Series> {
  const path = key.split('/').map(encodeURIComponent).join('/');
  return get<Series>(`/series/${path}?from=${iso(from)}&to=${iso(to)}&step=${step_s}s`);
}

/** The readings as they came; what a meter cannot mean is left out. */
async function readRaw(key: string, from: number, to: number): Promise<Point[]> {
  const path = key.split('/').map(encodeURIComponent).join('/');
  const { points } = await get<{ points: [string, number, string][] }>(`/series/${path}?agg=raw&from=${iso(from)}&to=${iso(to)}`);
  return points.filter(([, , quality]) => quality !== 'suspect').map(([at, value]) => [at, value, value, value]);
}

const readBothRaw = (keys: Keys, from: number, to: number) =>
  Promise.all([keys.into, keys.out].map((key) => (key ? readRaw(key, from, to) : null)));

const readBoth = (keys: Keys, from: number, to: number, step_s: number) =>
  Promise.all([keys.into, keys.out].map((key) => (key ? read(key, from, to, step_s) : null)));

/** The main meter's power series, as the daemon lists them; what it gives only where it can. */
async function findKeys(state: State): Promise<Keys> {
  const { items } = await get<{ items: SeriesItem[] }>('/series');
  const first = mainMeter(state);
  const prefix = first ? `${state.site.id}/${first.zone}/${first.device}/` : '';
  const find = (quantity: string) =>
    items.find((i) => i.key === prefix + quantity)?.key
    ?? items.find((i) => i.key.endsWith('/' + quantity))?.key ?? null;
  return {
    into: find('power_import') ?? find('power') ?? find('apparent_power_import'),
    out: find('power_export') ?? find('apparent_power_export'),
  };
}

/** Reads the day, then keeps its end up to date while it is today and the page is looked at. */
function useDay(state: State, date: string, day: Range, today: boolean): Loaded {
  const [loaded, setLoaded] = useState<Loaded>({ kind: 'loading' });
  const site = state.site.id + '/' + (mainMeter(state)?.device ?? '');
  useEffect(() => {
    let gone = false;
    let into: Point[] = [];
    let out: Point[] | null = null;
    let keys: Keys | null = null;
    let whole = false;

    async function refresh(): Promise<void> {
      keys ??= await findKeys(state);
      if (gone)
        return;
      if (!keys.into) {
        setLoaded({ kind: 'none' });
        return;
      }
      const last = into.at(-1);
      const from = whole && last ? Math.max(day.min, Date.parse(last[0]) / 1000 - 2 * STEP_S) : day.min;
      const to = today ? Math.min(day.max, Math.ceil(siteNow() / 1000 / STEP_S) * STEP_S) : day.max;
      if (to <= from)
        return;
      const answers = await readBoth(keys, from, to, STEP_S);
      if (gone)
        return;
      into = mergePoints(into, answers[0]?.points ?? []);
      out = answers[1] ? mergePoints(out ?? [], answers[1].points) : null;
      whole = true;
      setLoaded({ kind: 'points', keys, into, out });
    }
    const run = () => refresh().catch(() => {
      if (!gone && !whole)
        setLoaded({ kind: 'failed' });
    });
    setLoaded({ kind: 'loading' });
    void run();
    const timer = setInterval(() => {
      if ((today || !whole) && !document.hidden)
        void run();
    }, REFRESH_MS);
    return () => {
      gone = true;
      clearInterval(timer);
    };
  }, [site, date, today]);
  return loaded;
}

interface Detail { range: Range; raw: boolean; into: Point[]; out: Point[] | null }

/** A closer look when zoomed: the same stretch with shorter steps, asked for once it rests. */
function useDetail(loaded: Loaded, range: Range): Detail | null {
  const [detail, setDetail] = useState<Detail | null>(null);
  const width = range.max - range.min;
  useEffect(() => {
    if (loaded.kind !== 'points' || width > DETAIL_BELOW_S) {
      setDetail(null);
      return;
    }
    let gone = false;
    const timer = setTimeout(() => {
      const step_s = Math.max(5, Math.ceil(width / DETAIL_POINTS / 5) * 5);
      const from = Math.floor(range.min / STEP_S) * STEP_S;
      const to = Math.min(Math.ceil(range.max / STEP_S) * STEP_S, Math.ceil(siteNow() / 1000));
      if (to <= from)
        return;
      const raw = width <= RAW_BELOW_S;
      const asked = raw ? readBothRaw(loaded.keys, from, to)
        : readBoth(loaded.keys, from, to, step_s).then((both) => both.map((series) => series?.points ?? null));
      asked.then(([into, out]) => {
        if (!gone)
          setDetail({ range: { min: from, max: to }, raw, into: into ?? [], out: out ?? null });
      }, () => undefined); /* the coarse line stays */
    }, DETAIL_WAIT_MS);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [loaded, range.min, range.max]);
  return detail;
}

/** The day's points with the detailed stretch in place of its coarse one. */
function withDetail(points: Point[], detail: Point[] | null | undefined, range: Range): Point[] {
  if (!detail?.length)
    return points;
  const s = (p: Point) => Date.parse(p[0]) / 1000;
  return [...points.filter((p) => s(p) < range.min), ...detail, ...points.filter((p) => s(p) >= range.max)];
}

const gave = (out: Point[] | null) => out?.some((p) => (p[1] ?? 0) > 0) ?? false;

/** Power given back is drawn below zero, on the same instants. */
function below(data: Columns, out: Point[] | null): (number | null)[] | null {
  if (!out || !gave(out))
    return null;
  const at = new Map(out.map((p) => [Date.parse(p[0]) / 1000, p[1]]));
  return data.t.map((s) => {
    const w = at.get(s);
    return w === null || w === undefined ? null : -w;
  });
}

function Readout({ data, index, zone, unit, raw, forecast }: {
  data: Columns; index: number | null; zone: string; unit: PowerUnit; raw: boolean; forecast: Forecast | null;
}) {
  const high = peak(data);
  const mean = index === null ? null : data.mean[index];
  let words = high ? t('curve.peak', { power: power(high.value, lang(), unit), time: clock(high.at * 1000, zone) }) : '';
  if (index !== null && data.t[index] !== undefined) {
    const time = (raw ? clockSeconds : clock)(data.t[index]! * 1000, zone);
    words = t('curve.at', { time, mean: mean === null ? t('curve.gap') : power(mean, lang(), unit) });
    if (mean !== null && data.min[index] !== data.max[index])
      words += ` (${t('curve.range', {
        min: power(data.min[index], lang(), unit), max: power(data.max[index], lang(), unit),
      })})`;
  }
  const expected = index === null || data.t[index] === undefined ? null : expectedAt(forecast, data.t[index]!);
  if (expected)
    words += ` · ${t('curve.expected_at', {
      middle: power(expected.middle, lang(), unit), low: power(expected.low, lang(), unit), high: power(expected.high, lang(), unit),
    })}`;
  return <p class="curve-readout">{words || '\u00a0'}</p>;
}

function Drawing({ loaded, day, zone, forecast }: {
  loaded: Loaded & { kind: 'points' }; day: Range; zone: string; forecast: Forecast | null;
}) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<Plot | null>(null);
  const [range, setRange] = useState<Range>(day);
  const detail = useDetail(loaded, range);
  const unit = unitOf(loaded.keys);
  const data = useMemo(
    () => columns(detail ? withDetail(loaded.into, detail.into, detail.range) : loaded.into, STEP_S), [loaded, detail]);
  const out = useMemo(
    () => below(data, loaded.out && detail ? withDetail(loaded.out, detail.out, detail.range) : loaded.out), [data]);
  const drawn = useMemo(() => withExpected(data, day, forecast), [data, forecast]);
  const [index, setIndex] = useState<number | null>(null);
  const [ready, setReady] = useState(0);
  const { theme, lang: language } = prefs.get();
  const [dark, setDark] = useState(matchMedia('(prefers-color-scheme: dark)').matches);

  useEffect(() => {
    const media = matchMedia('(prefers-color-scheme: dark)');
    const follow = () => setDark(media.matches);
    media.addEventListener('change', follow);
    return () => media.removeEventListener('change', follow);
  }, []);
  useEffect(() => {
    let gone = false;
    let watch: ResizeObserver | null = null;
    void import('./plot').then(({ makePlot }) => {
      if (gone || !host.current)
        return;
      const made = makePlot(host.current, {
        zone, day, power: (w) => nominal(Math.abs(w), lang(), unit), onCursor: setIndex, onRange: setRange,
      });
      plot.current = made;
      watch = new ResizeObserver(() => made.resize());
      watch.observe(host.current);
      setReady((n) => n + 1);
    });
    return () => {
      gone = true;
      watch?.disconnect();
      plot.current?.destroy();
      plot.current = null;
    };
  }, [day.min, day.max, zone, theme, dark, language, unit]);
  useEffect(() => setRange(day), [day.min, day.max]);
  useEffect(() => plot.current?.data(drawn?.data ?? data, out, drawn?.expected ?? null), [data, drawn, out, ready]);
  useEffect(() => plot.current?.range(range), [range, ready]);

  /* Zooming in on today goes to what has been measured last, not to the empty afternoon. */
  const last = data.t.at(-1) ?? range.max;
  const centre = (range.min + range.max) / 2;
  const middle = last < centre && last > range.min ? last : centre;
  const whole = range.max - range.min >= day.max - day.min;
  const acts: Record<string, () => void> = {
    '+': () => setRange(zoomed(range, 0.5, middle, day)),
    '-': () => setRange(zoomed(range, 2, middle, day)),
    ArrowLeft: () => setRange(moved(range, -0.25, day)),
    ArrowRight: () => setRange(moved(range, 0.25, day)),
    '0': () => setRange(clampRange(day, day)),
  };
  acts['='] = acts['+']!;
  const tools: [string, IconName, string, boolean][] = [
    ['ArrowLeft', 'left', t('curve.left'), range.min <= day.min],
    ['ArrowRight', 'right', t('curve.right'), range.max >= day.max],
    ['+', 'plus', t('curve.zoom_in'), false],
    ['-', 'minus', t('curve.zoom_out'), whole],
    ['0', 'fit', t('curve.reset'), whole],
  ];
  return (
    <>
      <Readout data={drawn?.data ?? data} index={index} zone={zone} unit={unit} raw={detail?.raw ?? false} forecast={forecast} />
      <div
        class="curve-host" ref={host} tabIndex={0} role="group" aria-label={t('curve.label')}
        data-raw={detail?.raw ? '' : undefined} data-expected={drawn ? '' : undefined}
        data-range={`${Math.round(range.min)}-${Math.round(range.max)}`}
        onKeyDown={(e) => {
          const act = acts[e.key];
          if (!act || e.ctrlKey || e.metaKey || e.altKey)
            return;
          e.preventDefault();
          act();
        }}
      />
      <div class="curve-tools">
        {tools.map(([key, icon, words, off]) => (
          <button key={key} type="button" class="icon-button" aria-label={words} title={words}
            aria-disabled={off} onClick={() => { if (!off) acts[key]!(); }}>
            <Icon name={icon} />
          </button>
        ))}
        <p class="quiet">{t('curve.help')}</p>
      </div>
    </>
  );
}

function Hours({ data, day, now, zone, unit, caption, hidden, forecast }: {
  data: Columns; day: Range; now: number; zone: string; unit: PowerUnit; caption: string; hidden: boolean; forecast: Forecast | null;
}) {
  const range = (s: number) => {
    const e = expectedAt(forecast, s);
    return e ? t('curve.range', { min: power(e.low, lang(), unit), max: power(e.high, lang(), unit) }) : '';
  };
  return (
    <div class={hidden ? 'sr' : 'tables'}>
      <table>
        <caption>{caption}</caption>
        <thead><tr>
          <th scope="col">{t('curve.hour')}</th><th scope="col" class="num">{t('curve.mean')}</th>
          <th scope="col" class="num">{t('curve.min')}</th><th scope="col" class="num">{t('curve.max')}</th>
          {forecast && <th scope="col" class="num">{t('curve.expected')}</th>}
        </tr></thead>
        <tbody>
          {hourly(data, day.min, day.max, now / 1000).map((row) => (
            <tr key={row.from}>
              <th scope="row">{clock(row.from * 1000, zone)}</th>
              {row.mean === null ? <td class="num" colSpan={3}>{t(row.ahead ? 'curve.ahead' : 'curve.gap')}</td> : (
                <>
                  <td class="num">{power(row.mean, lang(), unit)}</td>
                  <td class="num">{power(row.min, lang(), unit)}</td>
                  <td class="num">{power(row.max, lang(), unit)}</td>
                </>
              )}
              {forecast && <td class="num">{range(row.from)}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The curve of one day, or its table twin, for a card that has its own way through the days. */
export function DayCurve({ state, date, now, zone, table, onGave, onMeans }: {
  state: State; date: string; now: number; zone: string; table: boolean;
  onGave?: (gave: boolean) => void; onMeans?: (means: (number | null)[]) => void;
}) {
  const today = dateOf(now, zone);
  const day = useMemo<Range>(() => ({
    min: startOfDay(date, zone) / 1000, max: startOfDay(addDays(date, 1), zone) / 1000,
  }), [date, zone]);
  const loaded = useDay(state, date, day, date === today);
  const data = useMemo(() => (loaded.kind === 'points' ? columns(loaded.into, STEP_S) : null), [loaded]);
  const key = loaded.kind === 'points' && unitOf(loaded.keys) === 'W' ? loaded.keys.into : null;
  const known = useForecast(key);
  const forecast = expectedAt(known, day.min) || expectedAt(known, day.max - 1) ? known : null;
  const empty = data !== null && data.mean.every((v) => v === null);
  useEffect(() => {
    const known = data && loaded.kind === 'points' ? loaded : null;
    onGave?.(known !== null && gave(known.out));
    /* While the house gives, its meter says nothing of what it uses. */
    const out = known && below(data!, known.out);
    onMeans?.(known && unitOf(known.keys) === 'W' ? data!.mean.map((w, i) => ((out?.[i] ?? 0) < 0 ? null : w)) : []);
  }, [data]);
  if (loaded.kind === 'loading')
    return <p class="quiet curve-wait">{t('curve.loading')}</p>;
  if (loaded.kind === 'failed')
    return <p class="tone-text-warn curve-wait">{t('curve.error')}</p>;
  if (loaded.kind === 'none' || !data || empty)
    return <p class="quiet curve-wait">{t(loaded.kind === 'none' ? 'curve.none' : 'curve.empty')}</p>;
  return (
    <>
      {forecast && <p class="curve-key"><span class="key key-expected" />{t('curve.forecast')}</p>}
      {!table && <Drawing loaded={loaded} day={day} zone={zone} forecast={forecast} />}
      <Hours
        data={data} day={day} now={now} zone={zone} unit={unitOf(loaded.keys)} hidden={!table} forecast={forecast}
        caption={t('curve.caption', { day: dayWords(date, today, 'long').toLowerCase() })}
      />
    </>
  );
}

export function Curve({ state, now, zone }: { state: State; now: number; zone: string }) {
  const today = dateOf(now, zone);
  const [back, setBack] = useState(0);
  const [table, setTable] = useState(false);
  const [gives, setGives] = useState(false);
  const date = addDays(today, -back);
  return (
    <Card
      title={t('curve.title')} area="curve"
      tools={<ViewSwitch table={table} onChange={setTable} drawing={t('view.chart')} />}
    >
      <div class="curve-days">
        <button type="button" class="icon-button" aria-label={t('curve.prev')} title={t('curve.prev')} onClick={() => setBack(back + 1)}>
          <Icon name="left" />
        </button>
        <p class="curve-day" aria-live="polite">{dayWords(date, today, 'long')}</p>
        <button type="button" class="icon-button" aria-label={t('curve.next')} title={t('curve.next')}
          aria-disabled={back === 0} onClick={() => setBack(Math.max(0, back - 1))}>
          <Icon name="right" />
        </button>
        <p class="curve-key"><span class="key key-in" />{t('curve.series')}</p>
        {gives && <p class="curve-key"><span class="key key-out" />{t('curve.series_out')}</p>}
      </div>
      <DayCurve state={state} date={date} now={now} zone={zone} table={table} onGave={setGives} />
    </Card>
  );
}
