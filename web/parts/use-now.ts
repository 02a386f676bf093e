import { useEffect, useState } from 'react';

/** The time, again and again: for words such as `heard 0.2 s ago`. */
export function useNow(everyMs: number, isNeeded = true): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!isNeeded) return;
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs, isNeeded]);
  return now;
}
