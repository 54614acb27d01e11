import { describe, expect, it } from '@jest/globals';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { runCommand, urlOf } from '../local/command-run.ts';
import { favouritesFile } from '../support/favourites-file.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const hasBrowser = existsSync(executablePath);
const isCi = process.env['CI'] === 'true';
if (!hasBrowser && !isCi) {
  process.stderr.write(
    `SKIPPED: the page of npm start needs Chromium at ${executablePath} (or CHROMIUM=PATH)\n`,
  );
}
/** In CI a missing browser fails: there it is installed. */
const describeInBrowser = hasBrowser || isCi ? describe : describe.skip;

const launch = (): Promise<Browser> =>
  chromium.launch({
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

describeInBrowser('the page of npm start, in a browser', () => {
  it('shows the right top 10 of a file, window by window, wide and narrow, without an error', async () => {
    using directory = temporaryDirectory();
    const file = favouritesFile({ pairs: 1_500 });
    writeFileSync(join(directory.path, 'f.csv'), file.csv);
    await using run = runCommand('start', ['--data', join(directory.path, 'f.csv')]);
    const url = await urlOf(run);
    await using stack = new AsyncDisposableStack();
    const browser = stack.adopt(await launch(), (opened) => opened.close());
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    const problems: string[] = [];
    page.on('console', (message) => message.type() !== 'log' && problems.push(message.text()));
    page.on('pageerror', (error) => problems.push(String(error)));
    const cells = page.locator('#ranking td');
    const rows = async () => rowsOf(await cells.allTextContents());
    // Another window begins with an empty table.
    const isFilled = () => cells.first().waitFor();

    await page.goto(url);
    await page.getByText('written and counted').waitFor();
    await page.locator('#drift[data-state="none"]').waitFor();
    // The last snapshot has the last counts: the recount came after them.
    expect(await rows()).toEqual(
      file.top.map(([id, count], index) => [String(index + 1), id, count.toLocaleString('en-US')]),
    );

    // By keyboard alone: to the month, and to its first day.
    await page.locator('#month').focus();
    await page.keyboard.type('January 2022');
    await page.getByRole('heading', { name: 'January 2022' }).waitFor();
    await isFilled();
    expect(await rows()).toEqual(expectedRows(file.countsCsv, 'JAN_2022'));
    await page.selectOption('#day', '20220101');
    await page.getByRole('heading', { name: '1 January 2022' }).waitFor();
    await isFilled();
    expect(await rows()).toEqual(expectedRows(file.countsCsv, '20220101'));

    await page.setViewportSize({ width: 390, height: 844 });
    expect(
      await page
        .locator('html')
        .evaluate((html) => (html as unknown as { readonly scrollWidth: number }).scrollWidth),
    ).toBe(390);
    expect(problems).toEqual([]);
  });
});

/** Rank, restaurant and count of each row. */
function rowsOf(cells: readonly string[]): readonly (readonly string[])[] {
  return cells.flatMap((_, index) => (index % 3 === 0 ? [cells.slice(index, index + 3)] : []));
}

/** Ids with quotes and commas are fine: the count and the window never have any. */
function expectedRows(countsCsv: string, window: string): readonly (readonly string[])[] {
  const counts = countsCsv.split('\n').flatMap((line) => {
    const [, id = '', count] = new RegExp(`^(.*),${window},(\\d+)$`).exec(line) ?? [];
    return count === undefined
      ? []
      : [{ id: id.replace(/^"(.*)"$/, '$1').replaceAll('""', '"'), count: Number(count) }];
  });
  return counts
    .toSorted((a, b) => b.count - a.count || (a.id < b.id ? -1 : 1))
    .slice(0, 10)
    .map(({ id, count }, index) => [String(index + 1), id, String(count)]);
}
