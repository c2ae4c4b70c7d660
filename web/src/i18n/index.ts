import { makeStore } from '../lib/store';
import type { Lang } from '../lib/format';
import { en } from './en';
import { fr, type Message } from './fr';

export type Key = keyof typeof fr;
export type Params = Record<string, string | number>;

const tables: Record<Lang, Record<Key, Message>> = { fr, en };
const rules = { fr: new Intl.PluralRules('fr'), en: new Intl.PluralRules('en') };

export const translate = (lang: Lang, key: Key, params?: Params): string =>
  fill(lang, tables[lang][key], params);

export function fill(lang: Lang, message: Message, params: Params = {}): string {
  const text = typeof message === 'string'
    ? message
    : rules[lang].select(Number(params['n'])) === 'one' ? message.one : message.other;
  const filled = text.replace(/\{(\w+)\}/g, (whole, name: string) =>
    name in params ? String(params[name]) : whole);
  return lang === 'fr' ? frenchSpaces(filled) : filled;
}

/** No line starts with a lone sign: French puts a no-break space before : ; ! ? and in « ». */
function frenchSpaces(text: string): string {
  return text.replace(/ ([:;!?»%])/g, '\u00a0$1').replace(/« /g, '«\u00a0');
}

/** The words of a page that is fetched later, apart so that they never weigh on the first load. */
export const wordsOf = <K extends string>(french: Record<K, Message>, english: Record<K, Message>) => ({
  say: (key: K, params?: Params): string => fill(lang(), (lang() === 'fr' ? french : english)[key], params),
  has: (key: string): key is K => key in french,
});

/** Whether a key made from data (a code the daemon sent) has words. */
export const isKey = (key: string): key is Key => key in fr;

export type Theme = 'auto' | 'light' | 'dark';

interface Prefs { lang: Lang; theme: Theme }

function remembered(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null; /* private windows may refuse storage; the page works without */
  }
}

function remember(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    /* the choice holds until the page closes */
  }
}

function firstPrefs(): Prefs {
  const lang = remembered('ohm.lang');
  const theme = remembered('ohm.theme');
  const browser = typeof navigator === 'undefined' ? 'fr' : navigator.language;
  return {
    lang: lang === 'fr' || lang === 'en' ? lang : /^fr\b/i.test(browser) ? 'fr' : 'en',
    theme: theme === 'light' || theme === 'dark' ? theme : 'auto',
  };
}

export const prefs = makeStore<Prefs>(firstPrefs());

export function setLang(lang: Lang): void {
  remember('ohm.lang', lang);
  prefs.set({ lang });
}

export function setTheme(theme: Theme): void {
  remember('ohm.theme', theme);
  prefs.set({ theme });
}

export const lang = (): Lang => prefs.get().lang;
export const t = (key: Key, params?: Params): string => translate(lang(), key, params);

/** Keeps <html> in step: its language for voices, its theme for the style sheet. */
export function applyPrefs(): void {
  const { lang: language, theme } = prefs.get();
  document.documentElement.lang = language;
  if (theme === 'auto')
    delete document.documentElement.dataset['theme'];
  else
    document.documentElement.dataset['theme'] = theme;
}
