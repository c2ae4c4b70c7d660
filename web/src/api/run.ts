/** How the daemon runs, and what ended it before when nobody asked it to. */
export interface Run {
  mode: 'normal' | 'safe' | 'bare';
  aborts: number;
  last: { time: string | null; cause: string; signal: string | null } | null;
  /** When the safe mode ends by itself. */
  ends: string | null;
}

/** An older daemon says nothing of it. */
export const runOf = (state: object | null): Run | null => (state as { run?: Run } | null)?.run ?? null;
