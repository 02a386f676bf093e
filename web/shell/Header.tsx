import { useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { Link, useLocation } from 'wouter';
import { useWorld } from '../live/use-world.ts';
import type { MessageKey } from '../messages/en.ts';
import { LANGUAGES } from '../words/preferences-store.ts';
import { usePreference, usePreferencesStore } from '../words/use-preferences.ts';
import { useWords } from '../words/use-words.ts';
import { useKeyDialog } from './key-dialog-context.ts';
import { Mark } from './Mark.tsx';

const rooms: readonly { to: string; name: MessageKey; also: readonly string[] }[] = [
  { to: '/', name: 'nav.gallery', also: ['/designs/'] },
  { to: '/board', name: 'nav.board', also: ['/jobs/', '/orders/'] },
  { to: '/labs', name: 'nav.labs', also: [] },
  { to: '/commons', name: 'nav.commons', also: [] },
  { to: '/ledger', name: 'nav.ledger', also: ['/ledger/'] },
];

export function Header() {
  const { say } = useWords();
  const [place] = useLocation();
  return (
    <header className="header">
      <div className="header-row">
        <Link href="/" className="brand">
          <Mark />
          {say('app.name')}
        </Link>
        <nav className="nav" aria-label={say('nav.label')}>
          <ul>
            {rooms.map(({ to, name, also }) => {
              const isHere = place === to || also.some((prefix) => place.startsWith(prefix));
              return (
                <li key={to}>
                  <Link href={to} {...(isHere ? { 'aria-current': 'page' as const } : {})}>
                    {say(name)}
                  </Link>
                </li>
              );
            })}
          </ul>
        </nav>
        <div className="header-end">
          <Languages />
          <SchemeToggle />
          <Visitor />
        </div>
      </div>
    </header>
  );
}

function Languages() {
  const { say } = useWords();
  const store = usePreferencesStore();
  const language = usePreference((state) => state.language);
  return (
    <fieldset className="languages" style={{ border: 0, margin: 0, padding: 0 }}>
      <legend className="only-heard">{say('shell.language')}</legend>
      {LANGUAGES.map((one, at) => (
        <span key={one}>
          {at > 0 && <span aria-hidden="true">· </span>}
          <button
            type="button"
            className="link-button"
            lang={one}
            aria-pressed={one === language}
            aria-label={say(one === 'en' ? 'shell.english' : 'shell.french')}
            onClick={() => store.chooseLanguage(one)}
          >
            {one.toUpperCase()}
          </button>
        </span>
      ))}
    </fieldset>
  );
}

function SchemeToggle() {
  const { say } = useWords();
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme('light');
  const next = scheme === 'dark' ? 'light' : 'dark';
  const words = say(next === 'dark' ? 'shell.toDark' : 'shell.toLight');
  return (
    <button
      type="button"
      className="link-button scheme"
      aria-label={words}
      title={words}
      onClick={() => setColorScheme(next)}
    >
      <svg viewBox="0 0 20 20" aria-hidden="true" fill="none" stroke="currentColor" strokeWidth="1.6">
        <circle cx="10" cy="10" r="7" />
        <path d="M10 3a7 7 0 0 1 0 14z" fill="currentColor" />
      </svg>
    </button>
  );
}

function Visitor() {
  const { say } = useWords();
  const visitor = useWorld((world) => world.visitor);
  const openDialog = useKeyDialog();
  if (visitor === undefined) return null;
  if (visitor.canAct) return <span className="soft visitor">{say('shell.you')}</span>;
  return (
    <button type="button" className="link-button" onClick={() => openDialog()}>
      {say('key.give')}
    </button>
  );
}
