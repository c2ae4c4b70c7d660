/* The pages of consumption: its curves, its parts, its month. */
import { wordsOf } from '../i18n';
import { Tabs } from '../ui/tabs';

const { say } = wordsOf(
  { pages: 'Pages de la consommation', use: 'Courbes', parts: 'Machines et appartements', month: 'Bilan du mois' },
  { pages: 'Pages of consumption', use: 'Curves', parts: 'Machines and flats', month: 'The month' },
);

export const UseTabs = ({ here }: { here: 'use' | 'parts' | 'month' }) => (
  <Tabs label={say('pages')} of={[
    { href: '#/consommation', words: say('use'), here: here === 'use' },
    { href: '#/postes', words: say('parts'), here: here === 'parts' },
    { href: '#/bilan', words: say('month'), here: here === 'month' },
  ]} />
);
