/** What a browser has and happy-dom lacks, as much as Mantine asks for. */
class QuietObserver implements ResizeObserver {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
}

const answerMedia = (query: string): MediaQueryList => ({
  matches: query.includes('reduce'),
  media: query,
  onchange: null,
  addListener: () => undefined,
  removeListener: () => undefined,
  addEventListener: () => undefined,
  removeEventListener: () => undefined,
  dispatchEvent: () => false,
});

globalThis.ResizeObserver = QuietObserver;
Object.defineProperty(window, 'matchMedia', { value: answerMedia, writable: true });
