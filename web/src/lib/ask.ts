/* One answer of the daemon, asked for again from time to time while somebody looks. */
import { useEffect, useState } from 'preact/hooks';
import { ApiError, get } from '../api/client';
import { lang } from '../i18n';

export interface Asked<T> {
  /** The last good answer to this very question; null before the first. */
  data: T | null;
  /** Why the last try failed. */
  error: ApiError | null;
}

const LOOK_MS = 1_000;

/** `every_ms` 0: once is enough. A null path asks nothing. */
export function useAsked<T>(path: string | null, every_ms = 0): Asked<T> {
  const [asked, setAsked] = useState<Asked<T> & { path: string | null }>({ path, data: null, error: null });
  const language = lang(); /* refusals come in it */
  useEffect(() => {
    if (path === null)
      return;
    let gone = false;
    let due = 0;
    let busy = false;
    const look = async () => {
      if (gone || busy || document.hidden || Date.now() < due)
        return;
      busy = true;
      try {
        const data = await get<T>(path);
        due = every_ms ? Date.now() + every_ms : Infinity;
        if (!gone)
          setAsked({ path, data, error: null });
      } catch (reason) {
        const error = reason instanceof ApiError ? reason : new ApiError(0, '');
        const again = error.status === 0 || error.status >= 500 ? 10_000 : every_ms || Infinity;
        due = Date.now() + again;
        if (!gone)
          setAsked((last) => ({ path, data: last.path === path ? last.data : null, error }));
      }
      busy = false;
    };
    void look();
    const timer = setInterval(() => void look(), LOOK_MS);
    return () => {
      gone = true;
      clearInterval(timer);
    };
  }, [path, every_ms, language]);
  return asked.path === path ? asked : { data: null, error: null };
}
