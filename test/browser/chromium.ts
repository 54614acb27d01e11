// Debian's Chromium with the console page, for the browser tests and the README's picture.

import { existsSync } from 'node:fs';
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';

export const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
export const hasBrowser = existsSync(executablePath);

export const wide = { width: 1280, height: 900 };
export const narrow = { width: 390, height: 844 };

export interface ConsolePage {
  readonly page: Page;
  /** Messages of the browser's console, and script errors. */
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

/** Resolves when the truth meter reports that no count differs, or that some do. */
export async function verdict(page: Page, expected: 'none' | 'some'): Promise<void> {
  await page.locator(`.truth[data-verdict="${expected}"]`).waitFor();
}

/** A growing number on the page, such as `12,345`; 0 while it is absent. */
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
