/* A copy of everything to take along, and how one is put back. */
import { useState } from 'preact/hooks';
import { del, post } from '../api/client';
import { number, percent } from '../lib/format';
import { useAsked } from '../lib/ask';
import { moment } from '../lib/words';
import { lang } from '../i18n';
import { Card, refusalWords } from '../ui/parts';
import { bytes, type BackupInfo } from './facts';
import { say } from './words';

const WATCH_MS = 1_000;
const REST_MS = 30_000;

export function Commands({ lines }: { lines: string[] }) {
  return <pre class="add" tabIndex={0}><code>{lines.join('\n')}</code></pre>;
}

function Progress({ info }: { info: BackupInfo }) {
  const done = info.pages_total ? info.pages_done / info.pages_total : 0;
  return (
    <p role="status">
      {info.pages_total && done >= 1 ? say('backup.reading') : say('backup.copying', { ratio: percent(done, lang()) })}
    </p>
  );
}

function Outcome({ info, now, zone, onRemove }: { info: BackupInfo; now: number; zone: string; onRemove: () => void }) {
  const count = (n: number) => number(n, 0, lang());
  return (
    <>
      {info.state === 'failed' && <p class="tone-text-warn" role="alert">{say('backup.failed', { words: info.why ?? '' })}</p>}
      {info.contents && (
        <p>{say('backup.done', {
          readings: count(info.contents.readings), series: count(info.contents.series), journal: count(info.contents.journal),
        })}</p>
      )}
      {info.file && (
        <>
          <p class="quiet">{say('backup.file', { when: moment(info.file.made, now, zone), size: bytes(info.file.bytes, lang()) })}</p>
          <div class="actions">
            <a class="button" href="/api/v1/backup/file" download>{say('backup.take')}</a>
            <button type="button" class="button" onClick={onRemove}>{say('backup.remove')}</button>
          </div>
        </>
      )}
    </>
  );
}

function Making({ now, zone }: { now: number; zone: string }) {
  const [told, setTold] = useState<BackupInfo | null>(null);
  const [error, setError] = useState('');
  const runs = told?.state === 'running';
  const asked = useAsked<BackupInfo>('/backup', runs ? WATCH_MS : REST_MS);
  /* What a change answered is newer than what was asked before it, until the next answer. */
  const [seen, setSeen] = useState(asked.data);
  if (asked.data !== seen) {
    setSeen(asked.data);
    setTold(asked.data);
  }
  const info = told ?? asked.data;
  const act = (change: Promise<BackupInfo>) => change.then((answer) => {
    setTold(answer);
    setError('');
  }, (reason) => setError(refusalWords(reason)));
  if (!info)
    return <p class="quiet">{asked.error ? say('failed', { words: refusalWords(asked.error) }) : say('loading')}</p>;
  return (
    <>
      {info.state === 'running' ? <Progress info={info} />
        : <Outcome info={info} now={now} zone={zone} onRemove={() => void act(del<BackupInfo>('/backup'))} />}
      {error && <p class="error" role="alert">{error}</p>}
      {info.state !== 'running' && (
        <div class="actions">
          <button type="button" class="button" onClick={() => void act(post<BackupInfo>('/backup', undefined))}>
            {say(info.file ? 'backup.again' : 'backup.start')}
          </button>
        </div>
      )}
    </>
  );
}

export function BackupCard({ admin, demo, now, zone }: { admin: boolean; demo: boolean; now: number; zone: string }) {
  const where = demo ? ' --demo' : '';
  const steps: [Parameters<typeof say>[0], string][] = [
    ['restore.check', `ohmstead restore${where} --check sauvegarde.db`],
    ['restore.stop', 'sudo systemctl stop ohmstead'],
    ['restore.put', `ohmstead restore${where} --force sauvegarde.db`],
    ['restore.start', 'sudo systemctl start ohmstead'],
  ];
  return (
    <Card title={say('backup.title')} area="backup">
      <p class="quiet">{say('backup.about')}</p>
      {admin ? <Making now={now} zone={zone} /> : (
        <>
          <p>{say('backup.admin')}</p>
          <Commands lines={[`ohmstead backup${where} sauvegarde.db`]} />
        </>
      )}
      <details class="restore">
        <summary>{say('restore.title')}</summary>
        <p class="quiet">{say('restore.about')}</p>
        <ol>
          {steps.map(([words, command]) => (
            <li key={words}>{say(words)}<Commands lines={[command]} /></li>
          ))}
        </ol>
      </details>
    </Card>
  );
}
