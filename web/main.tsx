import { createRoot } from 'react-dom/client';
import { App } from './App.tsx';
import { createWorldStore, handlersFor } from './live/world-store.ts';
import { followServer, sendKeyWithCommands } from './server-link.ts';
import './shell/styles.ts';
import { createPreferencesStore } from './words/preferences-store.ts';

const preferences = createPreferencesStore(
  { local: window.localStorage, session: window.sessionStorage },
  navigator.languages,
);
const world = createWorldStore();
sendKeyWithCommands(preferences.getState().key);
const link = followServer(handlersFor(world, Date.now));

// Another key may make the visitor somebody else: the page asks for everything anew.
preferences.subscribe(({ key }, before) => {
  if (key === before.key) return;
  sendKeyWithCommands(key);
  world.setState({ log: '', size: 0 });
  link.again();
});

const page = document.getElementById('page');
if (page === null) throw new Error('The document has no place for the page.');
createRoot(page).render(<App world={world} preferences={preferences} />);
