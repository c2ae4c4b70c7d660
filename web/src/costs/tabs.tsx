/* The two pages of what energy costs: as it is, and as it might be. */
import { wordsOf } from '../i18n';
import { Tabs } from '../ui/tabs';

const { say } = wordsOf(
  { pages: 'Pages des coûts', costs: 'Coûts & contrat', whatif: 'Et si ?' },
  { pages: 'Pages of costs', costs: 'Costs & contract', whatif: 'What if?' },
);

export const CostsTabs = ({ here }: { here: 'costs' | 'whatif' }) => (
  <Tabs label={say('pages')} of={[
    { href: '#/couts', words: say('costs'), here: here === 'costs' },
    { href: '#/et-si', words: say('whatif'), here: here === 'whatif' },
  ]} />
);
