/** The page of npm start as a person uses it: the story from an empty table to drift and back, and a file window by window. */
import { expect, it } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { runCommand, until, urlOf } from '../local/command-run.ts';
import { favouritesFile } from '../support/favourites-file.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { accessibilityFaults } from './accessibility.ts';
import { narrow, numberIn, openConsole, verdict, wide } from './chromium.ts';
import { describeInBrowser } from './in-browser.ts';

/** A start of the stack, a load and a reconcile in one test, where the machine is busy. */
const LONG_MS = 240_000;
/** Of a page that is awaited while the pipeline works. */
const WAIT_MS = 90_000;

describeInBrowser('the page of npm start, in a browser', () => {
  it(
    'goes from an empty table to drift and back to zero',
    async () => {
      using directory = temporaryDirectory();
      const file = join(directory.path, 'empty.csv');
      writeFileSync(file, 'restaurant_id,user_id,created_at,removed_at\n');
      await using run = runCommand('start', ['--data', file, '--seed', '7']);
      await using opened = await openConsole(await urlOf(run));
      const { page, truth, problems } = opened;
      page.setDefaultTimeout(WAIT_MS);
      await page.getByText('No favourites in All time yet').waitFor();

      // One favourite by hand, through the API, of any user and restaurant; from the keyboard.
      // Slower than the snapshots come: none of them may take back what was typed.
      await page.getByLabel('Marking as').fill('');
      await page.getByLabel('Marking as').pressSequentially('grace', { delay: 150 });
      await page.getByLabel('Any restaurant').fill('Café "Ω", 100 pts');
      await page.keyboard.press('Enter');
      const restaurant = page.getByRole('dialog', { name: 'Café "Ω", 100 pts' });
      const heart = restaurant.getByRole('button', { name: 'Favourite of grace' });
      await heart.press('Space');
      await restaurant.locator('dd', { hasText: /^1$/ }).first().waitFor();
      expect(await accessibilityFaults(page)).toEqual([]);
      await page.keyboard.press('Escape');
      expect(await rowsOf(page)).toEqual([['1', 'Café "Ω", 100 pts', '1']]);
      await page.getByRole('button', { name: 'Favourite of grace', pressed: true }).click();
      await page.getByText('No favourites in All time yet').waitFor();

      // The load on, answers lost: the counts stay right.
      await page.getByRole('slider', { name: 'Events a second' }).fill('100');
      await page.getByRole('switch', { name: 'lost-answer' }).click();
      const timesLost = page.locator('.fault', { hasText: 'lost-answer' }).locator('.fault-count');
      await until(async () => (await numberIn(timesLost, /([\d,]+)×/)) > 2);
      await page.locator('.leaderboard tbody tr').nth(9).waitFor();
      await recount(page);
      await verdict(page, 'none');
      expect(await numberIn(truth, /recount of ([\d,]+) favourites/)).toBeGreaterThan(0);
      expect(await accessibilityFaults(page)).toEqual([]);

      // Records vanish: some count becomes wrong.
      await page.getByRole('button', { name: 'All off' }).click();
      await page.getByRole('switch', { name: 'vanish' }).click();
      await verdict(page, 'some');
      expect(await accessibilityFaults(page)).toEqual([]);

      // A reconcile finds them, state by state, beside the load.
      await page.getByRole('button', { name: 'All off' }).click();
      await page.getByRole('button', { name: 'Reconcile', exact: true }).click();
      await page.locator('.stage[data-status="running"]').first().waitFor();
      await page.getByText('Succeeded').waitFor();
      await recount(page);
      await verdict(page, 'none');
      expect(problems).toEqual([]);
    },
    LONG_MS,
  );

  it(
    'shows the right top 10 of a file, window by window, in both sizes and themes',
    async () => {
      using directory = temporaryDirectory();
      const file = favouritesFile({ pairs: 1_500 });
      writeFileSync(join(directory.path, 'f.csv'), file.csv);
      await using run = runCommand('start', ['--data', join(directory.path, 'f.csv')]);
      await using opened = await openConsole(await urlOf(run));
      const { page, problems } = opened;
      page.setDefaultTimeout(WAIT_MS);

      await page.getByText('written and counted').waitFor();
      await verdict(page, 'none');
      // The last snapshot has the last counts: the recount came after them.
      expect(await rowsOf(page)).toEqual(ranked(file.top.map(([id, count]) => ({ id, count }))));

      // By keyboard alone: to the month, and to its first day.
      await page.getByRole('combobox', { name: 'Month', exact: true }).focus();
      await page.keyboard.type('January 2022');
      await page.getByRole('heading', { name: 'January 2022' }).waitFor();
      await isFilled(page);
      expect(await rowsOf(page)).toEqual(expectedRows(file.countsCsv, 'JAN_2022'));
      await page.getByRole('combobox', { name: 'Day', exact: true }).selectOption('20220101');
      await page.getByRole('heading', { name: '1 January 2022' }).waitFor();
      await isFilled(page);
      expect(await rowsOf(page)).toEqual(expectedRows(file.countsCsv, '20220101'));

      for (const size of [wide, narrow]) {
        await page.setViewportSize(size);
        for (const theme of ['Light theme', 'Dark theme']) {
          await page.getByRole('button', { name: theme }).click();
          expect(await accessibilityFaults(page)).toEqual([]);
        }
        expect(await scrollWidth(page)).toBe(size.width);
      }
      // The theme that was chosen outlives the page.
      await page.reload();
      await page.locator('html[data-theme="dark"]').waitFor();
      expect(problems).toEqual([]);
    },
    LONG_MS,
  );
});

/** Presses Recount, and waits for its end: a recount under way is joined. */
async function recount(page: Page): Promise<void> {
  const button = page.getByRole('button', { name: 'Recount' });
  await button.click();
  await page.locator('.truth[data-state="counting"]').waitFor();
  await page.locator('.truth[data-state="known"]').waitFor();
}

const isFilled = (page: Page): Promise<void> => page.locator('.leaderboard tbody tr').first().waitFor();

const scrollWidth = (page: Page): Promise<number> =>
  page.locator('html').evaluate((html) => (html as unknown as { readonly scrollWidth: number }).scrollWidth);

/** Rank, restaurant and count of each row. */
async function rowsOf(page: Page): Promise<readonly (readonly string[])[]> {
  const rows = await page.locator('.leaderboard tbody tr').all();
  return Promise.all(
    rows.map(async (row) =>
      (await row.locator('td').allTextContents()).slice(0, 3).map((text) => text.trim()),
    ),
  );
}

/** Equal counts share a rank. */
const ranked = (top: readonly { readonly id: string; readonly count: number }[]) =>
  top.map(({ id, count }) => [
    String(1 + top.findIndex((row) => row.count === count)),
    id,
    count.toLocaleString('en-US'),
  ]);

/** Ids with quotes and commas are fine: the count and the window never have any. */
function expectedRows(countsCsv: string, window: string): readonly (readonly string[])[] {
  const counts = countsCsv.split('\n').flatMap((line) => {
    const [, id = '', count] = new RegExp(`^(.*),${window},(\\d+)$`).exec(line) ?? [];
    return count === undefined
      ? []
      : [{ id: id.replace(/^"(.*)"$/, '$1').replaceAll('""', '"'), count: Number(count) }];
  });
  return ranked(counts.toSorted((a, b) => b.count - a.count || (a.id < b.id ? -1 : 1)).slice(0, 10));
}
