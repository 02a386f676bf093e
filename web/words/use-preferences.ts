import { createContext, useContext } from 'react';
import { useStore } from 'zustand';
import { createPreferencesStore, type Preferences, type PreferencesStore } from './preferences-store.ts';

const forgetful = { getItem: () => null, setItem: () => undefined, removeItem: () => undefined };

export const PreferencesContext = createContext(
  createPreferencesStore({ local: forgetful, session: forgetful }, []),
);

export function usePreferencesStore(): PreferencesStore {
  return useContext(PreferencesContext);
}

export function usePreference<Piece>(pick: (preferences: Preferences) => Piece): Piece {
  return useStore(useContext(PreferencesContext), pick);
}
