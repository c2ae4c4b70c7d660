/* Alertes: what is wrong now, since when, what it costs and what to do; what was. */
import { useEffect, useState } from 'preact/hooks';
import type { Session, State } from '../api/types';
import type { Alarm, Alarms as AlarmsData, Forecast, HoursOf } from '../api/watch';
import { api, get } from '../api/client';
import { useAsked } from '../lib/ask';
import { money } from '../lib/format';
import { moment } from '../lib/words';
import { lang, t } from '../i18n';
import { Icon } from '../ui/icons';
import { Card, refusalWords } from '../ui/parts';
import { aboutOf, around, deviceOf, distinct, draw, hours, isOpen, isYoung, valueIn, type Hour } from './facts';
import { say } from './words';
import '../style/alarms.css';

const AGAIN_MS = 30_000;
const WIDTH = 480, HIGH = 120;

interface Seen { state: State; now: number; zone: string }

const wordsFor = (alarm: Alarm) => (lang() === 'fr' ? alarm.fr : alarm.en);
const value = (alarm: Alarm, of: number | null) => valueIn(alarm.unit, of, lang());

function nameOf(alarm: Alarm, state: State): string {
  const device = deviceOf(alarm);
  const name = state.meters.find((m) => m.device === device)?.name || device;
  return `${name}, ${say(`quantity.${aboutOf(alarm)}`)}`;
}

function Values({ alarm }: { alarm: Alarm }) {
  const { actual, expected } = alarm;
  if (actual === null && expected === null)
    return null;
  const key = actual === null ? 'values.expected' : expected === null ? 'values.actual' : 'values';
  return <p>{say(key, { actual: value(alarm, actual), expected: value(alarm, expected) })}</p>;
}

function HoursTable({ alarm, of, zone, now, label }: { alarm: Alarm; of: Hour[]; zone: string; now: number; label: string }) {
  return (
    <div class="sr"><table>
      <caption>{label}</caption>
      <thead><tr><th scope="col">{say('curve.hour')}</th><th scope="col">{say('curve.measured')}</th><th scope="col">{say('curve.expected')}</th></tr></thead>
      <tbody>
        {of.map((h) => (
          <tr key={h.at}>
            <th scope="row">{moment(h.at, now, zone)}</th>
            <td>{value(alarm, h.w)}</td>
            <td>{h.low === null ? '' : say('curve.range', { low: value(alarm, h.low), high: value(alarm, h.high) })}</td>
          </tr>
        ))}
      </tbody>
    </table></div>
  );
}

/** The measured hours around the beginning, over the band that was expected of that day. */
function AlarmCurve({ alarm, state, now, zone }: Seen & { alarm: Alarm }) {
  const [of, setOf] = useState<Hour[] | null>(null);
  const [error, setError] = useState('');
  const span = around(alarm, now);
  const label = say(alarm.unit === 'W' ? 'curve.label' : 'curve.label.flow', { name: nameOf(alarm, state) });
  useEffect(() => {
    let gone = false;
    const path = alarm.series.split('/').map(encodeURIComponent).join('/');
    const at = (ms: number) => new Date(ms).toISOString().slice(0, 19) + 'Z';
    Promise.all([
      get<Alarm>(`/analysis/alarms/${alarm.id}`),
      get<HoursOf>(`/series/${path}?agg=energy&step=1h&from=${at(span.from)}&to=${at(span.to)}`),
    ]).then(
      ([one, read]) => { if (!gone) setOf(hours(span, read, one.day, alarm.unit)); },
      (reason) => { if (!gone) setError(refusalWords(reason)); });
    return () => { gone = true; };
  }, [alarm.id, span.to]);
  if (error)
    return <p role="alert">{error}</p>;
  if (!of)
    return <p class="quiet" role="status">{t('app.loading')}</p>;
  if (of.every((h) => h.w === null))
    return <p class="quiet">{say('curve.none')}</p>;
  const drawing = draw(of, WIDTH, HIGH);
  const x = ((Date.parse(alarm.start) - span.from) / (span.to - span.from)) * WIDTH;
  const ticks = [span.from, span.to];
  return (
    <figure class="alarm-curve">
      <p class="alarm-most quiet" aria-hidden="true">{value(alarm, drawing.most)}</p>
      <svg viewBox={`0 0 ${WIDTH} ${HIGH}`} preserveAspectRatio="none" aria-hidden="true">
        {drawing.band && <path class="alarm-band" d={drawing.band} />}
        <path class="alarm-line" d={drawing.line} />
        <path class="alarm-start" d={`M${x.toFixed(1)} 0v${HIGH}`} />
      </svg>
      <p class="alarm-scale quiet" aria-hidden="true">{ticks.map((at) => <span key={at}>{moment(at, now, zone)}</span>)}</p>
      <figcaption class="alarm-key quiet">
        <span><span class="key alarm-key-line" />{say('curve.key')}</span>
        {drawing.band && <span><span class="key alarm-key-band" />{say('curve.band')}</span>}
      </figcaption>
      <HoursTable alarm={alarm} of={of} zone={zone} now={now} label={label} />
    </figure>
  );
}

type Act = (alarm: Alarm, what: 'acknowledge' | 'teach' | 'unteach') => Promise<void>;

/** Teaching takes two steps: it hides things from then on. */
function Answers({ alarm, act }: { alarm: Alarm; act: Act }) {
  const [sure, setSure] = useState(false);
  const [busy, setBusy] = useState(false);
  const doIt = (what: 'acknowledge' | 'teach') => {
    setBusy(true);
    void act(alarm, what).then(() => setBusy(false));
  };
  if (sure)
    return (
      <div class="alarm-sure">
        <p>{say('teach.help')}</p>
        <p class="alarm-buttons">
          <button type="button" class="button primary" disabled={busy} onClick={() => doIt('teach')}>{say('teach.sure')}</button>
          <button type="button" class="button" onClick={() => setSure(false)}>{say('teach.back')}</button>
        </p>
      </div>
    );
  return (
    <>
      {alarm.state === 'active' && (
        <button type="button" class="button" disabled={busy} onClick={() => doIt('acknowledge')}>{say('acknowledge')}</button>
      )}
      <button type="button" class="button" disabled={busy} onClick={() => setSure(true)}>{say('teach')}</button>
    </>
  );
}

function OpenAlarm({ alarm, state, now, zone, may, act }: Seen & { alarm: Alarm; may: boolean; act: Act }) {
  const [curve, setCurve] = useState(alarm.state === 'active');
  const words = wordsFor(alarm);
  const bad = alarm.severity === 'high' && alarm.state === 'active';
  return (
    <article class={`alarm alarm-${alarm.severity}`} data-alarm={alarm.id}>
      <h3><Icon name={bad ? 'stop' : 'warn'} size={22} /> {words.title}</h3>
      <p class="quiet">{say('since', { time: moment(alarm.start, now, zone), name: nameOf(alarm, state) })}</p>
      <Values alarm={alarm} />
      {alarm.cost_eur_per_day !== null && <p><strong>{say(alarm.unit === 'W' ? 'cost' : 'cost.water', { price: money(alarm.cost_eur_per_day, lang()) })}</strong></p>}
      <p>{words.advice}</p>
      {alarm.acknowledged && (
        <p class="quiet">{say('seen.by', { who: (alarm.acknowledged_by ?? '').replace(/^\w+:/, ''), time: moment(alarm.acknowledged, now, zone) })}</p>
      )}
      {curve && <AlarmCurve alarm={alarm} state={state} now={now} zone={zone} />}
      <div class="alarm-buttons">
        <button type="button" class="button" aria-expanded={curve} onClick={() => setCurve(!curve)}>{say(curve ? 'curve.hide' : 'curve')}</button>
        {may && <Answers alarm={alarm} act={act} />}
      </div>
    </article>
  );
}

function Past({ alarms, state, now, zone, may, act }: Seen & { alarms: Alarm[]; may: boolean; act: Act }) {
  const [kind, setKind] = useState('');
  const [device, setDevice] = useState('');
  const shown = alarms.filter((a) => (!kind || a.type === kind) && (!device || deviceOf(a) === device));
  const title = (type: string) => wordsFor(alarms.find((a) => a.type === type)!).title;
  const meter = (id: string) => state.meters.find((m) => m.device === id)?.name || id;
  if (alarms.length === 0)
    return <p class="quiet">{say('past.none')}</p>;
  return (
    <>
      <div class="alarm-filter">
        <label>{say('past.kind')}
          <select id="alarm-kind" value={kind} onChange={(e) => setKind(e.currentTarget.value)}>
            <option value="">{say('past.all')}</option>
            {distinct(alarms.map((a) => a.type)).map((type) => <option key={type} value={type}>{title(type)}</option>)}
          </select>
        </label>
        <label>{say('past.device')}
          <select id="alarm-device" value={device} onChange={(e) => setDevice(e.currentTarget.value)}>
            <option value="">{say('past.every')}</option>
            {distinct(alarms.map(deviceOf)).map((id) => <option key={id} value={id}>{meter(id)}</option>)}
          </select>
        </label>
      </div>
      {shown.length === 0 && <p class="quiet">{say('past.none_such')}</p>}
      <ul class="alarm-past">
        {shown.map((a) => (
          <li key={a.id} data-alarm={a.id}>
            <p><strong>{wordsFor(a).title}</strong> · {say(`state.${a.state}`)}</p>
            <p class="quiet">
              {a.end === null ? say('since', { time: moment(a.start, now, zone), name: nameOf(a, state) })
                : say('was', { from: moment(a.start, now, zone), to: moment(a.end, now, zone), name: nameOf(a, state) })}
            </p>
            <Values alarm={a} />
            {may && a.state === 'normal' && (
              <button type="button" class="button" onClick={() => void act(a, 'unteach')}>{say('unteach')}</button>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}

function Shown({ state, now, zone, session }: Seen & { session: Session | null }) {
  const [error, setError] = useState('');
  const asked = useAsked<AlarmsData>('/analysis/alarms', AGAIN_MS);
  const watched = useAsked<Forecast>('/analysis/forecast', AGAIN_MS).data?.registers;
  const [mine, setMine] = useState<Record<number, Alarm>>({});
  const may = session !== null && (session.demo || session.role === 'operator' || session.role === 'admin');
  const act: Act = async (alarm, what) => {
    const path = `/analysis/alarms/${alarm.id}/`;
    try {
      const now_is = what === 'unteach' ? await api<Alarm>('DELETE', path + 'teach') : await api<Alarm>('POST', path + what);
      setMine((had) => ({ ...had, [alarm.id]: now_is }));
      setError('');
    } catch (reason) {
      setError(say('failed', { why: refusalWords(reason) }));
    }
  };
  useEffect(() => setMine({}), [asked.data]); /* the daemon's own answer is newer */
  if (!asked.data)
    return asked.error
      ? <p role="alert">{say('open.failed', { why: refusalWords(asked.error) })}</p>
      : <p role="status">{t('app.loading')}</p>;
  const all = asked.data.alarms.map((a) => mine[a.id] ?? a);
  const open = all.filter(isOpen), past = all.filter((a) => !isOpen(a));
  const { judged } = asked.data;
  const learning = judged === null || isYoung(watched); /* nobody would say if anything were wrong */
  return (
    <div class="alarms-page">
      <Card title={say('open.title')} area="alarms-open">
        {error && <p role="alert" class="error">{error}</p>}
        {asked.error && <p role="alert" class="tone-text-warn">{say('open.failed', { why: refusalWords(asked.error) })}</p>}
        {open.length === 0 && !learning && !asked.error && <p class="alarm-none"><Icon name="check" size={22} /> {say('open.none')}</p>}
        {open.map((a) => <OpenAlarm key={a.id} alarm={a} state={state} now={now} zone={zone} may={may} act={act} />)}
        <p class="quiet">{learning ? say('open.learning') : say('open.judged', { time: moment(judged, now, zone) })} {say('about')}</p>
        {!may && all.length > 0 && <p class="quiet">{say('sign_in')}</p>}
      </Card>
      <Card title={say('past.title')} area="alarms-past">
        <Past alarms={past} state={state} now={now} zone={zone} may={may} act={act} />
      </Card>
    </div>
  );
}

export function Alarms(props: { state: State | null; now: number; zone: string; session: Session | null }) {
  return props.state ? <Shown {...props} state={props.state} /> : <p role="status">{t('app.loading')}</p>;
}
