import { createStore } from 'zustand/vanilla';

export const LANGUAGES = ['en', 'fr'] as const;
export type Language = (typeof LANGUAGES)[number];

const LANGUAGE_SLOT = 'commonwright.language';
const KEY_SLOT = 'commonwright.key';

export interface Preferences {
  language: Language;
  /** The key for commands, as long as this tab is open. */
  key: string | undefined;
}

interface Slots {
  local: Pick<Storage, 'getItem' | 'setItem'>;
  session: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
}

/** What this reader chose, kept between visits; at first the language that the browser asks for. */
export function createPreferencesStore(slots: Slots, browserLanguages: readonly string[]) {
  const kept = slots.local.getItem(LANGUAGE_SLOT);
  const wished = [kept ?? '', ...browserLanguages].map((tag) => tag.slice(0, 2));
  const language = LANGUAGES.find((known) => known === wished.find((tag) => isLanguage(tag))) ?? 'en';
  const store = createStore<Preferences>(() => ({
    language,
    key: slots.session.getItem(KEY_SLOT) ?? undefined,
  }));
  return {
    ...store,
    chooseLanguage(next: Language) {
      slots.local.setItem(LANGUAGE_SLOT, next);
      store.setState({ language: next });
    },
    keepKey(key: string | undefined) {
      if (key === undefined) slots.session.removeItem(KEY_SLOT);
      else slots.session.setItem(KEY_SLOT, key);
      store.setState({ key });
    },
  };
}

const isLanguage = (tag: string) => LANGUAGES.some((known) => known === tag);
export type PreferencesStore = ReturnType<typeof createPreferencesStore>;
