/* Our own icons: 24 × 24, drawn with the current colour, always beside words. */
import type { ComponentChildren } from 'preact';

const paths = {
  logo: <><path d="M3 11.5 12 4l9 7.5" /><path d="M7.5 20h3v-1.2a4.1 4.1 0 1 1 3 0V20h3" /></>,
  grid: <><path d="M12 3v18M8 21l4-18 4 18M5 8h14M6.5 12h11M9 16.5h6" /></>,
  house: <><path d="M4 11.5 12 5l8 6.5" /><path d="M6 10.5V20h12v-9.5" /></>,
  plug: <><path d="M9 3v5M15 3v5M7 8h10v3.5a5 5 0 0 1-10 0zM12 16.5V21" /></>,
  drop: <><path d="M12 3.5c3.4 4 5.3 6.8 5.3 9.7a5.3 5.3 0 0 1-10.6 0c0-2.9 1.9-5.7 5.3-9.7z" /><path d="M9.8 14a2.3 2.3 0 0 0 2.3 2.3" /></>,
  heat: <><path d="M5 6v12M9.7 6v12M14.3 6v12M19 6v12M3.5 8.5h17M3.5 15.5h17" /></>,
  car: <><path d="M4 16v-3.5l2-5.5h10l2 5.5V16zM4 12.5h14M4.5 16v2M17.5 16v2M18 9h2.5v5" /></>,
  wash: <><path d="M5 3.5h14v17H5zM5 7.5h14" /><circle cx="12" cy="14" r="3.7" /><path d="M8 5.5h.01" /></>,
  waves: <><path d="M3 9c2-1.7 4-1.7 6 0s4 1.7 6 0 4-1.7 6 0M3 15c2-1.7 4-1.7 6 0s4 1.7 6 0 4-1.7 6 0" /></>,
  battery: <><path d="M3 8h15v8H3zM18 10.5h3v3h-3M6 10.5v3M9.5 10.5v3" /></>,
  bolt: <><path d="M13 3 5.5 13.5H11L10 21l8-11h-5.5z" /></>,
  check: <><circle cx="12" cy="12" r="8.5" /><path d="m8.3 12.3 2.6 2.6 4.9-5.3" /></>,
  leaf: <><path d="M5 19c0-8 4.5-13.5 14.5-14.5C19.5 14 14.5 18.5 8 17.5M5 19c2-4 5-7 8.5-8.5" /></>,
  warn: <><path d="M12 4 21 19.5H3zM12 10v4.5M12 17v.01" /></>,
  stop: <><path d="M8.3 3.5h7.4l4.8 4.8v7.4l-4.8 4.8H8.3l-4.8-4.8V8.3zM12 7.5V13M12 16v.01" /></>,
  unknown: <><circle cx="12" cy="12" r="8.5" /><path d="M9.5 9.5a2.5 2.5 0 1 1 3.5 2.3c-.8.4-1 .9-1 1.7M12 16.5v.01" /></>,
  dead: <><path d="M4 4l16 16M8.5 5.5A9 9 0 0 1 20.5 15M5.5 8.5a9 9 0 0 0 10 12" /></>,
  clock: <><circle cx="12" cy="12" r="8.5" /><path d="M12 7v5.2l3.3 2" /></>,
  hand: <><path d="M8 13V6.5a1.5 1.5 0 0 1 3 0V11M11 10.5v-5a1.5 1.5 0 0 1 3 0v5.5M14 11V7a1.5 1.5 0 0 1 3 0v7.5c0 3.5-2 6-5.5 6-3 0-4.2-1.4-6-5l-1-2.2c-.5-1.3 1-2.3 2-1.2L8 14" /></>,
  sun: <><circle cx="12" cy="12" r="4" /><path d="M12 3v2M12 19v2M3 12h2M19 12h2M5.6 5.6 7 7M17 17l1.4 1.4M18.4 5.6 17 7M7 17l-1.4 1.4" /></>,
  moon: <><path d="M19.5 14.2A8 8 0 0 1 9.8 4.5a8 8 0 1 0 9.7 9.7z" /></>,
  auto: <><circle cx="12" cy="12" r="8.5" /><path d="M12 3.5v17a8.5 8.5 0 0 0 0-17z" fill="currentColor" /></>,
  chart: <><path d="M4 20h16M6.5 20v-7M11 20V5M15.5 20v-10M20 20" /></>,
  gauge: <><path d="M4.5 17.5a8.5 8.5 0 1 1 15 0M12 14.5l4-5" /><circle cx="12" cy="15" r="1.3" /></>,
  log: <><path d="M5 4.5h14v15H5zM8 9h8M8 12.5h8M8 16h5" /></>,
  bill: <><path d="M6 3.5h12v17l-2-1.5-2 1.5-2-1.5-2 1.5-2-1.5-2 1.5z" /><path d="M14.5 8.3a3 3 0 1 0 0 5M8.8 10h4.2M8.8 11.8h4.2" /></>,
  person: <><circle cx="12" cy="8.5" r="4" /><path d="M4.5 20.5c.8-4 3.7-6 7.5-6s6.7 2 7.5 6" /></>,
  left: <><path d="m14.5 6-6 6 6 6" /></>,
  right: <><path d="m9.5 6 6 6-6 6" /></>,
  plus: <><path d="M12 5.5v13M5.5 12h13" /></>,
  minus: <><path d="M5.5 12h13" /></>,
  fit: <><path d="M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5" /></>,
  close: <><path d="m6 6 12 12M18 6 6 18" /></>,
  down: <><path d="m6 9.5 6 6 6-6" /></>,
} satisfies Record<string, ComponentChildren>;

export type IconName = keyof typeof paths;

export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" width={size} height={size} aria-hidden="true">
      {paths[name]}
    </svg>
  );
}

/** The bare strokes, to be placed inside another drawing. */
export const Strokes = ({ name }: { name: IconName }) => <>{paths[name]}</>;

/** A picture for a load, guessed from what it is called; a plug says nothing wrong. */
export function loadIcon(load: { id: string; name: string }): IconName {
  const words = (load.id + ' ' + load.name).toLowerCase().replaceAll('_', ' ');
  const table: [RegExp, IconName][] = [
    [/water|\beau|ballon|\becs\b|boiler/, 'drop'], /* bureau is no water */
    [/\bev\b|\bcar\b|voiture|wallbox|borne|charg/, 'car'],
    [/wash|lave|linge|vaisselle|dryer|dish/, 'wash'],
    [/pool|piscine|\bspa\b/, 'waves'],
    [/heat|radia|chauff|conv|\bpac\b|floor|plancher/, 'heat'],
  ];
  return table.find(([pattern]) => pattern.test(words))?.[1] ?? 'plug';
}

export const levelIcon = (level: number | null): IconName =>
  level === 0 ? 'leaf' : level === 1 ? 'check' : level === 2 ? 'warn' : level === 3 ? 'stop' : 'unknown';
