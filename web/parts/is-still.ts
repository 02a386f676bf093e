/** Whether the reader asked for less motion. */
export function openIsStill(): boolean {
  return window.matchMedia('(prefers-reduced-motion: reduce)').matches;
}
