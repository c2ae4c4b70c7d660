/* The two pages of what comes: the plan of the house, and its zones. */
import { wordsOf } from '../i18n';
import { Tabs } from '../ui/tabs';

const { say } = wordsOf(
  { pages: 'Pages du plan', plan: 'Plan', zones: 'Chauffage' },
  { pages: 'Pages of the plan', plan: 'Plan', zones: 'Heating' },
);

export const PlanTabs = ({ here }: { here: 'plan' | 'zones' }) => (
  <Tabs label={say('pages')} of={[
    { href: '#/plan', words: say('plan'), here: here === 'plan' },
    { href: '#/chauffage', words: say('zones'), here: here === 'zones' },
  ]} />
);
