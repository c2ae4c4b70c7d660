/* What a tried source looks like in the configuration. Secrets are named, never written. */
export interface Source {
  port: string;
  protocol: string;
  baud: string;
  framing: string;
  address: string;
  profile: string;
  key: string;
  auth_key: string;
  password: string;
  /** Of sensors on MQTT and HTTP. */
  user: string;
  preset: string;
  /** What else the protocol wants to know. */
  settings: string;
  /** '': as usual, or listened to. */
  every_s: string;
  with: Record<string, string>;
}

/** A scalar that YAML reads back as the same text. */
const scalar = (text: string) => (/^[A-Za-z0-9/._-]+$/.test(text) && !/^[-.]/.test(text) ? text : JSON.stringify(text));

export function yamlOf(source: Source, found: string): string {
  const lines = [`  - id: ${source.preset ? 'capteur' : 'compteur'}`, `    port: ${scalar(source.port.trim())}`];
  const protocol = source.protocol === 'auto' ? found : source.protocol;
  const rows: [string, string][] = [
    ['preset', source.preset], ['user', source.user.trim()], ['protocol', source.preset ? '' : protocol], ['baud', source.baud], ['framing', source.framing],
    ['address', source.address.trim()], ['profile', source.profile.trim()],
    ['settings', source.settings.trim()], ['every_s', source.every_s],
  ];
  for (const [key, value] of rows)
    if (value && value !== 'auto')
      lines.push(`    ${key}: ${key === 'baud' || key === 'every_s' ? value : scalar(value)}`);
  const given = Object.entries(source.with).filter(([, value]) => value.trim() !== '');
  if (source.preset && given.length > 0)
    lines.push(`    with: {${given.map(([key, value]) => `${key}: ${JSON.stringify(value.trim())}`).join(', ')}}`);
  for (const key of ['key', 'auth_key', 'password'] as const)
    if (source[key])
      lines.push(`    ${key}_file: /etc/ohmstead/${source.preset ? 'capteur' : 'compteur'}.${key}`);
  return `meters:\n${lines.join('\n')}\n`;
}
