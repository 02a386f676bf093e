import { useEffect, useState } from 'react';

export type Loaded<Value> =
  | { state: 'loading' }
  | { state: 'ready'; value: Value }
  | { state: 'failed'; problem: unknown };

/** Reads something whenever `key` changes; `undefined` as key reads nothing. A later key wins. */
export function useLoaded<Value>(
  key: string | undefined,
  load: (key: string) => Promise<Value>,
): Loaded<Value> {
  const [loaded, setLoaded] = useState<{ key: string | undefined; result: Loaded<Value> }>({
    key: undefined,
    result: { state: 'loading' },
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is loaded is decided by the key alone.
  useEffect(() => {
    if (key === undefined) return;
    let isWanted = true;
    const settle = (result: Loaded<Value>) => {
      if (isWanted) setLoaded({ key, result });
    };
    load(key).then(
      (value) => settle({ state: 'ready', value }),
      (problem: unknown) => settle({ state: 'failed', problem }),
    );
    return () => {
      isWanted = false;
    };
  }, [key]);
  return loaded.key === key ? loaded.result : { state: 'loading' };
}
