// Debian's Chromium with a page of the console, for the browser tests and for the picture of the README.

import { existsSync } from 'node:fs';
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';

export const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
export const hasBrowser = existsSync(executablePath);

export const wide = { width: 1280, height: 900 };
export const narrow = { width: 390, height: 844 };

export interface ConsolePage {
  readonly page: Page;
  /** Whatever the browser complained of: messages of its console, errors of the script. */
  readonly problems: readonly string[];
  readonly truth: Locator;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function openConsole(url: string): Promise<ConsolePage> {
  const browser = await launch();
  const page = await browser.newPage({ viewport: wide });
  const problems: string[] = [];
  page.on('console', (message) => message.type() !== 'log' && problems.push(message.text()));
  page.on('pageerror', (error) => problems.push(String(error)));
  await page.goto(url);
  return {
    page,
    problems,
    truth: page.getByRole('region', { name: 'Difference' }),
    [Symbol.asyncDispose]: () => browser.close(),
  };
}

/** Resolves when the truth meter says that no count, or that some count, differs. */
export async function verdict(page: Page, expected: 'none' | 'some'): Promise<void> {
  await page.locator(`.truth[data-verdict="${expected}"]`).waitFor();
}

/** A number of the page that grows, such as `12,345`; 0 while it does not stand there. */
export async function numberIn(locator: Locator, pattern: RegExp): Promise<number> {
  const text = (await locator.textContent()) ?? '';
  return Number((pattern.exec(text)?.[1] ?? '0').replaceAll(',', ''));
}

function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
