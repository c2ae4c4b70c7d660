import { useEffect, useState } from 'preact/hooks';

/** One value that tells who listens when it changes. */
export interface Store<T> {
  get(): T;
  set(next: Partial<T>): void;
  listen(hear: () => void): () => void;
}

export function makeStore<T extends object>(first: T): Store<T> {
  let value = first;
  const ears = new Set<() => void>();
  return {
    get: () => value,
    set(next) {
      value = { ...value, ...next };
      for (const hear of [...ears])
        hear();
    },
    listen(hear) {
      ears.add(hear);
      return () => ears.delete(hear);
    },
  };
}

export function useStore<T extends object>(store: Store<T>): T {
  const [value, setValue] = useState(store.get());
  useEffect(() => {
    const hear = () => setValue(store.get());
    hear(); /* what changed between the render and this effect */
    return store.listen(hear);
  }, [store]);
  return value;
}

/** Runs again every `ms`, so that ages grow by themselves on the page's own clock. */
export function useTick(ms: number): void {
  const [, setCount] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setCount((n) => n + 1), ms);
    return () => clearInterval(timer);
  }, [ms]);
}
