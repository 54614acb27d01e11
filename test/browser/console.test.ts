/**
 * Uses the page of npm start as a person would: goes from an empty table to drift and back, then checks the
 * ranking of a file in several windows.
 */
import { expect, it } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import type { RankedRow } from '../local/api-client.ts';
import { runCommand, until, urlOf } from '../local/command-run.ts';
import { favouritesFile } from '../support/favourites-file.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { accessibilityIssues } from './accessibility.ts';
import { narrow, numberIn, openConsole, verdict, wide } from './chromium.ts';
import { describeInBrowser } from './in-browser.ts';

/** Enough for a start of the stack, a load and a reconcile on a busy machine. */
const LONG_MS = 240_000;
/** Longest wait for the page while the pipeline works. */
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

      // Mark one favourite with the keyboard, through the API. Type slowly enough that snapshots arrive in
      // between: they must not undo the typing.
      await page.getByLabel('Marking as').fill('');
      await page.getByLabel('Marking as').pressSequentially('grace', { delay: 150 });
      await page.getByLabel('Any restaurant').fill('Café "Ω", 100 pts');
      await page.keyboard.press('Enter');
      const restaurant = page.getByRole('dialog', { name: 'Café "Ω", 100 pts' });
      const heart = restaurant.getByRole('button', { name: 'Favourite of grace' });
      await heart.press('Space');
      await restaurant.locator('dd', { hasText: /^1$/ }).first().waitFor();
      expect(await accessibilityIssues(page)).toEqual([]);
      await page.keyboard.press('Escape');
      expect(await rowsOf(page)).toEqual([['1', 'Café "Ω", 100 pts', '1']]);
      await page.getByRole('button', { name: 'Favourite of grace', pressed: true }).click();
      await page.getByText('No favourites in All time yet').waitFor();

      // The load is on and answers are lost; the counts stay right.
      await page.getByRole('slider', { name: 'Events a second' }).fill('100');
      await page.getByRole('switch', { name: 'lost-answer' }).click();
      const timesLost = page.locator('.fault', { hasText: 'lost-answer' }).locator('.fault-count');
      await until(async () => (await numberIn(timesLost, /([\d,]+)×/)) > 2);
      await page.locator('.leaderboard tbody tr').nth(9).waitFor();
      await recount(page);
      await verdict(page, 'none');
      expect(await numberIn(truth, /recount of ([\d,]+) favourites/)).toBeGreaterThan(0);
      expect(await accessibilityIssues(page)).toEqual([]);

      // Records vanish, and some counts become wrong.
      await page.getByRole('button', { name: 'All off' }).click();
      await page.getByRole('switch', { name: 'vanish' }).click();
      await verdict(page, 'some');
      expect(await accessibilityIssues(page)).toEqual([]);

      // A reconcile corrects the counts while the load runs, and the page shows its stages.
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
    'shows the correct top 10 of a file, window by window, in both sizes and themes',
    async () => {
      using directory = temporaryDirectory();
      const file = favouritesFile({ pairs: 1_500 });
      writeFileSync(join(directory.path, 'f.csv'), file.csv);
      await using run = runCommand('start', ['--data', join(directory.path, 'f.csv')]);
      const url = await urlOf(run);
      await using opened = await openConsole(url);
      const { page, problems } = opened;
      page.setDefaultTimeout(WAIT_MS);
      /** Expects the counts of the file, with ties in the API's order. */
      const expectTop = async (window: string): Promise<void> => {
        const counts = countsOf(file.countsCsv, window);
        const rows = await rowsOf(page);
        expect(rows).toEqual(await apiRows(url, window));
        expect(rows.map(([, id = '']) => counts.get(id))).toEqual(
          [...counts.values()].toSorted((a, b) => b - a).slice(0, 10),
        );
      };

      await page.getByText('written and counted').waitFor();
      await verdict(page, 'none');
      // The recount came after the last counts, so the last snapshot has them.
      await expectTop('ALL_TIME');

      // With the keyboard alone, select the month and then its first day.
      await page.getByRole('combobox', { name: 'Month', exact: true }).focus();
      await page.keyboard.type('January 2022');
      await page.getByRole('heading', { name: 'January 2022' }).waitFor();
      await isFilled(page);
      await expectTop('JAN_2022');
      await page.getByRole('combobox', { name: 'Day', exact: true }).selectOption('20220101');
      await page.getByRole('heading', { name: '1 January 2022' }).waitFor();
      await isFilled(page);
      await expectTop('20220101');

      for (const size of [wide, narrow]) {
        await page.setViewportSize(size);
        for (const theme of ['Light theme', 'Dark theme']) {
          await page.getByRole('button', { name: theme }).click();
          expect(await accessibilityIssues(page)).toEqual([]);
        }
        expect(await scrollWidth(page)).toBe(size.width);
      }
      // The chosen theme survives a reload.
      await page.reload();
      await page.locator('html[data-theme="dark"]').waitFor();
      expect(problems).toEqual([]);
    },
    LONG_MS,
  );

  it(
    'offers each kept kind of window in the ranking and in the view of a restaurant',
    async () => {
      using directory = temporaryDirectory();
      const file = join(directory.path, 'f.csv');
      const rows = ['2022-07-31', '2022-08-01', '2022-08-07', '2021-01-01'].map(
        (day, i) => `r${i % 2},u${i},${day}T12:00:00Z,`,
      );
      writeFileSync(file, `restaurant_id,user_id,created_at,removed_at\n${rows.join('\n')}\n`);
      await using run = runCommand('start', ['--data', file, '--windows', 'MONTH,DAY,WEEK,YEAR']);
      await using opened = await openConsole(await urlOf(run));
      const { page, problems } = opened;
      page.setDefaultTimeout(WAIT_MS);
      await page.getByText('written and counted').waitFor();

      const choose = async (kind: string, window: string, title: string): Promise<void> => {
        await page.getByRole('combobox', { name: kind, exact: true }).selectOption(window);
        await page.getByRole('heading', { name: title, exact: true }).waitFor();
        await isFilled(page);
      };
      await choose('Year', '2022', '2022');
      expect(await rowsOf(page)).toEqual([
        ['1', 'r0', '2'],
        ['2', 'r1', '1'],
      ]);
      await choose('Month', 'AUG_2022', 'August 2022');
      await choose('Week', '2022_W31', 'Week 31 of 2022');
      await choose('Day', '20220807', '7 August 2022');
      expect(await rowsOf(page)).toEqual([['1', 'r0', '1']]);
      for (const title of ['This year', 'This month', 'This week', 'Today']) {
        await page.getByRole('button', { name: title, exact: true }).waitFor();
      }

      await page.getByRole('button', { name: 'r0', exact: true }).click();
      for (const heading of ['Years', 'Months', 'Weeks', 'Days']) {
        await page.getByRole('dialog').getByRole('heading', { name: heading, exact: true }).waitFor();
      }
      await page.getByText('Week 30 of 2022: 1').waitFor({ state: 'attached' });
      for (const size of [wide, narrow]) {
        await page.setViewportSize(size);
        expect(await accessibilityIssues(page)).toEqual([]);
        await page.keyboard.press('Escape');
        expect(await scrollWidth(page)).toBe(size.width);
        await page.getByRole('button', { name: 'r0', exact: true }).click();
      }
      expect(problems).toEqual([]);
    },
    LONG_MS,
  );

  it(
    'shows a table whose rows name no user without load and hearts, and says why',
    async () => {
      const shape = join(import.meta.dirname, '../shapes/6');
      await using run = runCommand('start', ['--data', `${shape}.jsonl`, '--source', `${shape}.json`]);
      await using opened = await openConsole(await urlOf(run));
      const { page, problems } = opened;
      page.setDefaultTimeout(WAIT_MS);
      await page.getByText('written and counted').waitFor();
      await page.getByText('No hearts here. The file of --source does not say whose favourite').waitFor();
      await verdict(page, 'none');
      const rows = await rowsOf(page);
      expect(rows).toHaveLength(10);
      expect(await page.locator('.heart').count()).toBe(0);

      await page.getByRole('button', { name: 'Reconcile', exact: true }).click();
      await page
        .getByText(/nothing to correct|corrected/)
        .first()
        .waitFor();
      await page.getByLabel('Any restaurant').fill(rows[0]?.[1] ?? '');
      await page.keyboard.press('Enter');
      const restaurant = page.getByRole('dialog');
      await restaurant
        .locator('dd', { hasText: rows[0]?.[2] ?? '' })
        .first()
        .waitFor();
      expect(await page.locator('.heart').count()).toBe(0);
      for (const size of [wide, narrow]) {
        await page.setViewportSize(size);
        expect(await accessibilityIssues(page)).toEqual([]);
      }
      expect(problems).toEqual([]);
    },
    LONG_MS,
  );
});

/** Presses Recount and waits until it ends; if a recount is already running, it waits for that one. */
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

/** Rank, restaurant and count of each row, as the API answers a client. */
async function apiRows(url: string, window: string): Promise<readonly (readonly string[])[]> {
  const response = await fetch(new URL(`restaurants?window=${window}&limit=10`, url));
  const { restaurants } = (await response.json()) as { readonly restaurants: readonly RankedRow[] };
  return restaurants.map(({ rank, restaurant_id: id, favourite_count: count }) => [
    String(rank),
    id,
    count.toLocaleString('en-US'),
  ]);
}

/**
 * The count of each restaurant. Matches the line from its end: ids may contain quotes and commas, windows and
 * counts never do.
 */
function countsOf(countsCsv: string, window: string): ReadonlyMap<string, number> {
  return new Map(
    countsCsv.split('\n').flatMap((line) => {
      const [, id = '', count] = new RegExp(`^(.*),${window},(\\d+)$`).exec(line) ?? [];
      if (count === undefined) return [];
      return [[id.replace(/^"(.*)"$/, '$1').replaceAll('""', '"'), Number(count)] as const];
    }),
  );
}
