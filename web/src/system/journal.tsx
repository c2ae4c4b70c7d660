/* The whole journal: the daemon picks by load, kind and time, and what is typed is looked for in the words
 * that are shown, page by page, as far as it takes. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { get } from '../api/client';
import { isNotice, type JournalItem, type Load, type Pressure } from '../api/types';
import { lineOf, timeOf } from '../home/journal';
import { apparent, nominal, number } from '../lib/format';
import { addDays, dateOf, duration, instantOf } from '../lib/time';
import { day } from '../lib/words';
import { lang } from '../i18n';
import { Icon } from '../ui/icons';
import { Card, LiveRegion, refusalWords } from '../ui/parts';
import { matches } from './facts';
import { say } from './words';

const PAGE = 250;
const ENOUGH = 20;
const AT_ONCE = 2000; /* lines read for one search, until somebody asks for more */

type Kind = 'all' | 'moves' | 'notices';
const KINDS: Kind[] = ['all', 'moves', 'notices'];
const CODES: Record<Kind, string> = { all: '', moves: 'decision', notices: 'notice' };

interface Page { items: JournalItem[]; next: number | null }

function textOf(item: JournalItem, name: (id: string) => string, now: number, zone: string): string {
  const line = lineOf(item, name);
  const at = item.time ? day(dateOf(Date.parse(item.time), zone), dateOf(now, zone), 'long') : '';
  const codes = isNotice(item) ? [item.notice, item.device ?? '', item.load ?? ''] : [item.load, item.cause];
  return [line.title, line.what, at, figures(item), ...codes].join(' ');
}

const signed = (value: number, unit: 'W' | 'VA') => (value < 0 ? '\u2212' : '+') + nominal(Math.abs(value), lang(), unit);

function pressure(limit: Pressure): string {
  const name = limit.id === 'main' || limit.id === null ? say('journal.main') : limit.id;
  const words = [say('journal.limit', { name: limit.phase ? `${name} (${say('journal.phase', { n: limit.phase })})` : name, va: apparent(limit.va, lang()) })];
  if (limit.measured_va !== null)
    words.push(say('journal.drawn', { va: nominal(limit.measured_va, lang(), 'VA') }));
  if (limit.trip_s !== null)
    words.push(say('journal.trip', { time: duration(limit.trip_s, lang()) }));
  if (limit.blind)
    words.push(say('journal.blind'));
  return words.join(', ');
}

/** What was expected, what was measured, and the limit as it stood. */
export function figures(item: JournalItem): string {
  if (isNotice(item)) {
    if (item.expected_va !== undefined && item.measured_va !== undefined)
      return say('journal.effect', { expected: signed(item.expected_va, 'VA'), measured: signed(item.measured_va, 'VA') });
    return item.notice === 'limit_uncovered' && typeof item.detail === 'number'
      ? say('journal.missing', { va: nominal(item.detail, lang(), 'VA') }) : '';
  }
  const words = item.switches !== false && item.expected_w
    ? [say('journal.expected', { power: signed(item.expected_w, 'W') })] : [];
  if (item.rule)
    words.unshift(say('journal.rule', { id: item.rule }));
  return [...words, ...(item.limit ? [pressure(item.limit)] : [])].join(' · ');
}

/** From when to when, as the daemon is asked: whole days of the site. */
function periodOf(from: string, to: string, zone: string): string {
  const at = (date: string) => encodeURIComponent(new Date(instantOf(date, 0, 0, zone)).toISOString());
  return (from ? `&from=${at(from)}` : '') + (to ? `&to=${at(addDays(to, 1))}` : '');
}

export function JournalCard({ loads, now, zone }: { loads: Load[]; now: number; zone: string }) {
  const [items, setItems] = useState<JournalItem[]>([]);
  const [next, setNext] = useState<number | null>(0);
  const [wanted, setWanted] = useState('');
  const [kind, setKind] = useState<Kind>('all');
  const [shown, setShown] = useState(ENOUGH);
  const [until, setUntil] = useState(AT_ONCE);
  const [error, setError] = useState('');
  const [load, setLoad] = useState('');
  const [from, setFrom] = useState('');
  const [to, setTo] = useState('');
  const busy = useRef('');
  const picked = (load ? `&load=${encodeURIComponent(load)}` : '') + (CODES[kind] ? `&kind=${CODES[kind]}` : '')
    + periodOf(from, to, zone);
  const present = useRef(picked);
  if (present.current !== picked) { /* another question: what was read answers the last one */
    present.current = picked;
    setItems([]);
    setNext(0);
    setShown(ENOUGH);
    setUntil(AT_ONCE);
    setError('');
  }
  const name = (id: string) => loads.find((l) => l.id === id)?.name ?? id;
  const fits = (item: JournalItem) => !wanted.trim() || matches(textOf(item, name, now, zone), wanted);
  const found = items.filter(fits);
  const lacks = found.length < shown && next !== null && items.length < until;

  useEffect(() => {
    if (!lacks || busy.current === `${picked} ${next}` || error)
      return;
    const asked = busy.current = `${picked} ${next}`;
    get<Page>(`/journal?limit=${PAGE}${picked}${next ? `&before=${next}` : ''}`).then((page) => {
      if (busy.current !== asked)
        return;
      busy.current = '';
      setItems([...items, ...page.items]);
      setNext(page.next);
    }, (reason) => {
      if (busy.current !== asked)
        return;
      busy.current = '';
      setError(refusalWords(reason));
    });
  });

  const again = () => {
    setError('');
    setShown(shown + ENOUGH);
    setUntil(items.length + AT_ONCE);
  };
  const count = wanted.trim() || picked ? say('journal.found', { n: found.length }) : '';
  return (
    <Card title={say('journal.title')} area="log">
      <form class="log-search" role="search" onSubmit={(e) => e.preventDefault()}>
        <div class="field">
          <label for="log-wanted">{say('journal.search')}</label>
          <input id="log-wanted" type="search" value={wanted} autocomplete="off"
            onInput={(e) => { setWanted(e.currentTarget.value); setShown(ENOUGH); setUntil(Math.max(items.length, AT_ONCE)); }} />
        </div>
        <div class="switch" role="group" aria-label={say('journal.kind')}>
          {KINDS.map((one) => (
            <button key={one} type="button" aria-pressed={one === kind} onClick={() => setKind(one)}>
              {say(`journal.kind.${one}`)}
            </button>
          ))}
        </div>
        {loads.length > 0 && (
          <div class="field field-short">
            <label for="log-load">{say('journal.load')}</label>
            <select id="log-load" value={load} onChange={(e) => setLoad(e.currentTarget.value)}>
              <option value="">{say('journal.load_any')}</option>
              {loads.map((one) => <option key={one.id} value={one.id}>{one.name}</option>)}
            </select>
          </div>
        )}
        <div class="field field-short">
          <label for="log-from">{say('journal.from')}</label>
          <input id="log-from" type="date" value={from} max={to || dateOf(now, zone)} onChange={(e) => setFrom(e.currentTarget.value)} />
        </div>
        <div class="field field-short">
          <label for="log-to">{say('journal.to')}</label>
          <input id="log-to" type="date" value={to} min={from} max={dateOf(now, zone)} onChange={(e) => setTo(e.currentTarget.value)} />
        </div>
      </form>
      <LiveRegion words={lacks ? '' : count} />
      {error && <p class="tone-text-warn" role="alert">{say('failed', { words: error })}</p>}
      {found.length === 0 && !lacks && !error && (
        <p class="quiet">{items.length ? say('journal.none', { read: number(items.length, 0, lang()) }) : say(picked ? 'journal.nothing' : 'journal.empty')}</p>
      )}
      <ol class="journal">
        {found.slice(0, shown).map((item) => {
          const line = lineOf(item, name);
          const more = figures(item);
          return (
            <li key={item.seq}>
              {item.time ? <time dateTime={item.time}>{timeOf(item.time, now, zone)}</time> : <span class="no-time">—</span>}
              <Icon name={line.icon} size={16} />
              <div>
                <p class="journal-title">{line.title}</p>
                {line.what && <p class="quiet">{line.what}</p>}
                {more && <p class="quiet journal-figures">{more}</p>}
              </div>
            </li>
          );
        })}
      </ol>
      {lacks && !error && <p class="quiet" role="status">{say('loading')}</p>}
      {!lacks && (next !== null || found.length > shown) && (
        <div class="actions">
          <button type="button" class="button" onClick={again}>
            {say(found.length > shown || found.length === items.length ? 'journal.more' : 'journal.older')}
          </button>
        </div>
      )}
      {next === null && found.length > 0 && found.length <= shown && <p class="quiet">{say('journal.end')}</p>}
    </Card>
  );
}
