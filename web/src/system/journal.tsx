/* The whole journal, searched in the words that are shown: read page by page, as far as it takes. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { get } from '../api/client';
import { isNotice, type JournalItem, type Load } from '../api/types';
import { lineOf, timeOf } from '../home/journal';
import { number } from '../lib/format';
import { dateOf } from '../lib/time';
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

interface Page { items: JournalItem[]; next: number | null }

function textOf(item: JournalItem, name: (id: string) => string, now: number, zone: string): string {
  const line = lineOf(item, name);
  const at = item.time ? day(dateOf(Date.parse(item.time), zone), dateOf(now, zone), 'long') : '';
  const codes = isNotice(item) ? [item.notice, item.device ?? '', item.load ?? ''] : [item.load, item.cause];
  return [line.title, line.what, at, ...codes].join(' ');
}

export function JournalCard({ loads, now, zone }: { loads: Load[]; now: number; zone: string }) {
  const [items, setItems] = useState<JournalItem[]>([]);
  const [next, setNext] = useState<number | null>(0);
  const [wanted, setWanted] = useState('');
  const [kind, setKind] = useState<Kind>('all');
  const [shown, setShown] = useState(ENOUGH);
  const [until, setUntil] = useState(AT_ONCE);
  const [error, setError] = useState('');
  const busy = useRef(false);
  const name = (id: string) => loads.find((l) => l.id === id)?.name ?? id;
  const fits = (item: JournalItem) =>
    (kind === 'all' || isNotice(item) === (kind === 'notices')) && (!wanted.trim() || matches(textOf(item, name, now, zone), wanted));
  const found = items.filter(fits);
  const lacks = found.length < shown && next !== null && items.length < until;

  useEffect(() => {
    if (!lacks || busy.current || error)
      return;
    busy.current = true;
    get<Page>(`/journal?limit=${PAGE}${next ? `&before=${next}` : ''}`).then((page) => {
      busy.current = false;
      setItems([...items, ...page.items]);
      setNext(page.items.length ? page.next : null);
    }, (reason) => {
      busy.current = false;
      setError(refusalWords(reason));
    });
  });

  const again = () => {
    setError('');
    setShown(shown + ENOUGH);
    setUntil(items.length + AT_ONCE);
  };
  const count = wanted.trim() || kind !== 'all' ? say('journal.found', { n: found.length }) : '';
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
            <button key={one} type="button" aria-pressed={one === kind} onClick={() => { setKind(one); setShown(ENOUGH); }}>
              {say(`journal.kind.${one}`)}
            </button>
          ))}
        </div>
      </form>
      <LiveRegion words={lacks ? '' : count} />
      {error && <p class="tone-text-warn" role="alert">{say('failed', { words: error })}</p>}
      {found.length === 0 && !lacks && !error && (
        <p class="quiet">{items.length ? say('journal.none', { read: number(items.length, 0, lang()) }) : say('journal.empty')}</p>
      )}
      <ol class="journal">
        {found.slice(0, shown).map((item) => {
          const line = lineOf(item, name);
          return (
            <li key={item.seq}>
              {item.time ? <time dateTime={item.time}>{timeOf(item.time, now, zone)}</time> : <span class="no-time">—</span>}
              <Icon name={line.icon} size={16} />
              <div>
                <p class="journal-title">{line.title}</p>
                {line.what && <p class="quiet">{line.what}</p>}
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
