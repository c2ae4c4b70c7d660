import { useEffect, useState } from 'preact/hooks';
import { prefs, t } from './i18n';
import { link, model, start } from './model';
import { Home } from './home/home';
import { Settings } from './account/settings';
import { Door } from './account/door';
import { useStore, useTick } from './lib/store';
import { sameZone, zoneKnown } from './lib/time';
import { Icon } from './ui/icons';
import { PrefButtons } from './ui/prefs';

function useRoute(): string {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const follow = () => setHash(location.hash);
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  return hash;
}

function Header({ name, settings }: { name: string; settings: boolean }) {
  return (
    <header class="top">
      <a class="brand" href="#/">
        <span class="brand-mark"><Icon name="logo" size={26} /></span>
        <span class="brand-name">{name}</span>
      </a>
      <nav class="tools">
        <PrefButtons />
        <a
          class="icon-button" href={settings ? '#/' : '#/settings'}
          aria-label={settings ? t('nav.home') : t('nav.settings')}
          title={settings ? t('nav.home') : t('nav.settings')}
        >
          <Icon name={settings ? 'house' : 'person'} />
        </a>
      </nav>
    </header>
  );
}

function Footer({ version, zone }: { version: string; zone: string }) {
  return (
    <footer class="foot">
      <p>{t('app.footer', { version, zone })}</p>
      <p><a href="/docs">{t('app.api')}</a></p>
    </footer>
  );
}

export function App() {
  useStore(prefs);
  const { state, session, locked } = useStore(model);
  const route = useRoute();
  useTick(1000);
  useEffect(() => void start(), []);

  const demo = state?.site.demo ?? session?.demo ?? false;
  const settings = route === '#/settings';
  const zone = state && zoneKnown(state.site.timezone) ? state.site.timezone : 'UTC';
  const name = state?.site.name || 'ohmstead';
  useEffect(() => {
    document.title = name === 'ohmstead' ? name : `${name} · ohmstead`;
  }, [name]);

  return (
    <>
      <a class="skip" href="#main" onClick={(e) => {
        e.preventDefault(); /* the hash is the router's */
        document.getElementById('main')?.focus();
      }}>{t('app.skip')}</a>
      {demo && (
        <section class="demo" aria-label={t('demo.banner')}>
          <p><strong>{t('demo.banner')}</strong> · {t('demo.words')}</p>
        </section>
      )}
      <Header name={name} settings={settings} />
      <main id="main" tabIndex={-1}>
        <h1 class="sr">{settings ? t('nav.settings') : name}</h1>
        {state && !zoneKnown(state.site.timezone) && (
          <p class="zone">{t('app.zone_unknown', { zone: state.site.timezone })}</p>
        )}
        {state && zoneKnown(zone) && !sameZone(zone, Date.now()) && (
          <p class="zone"><Icon name="clock" size={16} /> {t('app.zone', { zone })}</p>
        )}
        {locked ? <Door session={session} />
          : settings ? <Settings session={session} />
            : <Home state={state} link={link()} zone={zone} />}
      </main>
      {state && <Footer version={state.version} zone={state.site.timezone} />}
    </>
  );
}
