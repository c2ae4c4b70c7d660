/* What the daemon finds wrong with rules, for people: that two of them contradict each other, and when,
 * is said in their language; mistakes in YAML stay in the words of its keys. */
import { ApiError } from '../api/client';
import { lang } from '../i18n';
import { refusalWords } from '../ui/parts';
import { quantityWords } from './rule_sentence';

const OPPOSITE = /rules: '([^']+)' and '([^']+)' ask opposite things of (\S+) at once, as when: (.*) \(give one/;

const DAYS: Record<string, string> = {
  Monday: 'lundi', Tuesday: 'mardi', Wednesday: 'mercredi', Thursday: 'jeudi', Friday: 'vendredi', Saturday: 'samedi', Sunday: 'dimanche',
  'of no code': 'sans couleur', blue: 'bleu', white: 'blanc', red: 'rouge', normal: 'normal', peak: 'de pointe',
};

/* Where a rule meets another, as the daemon says it, part by part. */
const PARTS: [RegExp, (of: string[]) => string][] = [
  [/^(\w+day) (\d\d:\d\d)$/, ([, day, at]) => `${DAYS[day!] ?? day} ${at}`],
  [/^surplus (\S+ W)$/, ([, power]) => `surplus de ${power}`],
  [/^price (\S+) EUR\/kWh$/, ([, price]) => `prix de ${price} €/kWh`],
  [/^Ecowatt at level (\d)$/, ([, level]) => `Ecowatt au niveau ${level}`],
  [/^home$/, () => 'maison occupée'],
  [/^away$/, () => 'maison vide'],
  [/^a day that is (.+)$/, ([, code]) => `jour ${DAYS[code!] ?? code}`],
  [/^tomorrow (.+)$/, ([, code]) => `demain ${DAYS[code!] ?? code}`],
  [/^soon a day that is (.+)$/, ([, code]) => `bientôt un jour ${DAYS[code!] ?? code}`],
  [/^outdoors tomorrow (\S+) C$/, ([, c]) => `${c} °C dehors demain`],
  [/^soon outdoors (\S+) C$/, ([, c]) => `bientôt ${c} °C dehors`],
  [/^outdoors (\S+) C$/, ([, c]) => `${c} °C dehors`],
  [/^soon CO2 (\S+) g\/kWh$/, ([, g]) => `bientôt ${g} g de CO2/kWh`],
  [/^CO2 (\S+) g\/kWh$/, ([, g]) => `${g} g de CO2/kWh`],
  [/^an overrun forecast of (\S+ W)$/, ([, power]) => `dépassement prévu de ${power}`],
  [/^cheaper hours today: (\d+)$/, ([, n]) => `heures moins chères aujourd’hui : ${n}`],
  [/^an order to (\S+) of (\S+) VA$/, ([, id, va]) => `ordre de ${va} VA à « ${id} »`],
  [/^(\w+) of (\S+) (.+)$/, ([, quantity, device, value]) => `${quantityWords(quantity!)} de « ${device} » à ${value}`],
  [/^neither is so$/, () => 'aucune des deux ne s’applique'],
  [/^always$/, () => 'toujours'],
];

function part(words: string): string {
  for (const [pattern, of] of PARTS) {
    const found = pattern.exec(words);
    if (found)
      return of(found).replace(/(\d)\.(\d)/g, '$1,$2');
  }
  return words.replace(/(\d)\.(\d)/g, '$1,$2');
}

/** One line of the daemon; `name`: how a load is called. */
export function faultWords(line: string, name: (id: string) => string): string {
  const found = OPPOSITE.exec(line);
  if (!found || lang() !== 'fr')
    return line;
  const [, one, other, load, when] = found;
  return `« ${one} » et « ${other} » demandent le contraire à ${name(load!)} en même temps, par exemple : `
    + `${when!.split(', ').map(part).join(', ')}. Donnez à l’une des deux une autre priorité.`;
}

/** Why the daemon refused rules, a line each. */
export function refusalLines(reason: unknown, name: (id: string) => string): string[] {
  const lines = reason instanceof ApiError ? reason.details : [];
  return lines.length ? lines.map((line) => faultWords(line, name)) : [refusalWords(reason)];
}
