import { useEffect, useState } from 'preact/hooks';
import { runOf } from './api/run';
import { prefs, t } from './i18n';
import { link, model, siteNow, start } from './model';
import { Home } from './home/home';
import { Meters } from './meters/meters';
import { Settings } from './account/settings';
import { Door } from './account/door';
import { later } from './ui/later';
import { useStore, useTick } from './lib/store';
import { sameZone, zoneKnown } from './lib/time';
import { Icon, type IconName } from './ui/icons';
import { PrefButtons } from './ui/prefs';

function useRoute(): string {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const follow = () => setHash(location.hash);
    addEventListener('hashchange', follow);
    follow(); // it may have changed between the first drawing and now
    return () => removeEventListener('hashchange', follow);
  }, []);
  return hash;
}

const Grid = later(() => import('./grid/grid').then((m) => m.Grid));
const Costs = later(() => import('./costs/costs').then((m) => m.Costs));
const WhatIf = later(() => import('./whatif/whatif').then((m) => m.WhatIf));
const Parts = later(() => import('./report/parts').then((m) => m.Parts));
const Month = later(() => import('./report/month').then((m) => m.Month));
const QualityPage = later(() => import('./quality/quality').then((m) => m.QualityPage));
const System = later(() => import('./system/system').then((m) => m.System));
const Shed = later(() => import('./shed/shed').then((m) => m.Shed));
const Heating = later(() => import('./heating/heating').then((m) => m.Heating));
const Plan = later(() => import('./plan/plan').then((m) => m.Plan));
const Alarms = later(() => import('./alarms/alarms').then((m) => m.Alarms));
const SafeBanner = later(() => import('./safe/banner').then((m) => m.SafeBanner));
const Use = later(() => import('./use/use').then((m) => m.Use));

type Place = 'parts' | 'month' | 'quality' | 'home' | 'use' | 'costs' | 'whatif' | 'grid' | 'plan' | 'heating' | 'shed' | 'alarms' | 'meters' | 'system' | 'settings';
const PLACES: Record<string, Place> = {
  postes: 'parts', bilan: 'month', qualite: 'quality', settings: 'settings', meters: 'meters', consommation: 'use', couts: 'costs', 'et-si': 'whatif', reseau: 'grid', plan: 'plan', chauffage: 'heating', delestage: 'shed', alertes: 'alarms', systeme: 'system',
};
/** Pages below another: that one is where one is. */
const ROOFS: Partial<Record<Place, Place>> = { parts: 'use', month: 'use', quality: 'grid', heating: 'plan', whatif: 'costs' };
const WAYS: [Place, string, IconName][] = [
  ['home', '#/', 'house'], ['use', '#/consommation', 'chart'], ['costs', '#/couts', 'bill'], ['grid', '#/reseau', 'grid'], ['plan', '#/plan', 'clock'],
  ['shed', '#/delestage', 'bolt'], ['alarms', '#/alertes', 'warn'], ['meters', '#/meters', 'gauge'], ['system', '#/systeme', 'log'],
];

const current = (is: boolean) => (is ? { 'aria-current': 'page' as const } : {});

function Ways({ here }: { here: Place }) {
  return (
    <nav class="ways" aria-label={t('nav.pages')}>
      {WAYS.map(([place, href, icon]) => (
        <a key={place} class="way" href={href} {...current(place === (ROOFS[here] ?? here))}>
          <Icon name={icon} /> <span>{t(`nav.${place}`)}</span>
        </a>
      ))}
    </nav>
  );
}

function Header({ name, here }: { name: string; here: Place }) {
  const settings = t('nav.settings');
  return (
    <header class="top">
      <a class="brand" href="#/">
        <span class="brand-mark"><Icon name="logo" size={26} /></span>
        <span class="brand-name">{name}</span>
      </a>
      <Ways here={here} />
      <div class="tools">
        <PrefButtons />
        <a class="icon-button" href="#/settings" aria-label={settings} title={settings} {...current(here === 'settings')}>
          <Icon name="person" />
        </a>
      </div>
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
  const here = PLACES[route.split('/')[1] ?? ''] ?? 'home';
  const zone = state && zoneKnown(state.site.timezone) ? state.site.timezone : 'UTC';
  const run = runOf(state);
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
      {run && run.mode !== 'normal' && <SafeBanner run={run} unread={state?.health.problems.includes('aborts_unreadable') ?? false} now={siteNow()} zone={zone} session={session} />}
      <Header name={name} here={here} />
      <main id="main" tabIndex={-1}>
        <h1 class="sr">{here === 'home' ? name : t(`nav.${here}`)}</h1>
        {state && !zoneKnown(state.site.timezone) && (
          <p class="zone">{t('app.zone_unknown', { zone: state.site.timezone })}</p>
        )}
        {state && zoneKnown(zone) && !sameZone(zone, Date.now()) && (
          <p class="zone"><Icon name="clock" size={16} /> {t('app.zone', { zone })}</p>
        )}
        {locked ? <Door session={session} />
          : here === 'settings' ? <Settings session={session} />
            : here === 'system'
              ? <System state={state} link={link()} now={siteNow()} zone={zone} session={session} />
            : here === 'use' ? <Use state={state} link={link()} now={siteNow()} zone={zone} />
            : here === 'meters'
              ? <Meters state={state} link={link()} now={siteNow()} zone={zone} session={session} />
            : here === 'grid' ? <Grid state={state} now={siteNow()} zone={zone} session={session} />
            : here === 'parts' ? <Parts state={state} now={siteNow()} zone={zone} />
            : here === 'month' ? <Month state={state} now={siteNow()} zone={zone} />
            : here === 'quality' ? <QualityPage state={state} link={link()} now={siteNow()} zone={zone} />
            : here === 'whatif' ? <WhatIf />
            : here === 'plan' ? <Plan state={state} now={siteNow()} zone={zone} session={session} />
            : here === 'heating' ? <Heating state={state} now={siteNow()} zone={zone} session={session} />
            : here === 'shed' ? <Shed state={state} link={link()} now={siteNow()} zone={zone} session={session} />
            : here === 'alarms' ? <Alarms state={state} now={siteNow()} zone={zone} session={session} />
            : here === 'costs' ? <Costs state={state} now={siteNow()} zone={zone} session={session} />
            : <Home state={state} link={link()} zone={zone} />}
      </main>
      {state && <Footer version={state.version} zone={state.site.timezone} />}
    </>
  );
}
