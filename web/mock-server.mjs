/* Serves web/dist and a living /api/v1 from mock/world.mjs, with the daemon's headers.
 *
 *     node mock-server.mjs [--port N]        prints its address; port 0 picks a free one
 *
 * Tests steer it by POST /mock {"meter":"no_bytes","stream":"stop","demo":false,…}. */
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import * as grid from './mock/grid.mjs';
import { quality, stats } from './mock/analysis.mjs';
import { openapi } from './mock/openapi.mjs';
import { plan } from './mock/plan.mjs';
import { Watch } from './mock/watch.mjs';
import { setZone, zones } from './mock/zones.mjs';
import { whatif } from './mock/whatif.mjs';
import { World } from './mock/world.mjs';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const DIST = join(HERE, 'dist');
const TYPES = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml', '.woff2': 'font/woff2', '.webmanifest': 'application/manifest+json',
};
const POLICY = {
  'Content-Security-Policy': "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'",
  'X-Content-Type-Options': 'nosniff', 'Referrer-Policy': 'no-referrer',
};
const BODY_MAX = 65_536;

class Refused extends Error {
  constructor(status, detail, lines = []) {
    super(detail);
    this.status = status;
    this.lines = lines;
  }
}

function body(request) {
  return new Promise((resolve, reject) => {
    let text = '';
    request.on('data', (part) => {
      text += part;
      if (text.length > BODY_MAX)
        reject(new Refused(413, 'too large'));
    });
    request.on('end', () => {
      try {
        resolve(text ? JSON.parse(text) : {});
      } catch {
        reject(new Refused(400, 'not JSON'));
      }
    });
  });
}

export function startMock(port = 0) {
  const world = new World();
  const watch = new Watch();
  const clients = new Set();
  const accounts = [{ name: 'marie', role: 'admin', password: 'correct horse battery' }];
  const tokens = [];
  let session = null;
  let stream = 'on';

  const emit = (client, event, data) => client.write(`id: ${world.seq}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  world.hear = (event, item) => clients.forEach((client) => emit(client, event, item));
  const timer = setInterval(() => {
    world.decide(Date.now());
    if (stream === 'on')
      clients.forEach((client) => emit(client, 'state', world.state()));
  }, 1000);
  timer.unref();

  const role = () => (session ? session.role : world.set.demo ? 'demo' : 'none');
  const whoami = () => ({
    user: session?.name ?? null, role: role(), demo: world.set.demo, claimed: world.set.claimed, csrf: session || world.set.demo ? 'mock-csrf' : null,
  });
  const need = (...roles) => {
    if (!roles.includes(role()))
      throw new Refused(role() === 'none' ? 401 : 403, 'not allowed');
  };
  const all = ['demo', 'viewer', 'operator', 'admin'];
  const hands = ['demo', 'operator', 'admin'];
  const plain = (account) => ({ name: account.name, role: account.role });

  function override(id, ask) {
    need(...hands);
    const index = world.state().loads.findIndex((l) => l.id === id);
    if (index < 0)
      throw new Refused(404, 'no such load');
    if (!ask) {
      world.overrides.delete(id);
    } else {
      const until = ask.minutes ? Date.now() + ask.minutes * 60_000 : Date.parse(ask.until);
      if (!(until > Date.now()) || !['fed', 'shed'].includes(ask.state))
        throw new Refused(422, 'an end between 1 minute and 7 days is required');
      world.overrides.set(id, { state: ask.state, until });
    }
    world.decide(Date.now());
    return world.state().loads[index];
  }

  function series(path, query) {
    need(...all);
    if (!path)
      return {
        items: [
          ...['power_import', 'power_export'].map((q) => ({ key: `home/ground/main/${q}`, unit: 'W', kind: 'gauge' })),
          ...(world.set.outdoor ? ['bath/sensor', 'garden/outdoor'].map((s) => ({ key: `home/${s}/temperature`, unit: 'C', kind: 'gauge' })) : []),
        ],
      };
    const quantity = path.split('/').at(-1);
    if (!['power_import', 'power_export'].includes(quantity))
      throw new Refused(404, 'no such series');
    const from = Date.parse(query.get('from')), to = Date.parse(query.get('to'));
    if (query.get('agg') === 'raw')
      return {
        key: path, unit: 'W', agg: 'raw', timezone: 'Europe/Paris', from: query.get('from'), to: query.get('to'),
        points: world.series(quantity, from, to, 10).filter((p) => p[1] !== null).map(([at, mean]) => [at, mean, 'good']),
      };
    if (query.get('agg') === 'energy')
      return { key: path, unit: 'Wh', points: world.series(quantity, from, to, 3600).map(([at, mean]) => [at, mean, mean === null ? 'gap' : 'measured']) };
    const step_s = Number((query.get('step') ?? '60s').replace('s', ''));
    if ((to - from) / 1000 / step_s > 10_000)
      throw new Refused(422, 'more than 10000 points: ask for a longer step');
    return {
      key: path, unit: 'W', kind: 'gauge', from: query.get('from'), to: query.get('to'), step_s,
      points: world.series(quantity, from, to, step_s),
    };
  }

  function steer(ask) {
    if (ask.meter)
      world.set.frozen = Date.now();
    if (ask.stream)
      stream = ask.stream;
    if (ask.stream === 'cut')
      clients.forEach((client) => client.end());
    if (ask.account !== undefined)
      session = ask.account && accounts.find((a) => a.name === ask.account);
    if (ask.level !== undefined)
      world.hand = ask.level === null ? null : { from: Date.now() - 1000, to: Date.now() + 3_600_000, level: ask.level };
    Object.assign(world.set, ask);
    world.decide(Date.now());
    return {};
  }

  function journal(query) {
    need(...all);
    const before = Number(query.get('before') ?? Infinity);
    const limit = Number(query.get('limit') ?? 50);
    const kind = query.get('kind');
    const at = (key, otherwise) => (query.get(key) ? Date.parse(query.get(key)) : otherwise);
    const fits = (i) => i.seq < before && (!query.get('load') || i.load === query.get('load'))
      && (!kind || (kind === 'decision' ? !i.notice : kind === 'notice' ? i.notice : i.notice === kind))
      && Date.parse(i.time) >= at('from', 0) && Date.parse(i.time) < at('to', Infinity);
    const found = world.journal.filter(fits).reverse();
    const items = found.slice(0, limit);
    const more = found.length > limit;
    return { items, next: more ? items.at(-1).seq : null };
  }

  const account = (name) => accounts.findIndex((a) => a.name === name);

  const routes = [
    ['GET', /^state$/, () => (need(...all), world.state())],
    ['GET', /^session$/, whoami],
    ['POST', /^session$/, (_, ask) => {
      const found = accounts.find((a) => a.name === ask.user && a.password === ask.password);
      if (!found)
        throw new Refused(401, 'name or password refused');
      session = found;
      return whoami();
    }],
    ['DELETE', /^safe-mode$/, () => {
      need(...hands);
      return { mode: 'normal', total: 3, quiet_hours: 6, aborts: [] };
    }],
    ['DELETE', /^session$/, () => { session = null; }],
    ['POST', /^claim$/, (_, ask) => {
      if (ask.code !== '123-456')
        throw new Refused(403, 'wrong code');
      session = { name: ask.user, role: 'admin', password: ask.password };
      accounts.push(session);
      world.set.claimed = true;
      return whoami();
    }],
    ['PUT', /^loads\/([^/]+)\/override$/, ([id], ask) => override(id, ask)],
    ['DELETE', /^loads\/([^/]+)\/override$/, ([id]) => override(id, null)],
    ['PUT', /^ecowatt\/override$/, (_, ask) => {
      need(...hands);
      world.hand = { from: Date.parse(ask.from), to: Date.parse(ask.to), level: ask.level };
      world.decide(Date.now());
      return world.ecowatt(Date.now());
    }],
    ['DELETE', /^ecowatt\/override$/, () => {
      need(...hands);
      world.hand = null;
      world.decide(Date.now());
    }],
    ['GET', /^meters\/([^/]+)$/, () => (need(...all), world.meter(Date.now()))],
    ['GET', /^analysis\/stats$/, (_, __, query) => (need(...all), stats(query))],
    ['GET', /^analysis\/quality$/, (_, __, query) => (need(...all), quality(query))],
    ['GET', /^analysis\/forecast$/, (_, __, query) => (need(...all), watch.forecast(query.get('register'), Date.now(), world.set))],
    ['GET', /^analysis\/alarms$/, () => (need(...all), watch.list(Date.now(), world.set))],
    ['GET', /^analysis\/alarms\/(\d+)$/, ([id]) => (need(...all), watch.one(Number(id), Date.now(), world.set))],
    ['POST', /^analysis\/alarms\/(\d+)\/(acknowledge|teach)$/, ([id, what]) => (need(...all), watch.say(Number(id), what, Date.now(), world.set))],
    ['DELETE', /^analysis\/alarms\/(\d+)\/teach$/, ([id]) => (need(...all), watch.say(Number(id), 'unteach', Date.now(), world.set))],
    ['GET', /^zones$/, () => (need(...all), zones(Date.now(), world.set))],
    ['PUT', /^zones\/([^/]+)\/set$/, ([id], ask) => (need(...hands), setZone(id, ask, Date.now(), world.set))],
    ['DELETE', /^zones\/([^/]+)\/set$/, ([id]) => (need(...hands), setZone(id, null, Date.now(), world.set))],
    ['GET', /^plan$/, () => (need(...all), plan(Date.now(), world.set))],
    ['GET', /^signals$/, () => (need(...all), world.signals(Date.now()))],
    ['GET', /^bill$/, (_, __, query) => {
      need(...all);
      if (world.set.contract === false && !query.get('contract'))
        throw new Refused(404, 'Aucun contrat n’est configuré, ou il n’y en a pas de ce nom.');
      return grid.bill(query.get('from') ?? '2026-11-01', query.get('to') ?? '2026-11-23');
    }],
    ['GET', /^bill\/months$/, (_, __, query) => {
      need(...all);
      if (world.set.contract === false)
        throw new Refused(404, 'Aucun contrat n’est configuré, ou il n’y en a pas de ce nom.');
      return grid.months(query.get('from'), Date.now());
    }],
    ['GET', /^bill\/projection$/, () => {
      need(...all);
      if (world.set.contract === false)
        throw new Refused(404, 'Aucun contrat n’est configuré, ou il n’y en a pas de ce nom.');
      return grid.projection('2026-11-01', '2026-12-01');
    }],
    ['GET', /^contracts$/, (_, __, query) => (need(...all), grid.contracts(query.get('from'), query.get('to'), query.get('shift')))],
    ['GET', /^whatif$/, (_, __, query) => (need(...all), whatif(query, Date.now()))],
    ['GET', /^contract\/powers$/, () => (need(...all), grid.powers(Date.now()))],
    ['GET', /^contract$/, () => (need(...all), grid.contract(world.yaml ?? null))],
    ['PUT', /^contract$/, (_, ask) => {
      need('admin');
      if (/hp: 9,/.test(ask.yaml))
        throw new Refused(422, 'Le contrat ne peut pas être utilisé tel qu’il est écrit.', ['contract.yaml:6: rows: a price is above 5 EUR/kWh']);
      world.yaml = ask.yaml;
      return grid.contract(world.yaml);
    }],
    ['DELETE', /^contract$/, () => {
      need('admin');
      world.yaml = null;
      return grid.contract(null);
    }],
    ['GET', /^bill\/last$/, () => {
      need(...all);
      if (!world.lastBill)
        throw new Refused(404, 'Personne n’a encore dit quand la dernière facture est arrivée.');
      return world.lastBill;
    }],
    ['PUT', /^bill\/last$/, (_, ask) => {
      need(...hands);
      world.lastBill = ask;
      return ask;
    }],
    ['GET', /^rules$/, () => (need(...all), grid.rules(Date.now(), world.ownRules, world.presence))],
    ['PUT', /^presence$/, (_, ask) => {
      need(...hands);
      world.presence = ask.home ? 'home' : 'away';
      return grid.rules(Date.now(), world.ownRules, world.presence);
    }],
    ['DELETE', /^presence$/, () => {
      need(...hands);
      world.presence = null;
      return grid.rules(Date.now(), world.ownRules, world.presence);
    }],
    ['PUT', /^rules\/([a-z0-9_-]+)$/, ([id], ask) => {
      need(...hands);
      const tried = (world.tried ?? new Set()).has(ask.yaml);
      if (ask.armed && !tried && !ask.anyway)
        throw new Refused(409, 'Cette règle n’a pas été simulée telle quelle : essayez-la d’abord, ou activez-la quand même.');
      (world.ownRules ??= new Map()).set(id, { id, armed: ask.armed ?? false, tried, yaml: ask.yaml });
      return grid.rules(Date.now(), world.ownRules, world.presence);
    }],
    ['PUT', /^rules\/([a-z0-9_-]+)\/armed$/, ([id], ask) => {
      need(...hands);
      world.ownRules.get(id).armed = ask.armed;
      return grid.rules(Date.now(), world.ownRules, world.presence);
    }],
    ['DELETE', /^rules\/([a-z0-9_-]+)$/, ([id]) => {
      need(...hands);
      world.ownRules.delete(id);
      return grid.rules(Date.now(), world.ownRules, world.presence);
    }],
    ['POST', /^rules\/trial$/, (_, ask) => {
      need(...hands);
      if (/contredit/.test(ask.yaml))
        throw new Refused(422, 'Les règles ne peuvent pas être utilisées telles qu’elles sont écrites.', ["rules.yaml:7: rules: 'sun' and 'dear' ask opposite things of water_heater at once, as when: surplus 1700 W, price 0.21 EUR/kWh"]);
      (world.tried ??= new Set()).add(ask.yaml);
      return grid.trial(Date.now(), ask.yaml);
    }],
    ['GET', /^ecowatt$/, () => world.ecowatt(Date.now())],
    ['GET', /^journal$/, (_, __, query) => journal(query)],
    ['GET', /^series(?:\/(.+))?$/, ([path], _, query) => series(path, query)],
    ['GET', /^users$/, () => (need('admin'), { items: accounts.map(plain) })],
    ['POST', /^users$/, (_, ask) => {
      need('admin');
      if (account(ask.name) >= 0)
        throw new Refused(409, 'name taken');
      accounts.push(ask);
      return plain(ask);
    }],
    ['DELETE', /^users\/([^/]+)$/, ([name]) => { need('admin'); accounts.splice(account(name), 1); }],
    ['PUT', /^users\/([^/]+)\/password$/, ([name], ask) => {
      if (accounts[account(name)]?.password !== ask.current)
        throw new Refused(401, 'Le nom ou le mot de passe est faux.');
      accounts[account(name)].password = ask.password;
    }],
    ['GET', /^tokens$/, () => (need('admin'), { items: tokens.map(({ token: _, ...rest }) => rest) })],
    ['POST', /^tokens$/, (_, ask) => {
      need('admin');
      tokens.push({ id: String(tokens.length + 1), name: ask.name, role: ask.role, expires: ask.expires_days ? new Date(Date.now() + ask.expires_days * 86_400_000).toISOString() : null, last_used: null, token: 'ohm_' + 'x'.repeat(40) });
      return tokens.at(-1);
    }],
    ['DELETE', /^tokens\/([^/]+)$/, ([id]) => { need('admin'); tokens.splice(tokens.findIndex((t) => t.id === id), 1); }],
    ['GET', /^openapi\.json$/, () => openapi],
  ];

  async function answer(request, url) {
    const name = url.pathname.slice('/api/v1/'.length);
    for (const [method, pattern, act] of routes) {
      const found = pattern.exec(name);
      if (!found || method !== request.method)
        continue;
      if (method !== 'GET' && !/^(session|claim)$/.test(name) && request.headers['x-csrf-token'] !== 'mock-csrf')
        throw new Refused(403, 'X-CSRF-Token missing');
      const ask = method === 'GET' || method === 'DELETE' ? null : await body(request);
      return act(found.slice(1).map((s) => s && decodeURIComponent(s)), ask, url.searchParams);
    }
    throw new Refused(404, 'no such route');
  }

  function events(response) {
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', ...POLICY });
    clients.add(response);
    response.on('close', () => clients.delete(response));
    emit(response, 'state', world.state());
  }

  async function api(request, response, url) {
    if (stream === 'dead' && url.pathname !== '/mock')
      return request.socket.destroy();
    if (url.pathname === '/api/v1/events' && role() !== 'none')
      return stream === 'cut' ? request.socket.destroy() : events(response);
    const json = (status, value, type = 'application/json') => {
      response.writeHead(status, { 'Content-Type': type, 'Cache-Control': 'no-store', ...POLICY });
      response.end(value === undefined ? '' : JSON.stringify(value));
    };
    try {
      const value = url.pathname === '/mock' ? steer(await body(request)) : await answer(request, url);
      return json(value === undefined ? 204 : 200, value);
    } catch (error) {
      if (!(error instanceof Refused))
        console.error(error);
      const status = error instanceof Refused ? error.status : 500;
      return json(status, { type: 'about:blank', title: 'refused', status, detail: error.message, errors: (error.lines ?? []).map((detail) => ({ detail })) }, 'application/problem+json');
    }
  }

  function file(request, response, path) {
    const name = path === '/' ? '/index.html' : path === '/docs' ? '/docs.html' : path;
    const full = normalize(join(DIST, name));
    if (!full.startsWith(DIST) || !existsSync(full) || !statSync(full).isFile()) {
      response.writeHead(404, POLICY);
      return response.end();
    }
    const type = TYPES[extname(full)] ?? 'application/octet-stream';
    const headers = { 'Content-Type': type, 'Cache-Control': 'no-cache', ...POLICY };
    if (type === 'font/woff2') {
      response.writeHead(200, headers);
      return createReadStream(full).pipe(response);
    }
    response.writeHead(200, { ...headers, 'Content-Encoding': 'gzip' });
    return response.end(gzipSync(readFileSync(full), { level: 9 }));
  }

  const server = createServer((request, response) => {
    const url = new URL(request.url, 'http://localhost');
    if (url.pathname === '/mock' || url.pathname.startsWith('/api/v1/'))
      void api(request, response, url);
    else
      file(request, response, url.pathname);
  });
  return new Promise((resolve) => {
    server.listen(port, '127.0.0.1', () => resolve({
      url: `http://127.0.0.1:${server.address().port}`,
      stop: () => {
        clearInterval(timer);
        server.closeAllConnections();
        server.close();
      },
    }));
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const at = process.argv.indexOf('--port');
  const { url } = await startMock(at > 0 ? Number(process.argv[at + 1]) : 8421);
  console.log(`page and mock API at ${url}`);
}
