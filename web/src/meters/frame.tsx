/* A frame, as it came and what it says. */
import { useState } from 'preact/hooks';
import type { Frame as FrameOf } from '../api/types';
import { get } from '../api/client';
import { t } from '../i18n';
import { moment } from '../lib/words';
import { refusalWords } from '../ui/parts';

/** "7ea08bce…" as sixteen bytes a line. */
export function hexLines(hex: string): string {
  const bytes = hex.match(/../g) ?? [];
  const lines: string[] = [];
  for (let i = 0; i < bytes.length; i += 16)
    lines.push(bytes.slice(i, i + 16).join(' '));
  return lines.join('\n');
}

export function FrameView({ frame }: { frame: Pick<FrameOf, 'hex' | 'cut' | 'message'> }) {
  return (
    <>
      {frame.message && (
        <details>
          <summary>{t('frame.clear')}</summary>
          <pre class="dump" tabIndex={0} aria-label={t('frame.clear')}>{JSON.stringify(frame.message, null, 1)}</pre>
        </details>
      )}
      {frame.hex ? (
        <details>
          <summary>{t('frame.hex')}</summary>
          {frame.cut && <p class="quiet">{t('frame.cut')}</p>}
          <pre class="dump" tabIndex={0} aria-label={t('frame.hex')}>{hexLines(frame.hex)}</pre>
        </details>
      ) : <p class="quiet">{t('frame.none')}</p>}
    </>
  );
}

export function Frame({ device, now, zone }: { device: string; now: number; zone: string }) {
  const [frame, setFrame] = useState<FrameOf | null>(null);
  const [error, setError] = useState('');
  const ask = async () => {
    setError('');
    await get<FrameOf>(`/meters/${encodeURIComponent(device)}/frame`).then(setFrame)
      .catch((e) => setError(refusalWords(e)));
  };
  return (
    <section class="frame" aria-label={t('frame.title')}>
      <h3>{t('frame.title')}</h3>
      <button type="button" class="button" onClick={() => void ask()}>{t(frame ? 'frame.again' : 'frame.show')}</button>
      {error && <p class="error" role="alert">{error}</p>}
      {frame && (
        <div role="status">
          {frame.came && <p class="quiet">{moment(frame.came, now, zone)}</p>}
          <FrameView frame={frame} />
        </div>
      )}
    </section>
  );
}
