import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import '../style/fonts.css';
import '../style/base.css';
import '../style/docs.css';
import { get } from '../api/client';
import type { Session } from '../api/types';
import { applyPrefs, prefs, t } from '../i18n';
import { useStore } from '../lib/store';
import { Icon } from '../ui/icons';
import { PrefButtons } from '../ui/prefs';
import { OperationView } from './operation';
import { operations, type Operation, type Spec } from './spec';
import { td } from './words';

function grouped(all: Operation[], filter: string): [string, Operation[]][] {
  const words = filter.trim().toLowerCase();
  const groups = new Map<string, Operation[]>();
  for (const operation of all) {
    const text = `${operation.method} ${operation.path} ${operation.summary ?? ''}`.toLowerCase();
    if (text.includes(words))
      groups.set(operation.group, [...(groups.get(operation.group) ?? []), operation]);
  }
  return [...groups];
}

function Routes({ spec, token, csrf }: { spec: Spec; token: string; csrf: string | null }) {
  const [filter, setFilter] = useState('');
  const all = operations(spec);
  const groups = grouped(all, filter);
  const shown = groups.reduce((n, [, items]) => n + items.length, 0);
  return (
    <>
      <div class="field">
        <label for="filter">{td('filter')}</label>
        <input id="filter" type="search" value={filter} onInput={(e) => setFilter(e.currentTarget.value)} />
        <p class="quiet" aria-live="polite">{shown ? td('count', { n: shown }) : td('nothing')}</p>
      </div>
      {groups.map(([group, items]) => (
        <section key={group} class="group">
          <h2 lang="en">{group}</h2>
          {items.map((operation) => (
            <OperationView key={operation.id} spec={spec} operation={operation} token={token} csrf={csrf} />
          ))}
        </section>
      ))}
    </>
  );
}

function Docs() {
  const { lang } = useStore(prefs);
  const [spec, setSpec] = useState<Spec | null>(null);
  const [failed, setFailed] = useState(false);
  const [csrf, setCsrf] = useState<string | null>(null);
  const [token, setToken] = useState('');
  useEffect(() => {
    get<Spec>('/openapi.json').then(setSpec, () => setFailed(true));
    get<Session>('/session').then((s) => setCsrf(s.csrf), () => setCsrf(null));
  }, []);
  useEffect(() => {
    document.title = td('title');
  }, [lang]);

  return (
    <>
      <a class="skip" href="#main">{t('app.skip')}</a>
      <header class="top">
        <a class="brand" href="/">
          <span class="brand-mark"><Icon name="logo" size={26} /></span>
          <span class="brand-name">{td('title')}</span>
        </a>
        <nav class="tools">
          <PrefButtons />
          <a class="icon-button" href="/" aria-label={td('back')} title={td('back')}><Icon name="house" /></a>
        </nav>
      </header>
      <main id="main" class="docs" tabIndex={-1}>
        <h1>{td('title')} {spec && <span class="version">{spec.info.version}</span>}</h1>
        <p>{td('intro')}</p>
        {spec?.info.description && <p class="quiet" lang="en">{spec.info.description}</p>}
        {lang !== 'en' && <p class="quiet">{td('english')}</p>}
        <p><a href="/api/v1/openapi.json">{td('raw')}</a></p>
        <div class="field">
          <label for="token">{td('token')}</label>
          <input
            id="token" type="password" autocomplete="off" value={token} aria-describedby="token-help"
            onInput={(e) => setToken(e.currentTarget.value.trim())}
          />
          <p class="quiet" id="token-help">{td('token_help')}</p>
        </div>
        {failed && <p class="error" role="alert">{td('error')}</p>}
        {!spec && !failed && <p class="quiet">{t('app.loading')}</p>}
        {spec && <Routes spec={spec} token={token} csrf={csrf} />}
      </main>
    </>
  );
}

applyPrefs();
prefs.listen(applyPrefs);
render(<Docs />, document.getElementById('app')!);
