/* What the page knows, in one place, and the few things it asks of the daemon. */
import { ApiError, del, get, post, put, rememberCsrf } from './api/client';
import { Live } from './api/live';
import type { Asked } from './api/settings';
import type { Load, LoadPower, JournalItem, Session, State } from './api/types';
import { makeStore } from './lib/store';
import type { Link } from './lib/freshness';

interface Model {
  session: Session | null;
  state: State | null;
  journal: JournalItem[];
  journalFailed: boolean;
  journalMore: boolean;
  /** Nothing may be read without signing in first. */
  locked: boolean;
}

const JOURNAL_KEPT = 200;
const JOURNAL_PAGE = 20;

export const model = makeStore<Model>({
  session: null, state: null, journal: [], journalFailed: false, journalMore: false, locked: false,
});

let live: Live | null = null;

/** The daemon's clock, carried on by ours: a browser an hour off still asks for the right day. */
export function siteNow(): number {
  const { state } = model.get();
  return state ? Date.parse(state.time) + link().since_s * 1000 : Date.now();
}

export const link = (): Link => live?.link ?? { mode: 'wait', since_s: 0 };

function merge(items: JournalItem[]): void {
  const all = new Map(model.get().journal.map((item) => [item.seq, item]));
  for (const item of items)
    all.set(item.seq, item);
  const journal = [...all.values()].sort((a, b) => b.seq - a.seq).slice(0, JOURNAL_KEPT);
  model.set({ journal });
}

interface Page { items: JournalItem[]; next: number | null }

export async function readJournal(older = false): Promise<void> {
  const last = model.get().journal.at(-1)?.seq;
  const before = older && last ? `&before=${last}` : '';
  try {
    const page = await get<Page>(`/journal?limit=${JOURNAL_PAGE}${before}`);
    merge(page.items);
    model.set({ journalFailed: false, ...(older || !last ? { journalMore: page.next !== null && page.items.length > 0 } : {}) });
  } catch {
    model.set({ journalFailed: true });
  }
}

const SESSION_AGAIN_MS = 10_000;
let sessionAsked = 0;

export async function readSession(): Promise<Session | null> {
  sessionAsked = Date.now();
  try {
    const session = await get<Session>('/session');
    rememberCsrf(session);
    model.set({ session });
    return session;
  } catch (error) {
    if (error instanceof ApiError && error.status === 0)
      return null; /* the link says so already */
    throw error;
  }
}

function startLive(): void {
  live?.stop();
  live = new Live({
    state: (state) => {
      if (!model.get().session && Date.now() - sessionAsked > SESSION_AGAIN_MS)
        void readSession().catch(() => undefined);
      model.set({ state, locked: false });
    },
    journal: (item) => merge([item]),
    refused: () => model.set({ locked: true, state: null }),
  });
  live.start();
}

export async function start(): Promise<void> {
  const session = await readSession().catch(() => null);
  if (session?.role === 'none') {
    model.set({ locked: true });
    return;
  }
  startLive();
  await readJournal();
}

export async function signIn(user: string, password: string): Promise<void> {
  await post('/session', { user, password });
  await start();
}

export async function claim(code: string, user: string, password: string): Promise<void> {
  await post('/claim', { code, user, password });
  const session = await readSession();
  if (session?.role === 'none')
    await signIn(user, password);
  else
    await start();
}

export async function signOut(): Promise<void> {
  await del('/session');
  live?.stop();
  live = null;
  model.set({ state: null, journal: [], session: null });
  await start();
}

function replaceLoad(load: Load): void {
  const { state } = model.get();
  if (state)
    model.set({ state: { ...state, loads: state.loads.map((l) => (l.id === load.id ? load : l)) } });
}

export const forceLoad = (id: string, state: LoadPower, untilMs: number) => setLoad(id, { state }, untilMs);

export async function setLoad(id: string, asked: Asked, untilMs: number): Promise<void> {
  const until = new Date(untilMs).toISOString();
  replaceLoad(await put<Load>(`/loads/${encodeURIComponent(id)}/override`, { ...asked, until }));
}

/** DELETE answers with the load where it is known, or with nothing: the stream tells the rest. */
export async function releaseLoad(id: string): Promise<void> {
  const load = await del<Load | undefined>(`/loads/${encodeURIComponent(id)}/override`);
  if (load?.id)
    replaceLoad(load);
}

export const forceLevel = (fromMs: number, toMs: number, level: number) =>
  put('/ecowatt/override', {
    from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString(), level,
  });

export const releaseLevel = () => del('/ecowatt/override');

export const mayOverride = (session: Session | null) =>
  session !== null && ['demo', 'operator', 'admin'].includes(session.role);
