import { MantineProvider } from '@mantine/core';
import { render } from '@testing-library/react';
import type { ReactNode } from 'react';
import { Speaking } from '../../web/App.tsx';
import { WorldContext } from '../../web/live/use-world.ts';
import type { WorldStore } from '../../web/live/world-store.ts';
import { createPreferencesStore, type Language } from '../../web/words/preferences-store.ts';
import { PreferencesContext } from '../../web/words/use-preferences.ts';

const nothing = { getItem: () => null, setItem: () => undefined, removeItem: () => undefined };

/** Renders a part of the page with all that surrounds it. */
export function renderInPage(part: ReactNode, world: WorldStore, language: Language = 'en') {
  const preferences = createPreferencesStore({ local: nothing, session: nothing }, [language]);
  return render(
    <PreferencesContext value={preferences}>
      <WorldContext value={world}>
        <Speaking preferences={preferences}>
          <MantineProvider env="test">{part}</MantineProvider>
        </Speaking>
      </WorldContext>
    </PreferencesContext>,
  );
}
