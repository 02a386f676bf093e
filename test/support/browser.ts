import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import npmChromium from '@sparticuz/chromium';
import { type Browser, chromium } from 'playwright-core';

const INSTALLED = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Draws WebGL by software, and asks nobody on the network for anything. */
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const ADVICE =
  'No browser starts here. Install one with "apt-get install chromium" or "npx playwright-core install --with-deps chromium", then run the tests again.';

function installedBrowsers(): string[] {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return INSTALLED.flatMap((name) => folders.map((folder) => join(folder, name))).filter((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** The npm Chromium where it fits this computer, else an installed one, else Playwright's own, else a sentence of what to do. */
export async function openBrowser(more: readonly string[] = []): Promise<Browser> {
  const args = [...ARGS, ...more];
  const ways: (() => Promise<Browser>)[] = [
    async () => chromium.launch({ executablePath: await npmChromium.executablePath(), args }),
    ...installedBrowsers().map((executablePath) => () => chromium.launch({ executablePath, args })),
    () => chromium.launch({ args }),
  ];
  const failures: string[] = [];
  for (const way of ways) {
    try {
      const browser = await way();
      await (await browser.newPage()).close();
      return browser;
    } catch (error) {
      failures.push(error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error));
    }
  }
  throw new Error(`${ADVICE} What was tried: ${failures.join(' | ')}`);
}
