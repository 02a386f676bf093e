/** Waits until `probe` gives something, and returns it. The test's own time limit ends a wait in vain. */
export async function until<Found>(probe: () => Found | undefined | false | null): Promise<Found> {
  for (;;) {
    const found = probe();
    if (found !== undefined && found !== false && found !== null) return found;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
