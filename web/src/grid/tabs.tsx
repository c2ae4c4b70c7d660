/* The two pages of the grid: what it says, and how it is here. */
import { wordsOf } from '../i18n';
import { Tabs } from '../ui/tabs';

const { say } = wordsOf(
  { pages: 'Pages du réseau', signals: 'Signaux', quality: 'Qualité' },
  { pages: 'Pages of the grid', signals: 'Signals', quality: 'Quality' },
);

export const GridTabs = ({ here }: { here: 'signals' | 'quality' }) => (
  <Tabs label={say('pages')} of={[
    { href: '#/reseau', words: say('signals'), here: here === 'signals' },
    { href: '#/qualite', words: say('quality'), here: here === 'quality' },
  ]} />
);
