/* Language and appearance: the same two buttons on every page. */
import { lang, prefs, setLang, setTheme, t, type Theme } from '../i18n';
import { Icon, type IconName } from './icons';

const NEXT_THEME: Record<Theme, Theme> = { auto: 'light', light: 'dark', dark: 'auto' };
const THEME_ICON: Record<Theme, IconName> = { auto: 'auto', light: 'sun', dark: 'moon' };

export function PrefButtons() {
  const { theme } = prefs.get();
  const themeWords = t('prefs.theme', { theme: t(`theme.${theme}`) });
  const other = lang() === 'fr' ? 'en' : 'fr';
  return (
    <>
      <button
        type="button" class="icon-button lang" lang={other}
        title={t('prefs.language_label')} onClick={() => setLang(other)}
      >
        {other.toUpperCase()}<span class="sr"> {t('prefs.language_label')}</span>
      </button>
      <button
        type="button" class="icon-button" aria-label={themeWords} title={themeWords}
        onClick={() => setTheme(NEXT_THEME[theme])}
      >
        <Icon name={THEME_ICON[theme]} />
      </button>
    </>
  );
}
