/* The contract that a person writes in the form, as the file that the daemon checks: pure. */

/** Prices from one date on, as typed: a comma will do. */
export interface FormPrice { from: string; base: string; hp: string; hc: string; month: string }

export interface ContractForm {
  name: string;
  kva: string;
  off_peak: boolean;
  /** 22:30-06:30, 13:00-14:00 */
  hours: string;
  feed_in: string;
  prices: FormPrice[];
}

export const KVA = ['3', '6', '9', '12', '15', '18', '24', '30', '36'];

export const emptyPrice = (from: string): FormPrice => ({ from, base: '', hp: '', hc: '', month: '' });
export const emptyForm = (today: string): ContractForm =>
  ({ name: '', kva: '6', off_peak: false, hours: '22:00-06:00', feed_in: '', prices: [emptyPrice(`${today.slice(0, 8)}01`)] });

/* What is left out stays so: the daemon says what is missing, and no price becomes 0. */
const decimal = (text: string) => text.trim().replace(',', '.');

/** A JSON string is a YAML one too. */
const quoted = (text: string) => JSON.stringify(text.trim());

function row(form: ContractForm, price: FormPrice, source: string): string {
  const energy = form.off_peak ? `hp: ${decimal(price.hp)}, hc: ${decimal(price.hc)}` : `base: ${decimal(price.base)}`;
  const sold = form.feed_in.trim() ? `, feed_in: ${decimal(form.feed_in)}` : '';
  return `  - {from: ${price.from}, prices: {${energy}}, subscription_per_month: ${decimal(price.month)}${sold}, source: ${quoted(source)}}`;
}

/** `source` says where the prices come from, in each row. */
export function yamlOf(form: ContractForm, source: string): string {
  const hours = form.hours.split(/[,;]/).map((one) => one.trim()).filter(Boolean).join(', ');
  const rows = [...form.prices].sort((a, b) => a.from.localeCompare(b.from));
  return [
    `name: ${quoted(form.name || 'Mon contrat')}`,
    `power_kva: ${decimal(form.kva)}`,
    `periods: [${form.off_peak ? 'hp, hc' : 'base'}]`,
    `rest: ${form.off_peak ? 'hp' : 'base'}`,
    ...(form.off_peak ? ['slots:', `  - {period: hc, hours: [${hours}]}`] : []),
    'rows:',
    ...rows.map((price) => row(form, price, source)),
    '',
  ].join('\n');
}
