/* A page whose code is fetched when it is first opened: none of it weighs on the first load. */
import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { t } from '../i18n';

export function later<P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> {
  let page: ComponentType<P> | null = null;
  return function Later(props: P) {
    const [failed, setFailed] = useState(false);
    const [, setReady] = useState(page !== null);
    useEffect(() => {
      let gone = false;
      if (page) /* it came for another one, between the first drawing and now */
        setReady(true);
      else
        load().then((come) => {
          page = come;
          if (!gone)
            setReady(true);
        }, () => {
          if (!gone)
            setFailed(true);
        });
      return () => {
        gone = true;
      };
    }, []);
    if (page) {
      const Page = page;
      return <Page {...props} />;
    }
    if (!failed)
      return <p role="status">{t('app.loading')}</p>;
    /* The daemon is away, or was updated and has other files now: both end with a fresh page. */
    return (
      <div role="alert">
        <p>{t('app.part_failed')}</p>
        <p class="actions">
          <button type="button" class="button" onClick={() => location.reload()}>{t('app.reload')}</button>
        </p>
      </div>
    );
  };
}
