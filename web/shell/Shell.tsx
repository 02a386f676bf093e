import type { ReactNode } from 'react';
import { useWorld } from '../live/use-world.ts';
import { useWords } from '../words/use-words.ts';
import { Announcer } from './Announcer.tsx';
import { Header } from './Header.tsx';
import { KeyDialogProvider } from './KeyDialog.tsx';

/** What surrounds every page: header, banner, what screen readers hear, and the dialog that asks for a key. */
export function Shell({ children }: { children: ReactNode }) {
  const { say } = useWords();
  return (
    <KeyDialogProvider>
      <a className="skip" href="#content">
        {say('shell.skip')}
      </a>
      <Header />
      <ConnectionBanner />
      <main id="content" tabIndex={-1}>
        {children}
      </main>
      <Footer />
      <Announcer />
    </KeyDialogProvider>
  );
}

function ConnectionBanner() {
  const { say } = useWords();
  const connection = useWorld((world) => world.connection);
  return (
    <div role="status">
      {connection === 'lost' && <div className="banner rise">{say('shell.connectionLost')}</div>}
    </div>
  );
}

const LICENCE_TEXT = 'https://www.gnu.org/licenses/agpl-3.0.html';

function Footer() {
  const { say, number } = useWords();
  const { size, name } = useWorld((world) => ({ size: world.size, name: world.community?.name ?? '' }));
  return (
    <footer className="footer">
      <div className="footer-row">
        <span>{name}</span>
        <span>{say('shell.ledgerSize', { count: size, shown: number(size) })}</span>
        <a href="/api/openapi.json">{say('shell.openData')}</a>
        <a href="/log/checkpoint">{say('shell.checkpoint')}</a>
        <a href={LICENCE_TEXT} rel="license">
          {say('shell.licence')}
        </a>
      </div>
    </footer>
  );
}
