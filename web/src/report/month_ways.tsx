/* Moving from month to month, by the address. */
import { addMonths, isDate, periodName, periodOf } from '../lib/period';
import { lang } from '../i18n';
import { Icon } from '../ui/icons';
import { say } from './words';

/** `#/bilan/2026-10`; this month where there is none. */
export function monthOf(hash: string, today: string): string {
  const said = `${hash.split('/')[2] ?? ''}-01`;
  return isDate(said) ? said : today.slice(0, 8) + '01';
}

export const monthWords = (month: string) => periodName(periodOf('month', month), lang());

export function MonthWays({ page, month, today }: { page: string; month: string; today: string }) {
  const to = (by: number) => `#/${page}/${addMonths(month, by).slice(0, 7)}`;
  const ahead = addMonths(month, 1) > today;
  return (
    <div class="use-when">
      <a class="icon-button" href={to(-1)} aria-label={say('prev')} title={say('prev')}><Icon name="left" /></a>
      <p aria-live="polite">{monthWords(month)}</p>
      {ahead ? <span class="icon-button" aria-disabled="true" aria-hidden="true"><Icon name="right" /></span>
        : <a class="icon-button" href={to(1)} aria-label={say('next')} title={say('next')}><Icon name="right" /></a>}
    </div>
  );
}
