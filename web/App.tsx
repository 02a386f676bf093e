import { MantineProvider } from '@mantine/core';
import { lazy, type ReactNode, Suspense, useEffect } from 'react';
import { IntlProvider } from 'react-intl';
import { Route, Switch } from 'wouter';
import { useStore } from 'zustand';
import { BoardPage } from './board/BoardPage.tsx';
import { CommonsPage } from './commons/CommonsPage.tsx';
import { FirstPage } from './gallery/FirstPage.tsx';
import { DeskPage } from './lab/desk/DeskPage.tsx';
import { LabsPage } from './lab/LabsPage.tsx';
import { WorldContext } from './live/use-world.ts';
import type { WorldStore } from './live/world-store.ts';
import { en } from './messages/en.ts';
import { fr } from './messages/fr.ts';
import { NotHere } from './parts/NotHere.tsx';
import { Shell } from './shell/Shell.tsx';
import { theme } from './shell/theme.ts';
import type { PreferencesStore } from './words/preferences-store.ts';
import { PreferencesContext } from './words/use-preferences.ts';

const DesignPage = lazy(() => import('./customizer/DesignPage.tsx').then((m) => ({ default: m.DesignPage })));
const JobPage = lazy(() => import('./job/JobPage.tsx').then((m) => ({ default: m.JobPage })));
const OrderPage = lazy(() => import('./job/OrderPage.tsx').then((m) => ({ default: m.OrderPage })));
const LedgerPage = lazy(() => import('./ledger/LedgerPage.tsx').then((m) => ({ default: m.LedgerPage })));

const catalogues = { en, fr };

export function App({ world, preferences }: { world: WorldStore; preferences: PreferencesStore }) {
  return (
    <PreferencesContext value={preferences}>
      <WorldContext value={world}>
        <Speaking preferences={preferences}>
          <MantineProvider theme={theme} defaultColorScheme="auto">
            <Shell>
              <Suspense fallback={<div className="page-wait" />}>
                <Pages />
              </Suspense>
            </Shell>
          </MantineProvider>
        </Speaking>
      </WorldContext>
    </PreferencesContext>
  );
}

/** All words of the page in the reader's language. */
export function Speaking({ preferences, children }: { preferences: PreferencesStore; children: ReactNode }) {
  const language = useStore(preferences, (state) => state.language);
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  return (
    <IntlProvider locale={language} messages={catalogues[language]}>
      {children}
    </IntlProvider>
  );
}

function Pages() {
  return (
    <Switch>
      <Route path="/" component={FirstPage} />
      <Route path="/designs/:design">{({ design }) => <DesignPage key={design} design={design} />}</Route>
      <Route path="/board" component={BoardPage} />
      <Route path="/jobs/:job">{({ job }) => <JobPage key={job} job={job} />}</Route>
      <Route path="/orders/:order">{({ order }) => <OrderPage key={order} order={order} />}</Route>
      <Route path="/labs" component={LabsPage} />
      <Route path="/labs/:lab">{({ lab }) => <DeskPage key={lab} lab={lab} />}</Route>
      <Route path="/commons" component={CommonsPage} />
      <Route path="/ledger">
        <LedgerPage />
      </Route>
      <Route path="/ledger/:index">{({ index }) => <LedgerPage index={Number(index)} />}</Route>
      <Route component={NotHere} />
    </Switch>
  );
}
