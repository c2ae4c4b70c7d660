/* Journal & système: is all well, how much is kept and for how long, the journal, a copy, a report. */
import type { HistoryPlace, Mirror, Session, State } from '../api/types';
import { alertsOf } from '../home/alerts';
import { number } from '../lib/format';
import { useAsked } from '../lib/ask';
import type { Link } from '../lib/freshness';
import { dateOf, dayName } from '../lib/time';
import { day, moment } from '../lib/words';
import { lang, t } from '../i18n';
import { Big, Card, refusalWords } from '../ui/parts';
import { Icon } from '../ui/icons';
import { BackupCard, Commands } from './backup';
import { bytes, bytesOf, lasts, type SystemInfo } from './facts';
import { JournalCard } from './journal';
import { say } from './words';
import '../style/system.css';

const REFRESH_MS = 60_000;

function Health({ state, link, info }: { state: State; link: Link; info: SystemInfo | null }) {
  const alerts = alertsOf(state, link);
  const dropped = (state.health.dropped_readings ?? 0) + (state.health.dropped_events ?? 0);
  return (
    <Card title={say('health.title')} area="health">
      {alerts.length === 0 && <p class="health-ok"><Icon name="check" /> {say('health.ok')}</p>}
      <ul class="health-list">
        {alerts.map((a) => (
          <li key={a.id} data-tone={a.tone}>
            <Icon name={a.tone === 'bad' ? 'stop' : 'warn'} />
            <div><p><strong>{a.title}</strong></p><p class="quiet">{a.what}</p></div>
          </li>
        ))}
        {info !== null && info.store.damaged > 0 && (
          <li data-tone="warn"><Icon name="warn" /><p>{say('health.damaged', { n: info.store.damaged })}</p></li>
        )}
      </ul>
      {dropped > 0 && <p class="quiet">{say('health.dropped', { n: dropped })}</p>}
      <p class="quiet">{say('health.version', { version: state.version })}</p>
    </Card>
  );
}

function keepWords(info: SystemInfo): string[] {
  if (info.keep.length === 0)
    return [say('store.keep_all')];
  return [...info.keep.map((rule) => (rule.every_minutes
    ? say('store.keep_every', { days: number(rule.after_days, 0, lang()), n: rule.every_minutes })
    : say('store.keep_none', { days: number(rule.after_days, 0, lang()) }))), say('store.keep_ledger')];
}

function lastWords(info: SystemInfo): string {
  const time = lasts(info);
  return time ? say(`store.lasts_${time.unit}`, { n: time.n }) : '';
}

/** « aujourd’hui » stands for itself, other days need their year. */
const since = (date: string, today: string) => {
  const words = day(date, today, 'long');
  return words === dayName(date, lang(), 'long') ? `${words} ${date.slice(0, 4)}` : words;
};

function Facts({ info, now, zone }: { info: SystemInfo; now: number; zone: string }) {
  const { store, growth } = info;
  const count = (n: number) => number(n, 0, lang());
  const rows: [string, string, string][] = [
    [say('store.readings'), count(store.readings), say('store.series', { n: store.series })],
    ...(store.first ? [[say('store.since'), since(dateOf(Date.parse(store.first), zone), dateOf(now, zone)), ''] as [string, string, string]] : []),
    [say('store.growth'), growth ? say('store.a_day', { size: bytes(growth.bytes_per_day, lang()) }) : say('store.growth_unknown'),
      growth ? say('store.a_day_readings', { count: count(growth.readings_per_day) }) : ''],
    ...(store.disk_free_bytes === null ? [] : [[say('store.disk'), bytes(store.disk_free_bytes, lang()), lastWords(info)] as [string, string, string]]),
    ...(store.postgresql_bytes === null ? [] : [[say('store.postgresql'), bytes(store.postgresql_bytes, lang()), ''] as [string, string, string]]),
    [say('store.journal'), say('store.journal_lines', { n: store.journal }), ''],
  ];
  return (
    <>
      <p class="headline"><Big q={bytesOf(store.bytes + store.log_bytes, lang())} /></p>
      {store.unused_bytes > 0 && <p class="quiet">{say('store.unused', { size: bytes(store.unused_bytes, lang()) })}</p>}
      <dl class="sys-facts">
        {rows.map(([what, value, more]) => (
          <div key={what}><dt>{what}</dt><dd>{value}{more && <span class="quiet"> · {more}</span>}</dd></div>
        ))}
        <div><dt>{say('store.keep')}</dt><dd>{keepWords(info).map((line) => <p key={line}>{line}</p>)}</dd></div>
      </dl>
    </>
  );
}

function Mirrors({ mirrors, now, zone }: { mirrors: Mirror[]; now: number; zone: string }) {
  return (
    <Card title={say('mirrors.title')} area="mirrors">
      <div class="tables" tabIndex={0} role="group" aria-label={say('mirrors.caption')}>
        <table>
          <caption class="sr">{say('mirrors.caption')}</caption>
          <thead><tr>
            <th scope="col">{say('mirrors.name')}</th><th scope="col">{say('mirrors.state')}</th>
            <th scope="col">{say('mirrors.sent')}</th><th scope="col">{say('mirrors.says')}</th>
          </tr></thead>
          <tbody>
            {mirrors.map((m) => (
              <tr key={m.id}>
                <th scope="row">{m.id} <span class="quiet">({m.kind})</span></th>
                <td>{m.state === 'ok' ? say('mirrors.ok') : m.owed_since ? say('mirrors.behind', { since: moment(m.owed_since, now, zone) }) : m.state}</td>
                <td>{m.sent_time ? moment(m.sent_time, now, zone) : '—'}</td>
                <td>{m.detail ?? ''}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
}

/** The server that has the history: whether it answers, and since when it does not. */
function Place({ place, now, zone }: { place: HistoryPlace; now: number; zone: string }) {
  const away = place.state === 'away';
  return (
    <p class={away ? '' : 'quiet'} data-tone={away ? 'warn' : undefined}>
      <Icon name={away ? 'warn' : 'check'} />{' '}
      {away ? say('place.away', { since: place.away_since ? moment(place.away_since, now, zone) : '—' }) : say('place.ok')}
      {away && place.detail && <span class="quiet"> {say('place.says', { words: place.detail })}</span>}
    </p>
  );
}

function DoctorCard({ admin, demo }: { admin: boolean; demo: boolean }) {
  return (
    <Card title={say('doctor.title')} area="doctor">
      <p class="quiet">{say('doctor.about')}</p>
      {admin ? (
        <div class="actions"><a class="button" href="/api/v1/doctor" download>{say('doctor.take')}</a></div>
      ) : (
        <>
          <p>{say('doctor.admin')}</p>
          <Commands lines={[`ohmstead doctor --share${demo ? ' --demo' : ' --config site.yaml'}`]} />
        </>
      )}
    </Card>
  );
}

export function System({ state, link, now, zone, session }: {
  state: State | null; link: Link; now: number; zone: string; session: Session | null;
}) {
  const { data: info, error } = useAsked<SystemInfo>('/system', REFRESH_MS);
  if (!state)
    return <p role="status">{t('app.loading')}</p>;
  const admin = session?.role === 'admin';
  const mirrors = state.health.mirrors ?? [];
  return (
    <div class="system-page">
      <div class="sys-column">
        <Health state={state} link={link} info={info} />
        <Card title={say('store.title')} area="store">
          {state.health.history && <Place place={state.health.history} now={now} zone={zone} />}
          {info ? <Facts info={info} now={now} zone={zone} />
            : <p class="quiet" role="status">{error ? say('failed', { words: refusalWords(error) }) : say('loading')}</p>}
        </Card>
        {mirrors.length > 0 && <Mirrors mirrors={mirrors} now={now} zone={zone} />}
        <BackupCard admin={admin} demo={state.site.demo} now={now} zone={zone} />
        <DoctorCard admin={admin} demo={state.site.demo} />
      </div>
      <JournalCard loads={state.loads} now={now} zone={zone} />
    </div>
  );
}
