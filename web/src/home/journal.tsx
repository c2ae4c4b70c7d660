import { useState } from 'preact/hooks';
import { isNotice, type JournalItem, type Load } from '../api/types';
import { day, why } from '../lib/words';
import { clock, dateOf } from '../lib/time';
import { isKey, t } from '../i18n';
import { model, readJournal } from '../model';
import { useStore } from '../lib/store';
import { Card } from '../ui/parts';
import { Icon, type IconName } from '../ui/icons';

const SHOWN = 6;

const TITLE = {
  fed: ['journal.fed', 'journal.stays_fed'],
  shed: ['journal.shed', 'journal.stays_shed'],
} as const;

/** Who asked: "user:marie", "token:ha", "demo". */
export function actor(code: string | null | undefined): string {
  const [kind = '', ...rest] = (code ?? '').split(':');
  const name = rest.join(':'); // a token may be called anything
  if (kind === 'demo')
    return t('journal.demo');
  return kind === 'token' ? t('journal.token', { name }) : name || kind;
}

export function lineOf(item: JournalItem, name: (id: string) => string): { icon: IconName; title: string; what: string } {
  if (isNotice(item)) {
    const key = `notice.${item.notice}`;
    return {
      icon: 'clock',
      title: isKey(key) ? t(key) : t('notice.other', { code: item.notice }),
      what: [item.rule ?? '', item.load ? name(item.load) : '', actor(item.actor)].filter(Boolean).join(' · '),
    };
  }
  return {
    icon: item.state === 'fed' ? 'bolt' : 'close',
    title: t(TITLE[item.state][item.switches === false ? 1 : 0], { load: name(item.load) }),
    what: why({ ...item, limit: item.limit?.id ?? null }),
  };
}

/** The hour, and under it the day when that is not today. */
export function timeOf(at: string, now: number, zone: string) {
  const date = dateOf(Date.parse(at), zone);
  const today = dateOf(now, zone);
  return <>{clock(Date.parse(at), zone)}{date !== today && <span> {day(date, today)}</span>}</>;
}

/** A load that stays as it was, for no particular reason, is no news. */
const isNews = (item: JournalItem) =>
  isNotice(item) || item.switches !== false || item.cause !== 'normal' || item.held_by !== null;

export function Journal({ loads, now, zone }: { loads: Load[]; now: number; zone: string }) {
  const { journal, journalFailed, journalMore } = useStore(model);
  const [shown, setShown] = useState(SHOWN);
  const news = journal.filter(isNews);
  const name = (id: string) => loads.find((l) => l.id === id)?.name ?? id;
  const more = () => {
    setShown(shown + 2 * SHOWN);
    if (news.length < shown + 2 * SHOWN && journalMore)
      void readJournal(true);
  };
  return (
    <Card title={t('journal.title')} area="journal">
      {journalFailed && <p class="tone-text-warn">{t('journal.error')}</p>}
      {!journalFailed && news.length === 0 && <p class="quiet">{t('journal.empty')}</p>}
      <ol class="journal">
        {news.slice(0, shown).map((item) => {
          const line = lineOf(item, name);
          return (
            <li key={item.seq}>
              {item.time ? <time dateTime={item.time}>{timeOf(item.time, now, zone)}</time>
                : <span class="no-time">{t('journal.no_time')}</span>}
              <Icon name={line.icon} size={16} />
              <div>
                <p class="journal-title">{line.title}</p>
                {line.what && <p class="quiet">{line.what}</p>}
              </div>
            </li>
          );
        })}
      </ol>
      {(news.length > shown || journalMore) && (
        <div class="actions"><button type="button" class="button" onClick={more}>{t('journal.more')}</button></div>
      )}
    </Card>
  );
}
