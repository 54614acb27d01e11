/** Uses the page of npm start with a table of another shape, in another time zone, with ids of any script. */
import { expect, it } from '@jest/globals';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Locator, Page } from 'playwright-core';
import { runCommand, until, urlOf } from '../local/command-run.ts';
import { answersOf } from '../shapes/answers.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { accessibilityIssues } from './accessibility.ts';
import { narrow, openConsole, verdict, wide } from './chromium.ts';
import { describeInBrowser } from './in-browser.ts';

const LONG_MS = 240_000;
const WAIT_MS = 60_000;
const smallest = { width: 320, height: 640 };
const shape5 = join(import.meta.dirname, '../shapes/5');
const source = ['--source', `${shape5}.json`];

describeInBrowser('the page of npm start with --source, in a browser', () => {
  it(
    'ranks an export of a single-table design, and a heart moves the ranking',
    async () => {
      using directory = temporaryDirectory();
      writeExport(directory.path);
      await using run = runCommand('start', ['--data', directory.path, ...source]);
      await using opened = await openConsole(await urlOf(run));
      const { page, problems } = opened;
      page.setDefaultTimeout(WAIT_MS);
      await page.getByText('written and counted').waitFor();
      await verdict(page, 'none');
      const counts = allTimeCounts(answersOf('5').repaired);
      const top = await rowsOf(page);
      expect(top.map(({ id }) => counts.get(id))).toEqual(
        [...counts.values()].toSorted((a, b) => b - a).slice(0, 10),
      );
      expect(top.map(({ id, count }) => [id, count])).toEqual(top.map(({ id }) => [id, counts.get(id)]));

      // The second restaurant overtakes the first one.
      const [first, second] = [top[0]?.id ?? '', top[1]?.id ?? ''];
      const lead = (top[0]?.count ?? 0) - (top[1]?.count ?? 0);
      for (let user = 0; user <= lead; user += 1) {
        await markAs(page, `new-${user}`);
        await heartOf(page, second).click();
        await row(page, second).locator('.heart[aria-pressed="true"]').waitFor();
      }
      await rowAt(page, 0).filter({ hasText: second }).waitFor();
      expect((await rowsOf(page)).slice(0, 2).map(({ id }) => id)).toEqual([second, first]);
      await heartOf(page, second).click();
      await row(page, second).locator('.heart[aria-pressed="false"]').waitFor();
      await row(page, second)
        .locator('td.leaderboard-count', { hasText: new RegExp(`^${(top[1]?.count ?? 0) + lead}$`) })
        .waitFor();
      await page.getByRole('button', { name: 'Recount' }).click();
      await verdict(page, 'none');

      // The load writes rows of this shape, too.
      await page.getByRole('slider', { name: 'Events a second' }).fill('100');
      await page.getByText('Harbour Noodles').first().waitFor();
      expect(await accessibilityIssues(page)).toEqual([]);
      expect(problems).toEqual([]);
    },
    LONG_MS,
  );

  it(
    'shows ids of any length and script, and marks and counts them',
    async () => {
      using directory = temporaryDirectory();
      const file = join(directory.path, 'ids.jsonl');
      const ids = [
        'x'.repeat(1_000),
        'مطعم الشرق الأوسط الكبير',
        '寿司レストラン・銀座四丁目本店'.repeat(8),
        '👩‍🍳👨‍👩‍👧‍👦 Kitchen',
        `Z${'\u0335\u0310\u0341'.repeat(30)}algo`,
        '   ',
        'r1 ',
        'r1',
        'tab\tand\nline',
        'a/b?c=100%#d\u202e',
      ];
      const rows = ids.flatMap((id, i) =>
        Array.from({ length: 12 - i }, (_, user) => lineOf(id, `u${user}`)),
      );
      writeFileSync(file, `${rows.join('\n')}\n`);
      await using run = runCommand('start', ['--data', file, ...source, '--time-zone', 'Asia/Kathmandu']);
      await using opened = await openConsole(await urlOf(run));
      const { page, problems } = opened;
      page.setDefaultTimeout(WAIT_MS);
      await page.getByText('written and counted').waitFor();
      await verdict(page, 'none');
      expect(await rowsOf(page)).toEqual(ids.map((id, i) => ({ id, count: 12 - i })));
      await page.getByText('windows in Asia/Kathmandu, times in UTC').waitFor();
      // 20:00 in UTC is the next day there.
      await page.getByRole('combobox', { name: 'Month', exact: true }).selectOption('AUG_2022');
      await page.getByRole('combobox', { name: 'Day', exact: true }).selectOption('20220802');
      await page.getByRole('heading', { name: '2 August 2022' }).waitFor();
      await page.locator('.leaderboard').getByText('in Asia/Kathmandu', { exact: true }).waitFor();
      await page.getByRole('button', { name: 'All time', exact: true }).click();
      await rowAt(page, 9).waitFor();

      for (const size of [wide, narrow, smallest]) {
        await page.setViewportSize(size);
        // The drawing of the pipeline follows the new width a moment later.
        await until(async () => (await page.evaluate('document.documentElement.scrollWidth')) === size.width);
        for (let i = 0; i < ids.length; i += 1) await expectInside(rowAt(page, i), '.id');
        expect(await accessibilityIssues(page)).toEqual([]);
      }
      for (const [i, id] of ids.entries()) {
        await page.setViewportSize(i % 2 === 0 ? smallest : wide);
        await rowAt(page, i).locator('.leaderboard-name button').click();
        const dialog = page.getByRole('dialog');
        await dialog
          .locator('dd', { hasText: new RegExp(`^${12 - i}$`) })
          .first()
          .waitFor();
        expect(await dialog.locator('h2').textContent()).toBe(id);
        await expectInside(dialog, 'h2');
        await expectInside(dialog, '.restaurant-close');
        if (i % 4 === 1) expect(await accessibilityIssues(page)).toEqual([]);
        await dialog.locator('.heart').click();
        await dialog
          .locator('dd', { hasText: new RegExp(`^${13 - i}$`) })
          .first()
          .waitFor();
        await dialog.getByText('Windows in Asia/Kathmandu').waitFor();
        // The address opens the same dialog again.
        if (i === ids.length - 1) {
          await page.reload();
          await dialog.locator('.heart[aria-pressed="true"]').waitFor();
          expect(await dialog.locator('h2').textContent()).toBe(id);
        }
        await page.keyboard.press('Escape');
      }
      expect(problems).toEqual([]);
    },
    LONG_MS,
  );
});

/** What an export to S3 would hold after all writes of the trace, in three files. */
function writeExport(folder: string): void {
  const rows = new Map<string, Row>();
  for (const line of readFileSync(`${shape5}.jsonl`, 'utf8').trim().split('\n')) {
    const { put, delete: removed } = JSON.parse(line) as { readonly put?: Row; readonly delete?: Row };
    const key = JSON.stringify([put?.PK ?? removed?.PK, put?.SK ?? removed?.SK]);
    if (put === undefined) rows.delete(key);
    else rows.set(key, put);
  }
  const data = join(folder, 'AWSDynamoDB/01693685827463-2d8752fd/data');
  mkdirSync(data, { recursive: true });
  const lines = Array.from(rows.values(), (Item) => `${JSON.stringify({ Item })}\n`);
  for (const part of [0, 1, 2]) {
    const some = lines.filter((_, i) => i % 3 === part).join('');
    writeFileSync(join(data, `part${part}.json.gz`), gzipSync(some));
  }
}

interface Row {
  readonly PK: object;
  readonly SK: object;
}

function lineOf(id: string, user: string): string {
  const put = {
    PK: { S: `USER#${user}` },
    SK: { S: `FAV#${id}` },
    createdAt: { S: '2022-08-01T20:00:00Z' },
  };
  return JSON.stringify({ at: '2022-08-01T20:00:00Z', put });
}

const rowAt = (page: Page, index: number): Locator => page.locator('.leaderboard tbody tr').nth(index);

const row = (page: Page, restaurant: string): Locator =>
  page
    .locator('.leaderboard tbody tr')
    .filter({ has: page.getByRole('button', { name: restaurant, exact: true }) });

const heartOf = (page: Page, restaurant: string): Locator => row(page, restaurant).locator('.heart');

async function markAs(page: Page, user: string): Promise<void> {
  await page.getByLabel('Marking as').fill(user);
  await page.getByLabel('Marking as').press('Tab');
  await page
    .locator('.heart[aria-label^="Favourite of ' + user + ':"]')
    .first()
    .waitFor();
}

async function rowsOf(page: Page): Promise<readonly { readonly id: string; readonly count: number }[]> {
  const rows = await page.locator('.leaderboard tbody tr').all();
  return Promise.all(
    rows.map(async (each) => ({
      id: (await each.locator('.id').textContent()) ?? '',
      count: Number(await each.locator('td.leaderboard-count').textContent()),
    })),
  );
}

/** Expects the box of a part to lie within that of the whole, and to be neither empty nor very high. */
async function expectInside(whole: Locator, part: string): Promise<void> {
  const [outer, inner] = [await whole.boundingBox(), await whole.locator(part).first().boundingBox()];
  if (outer === null || inner === null) throw new Error(`${part} is not on the page`);
  expect(inner.x).toBeGreaterThanOrEqual(outer.x);
  expect(inner.x + inner.width).toBeLessThanOrEqual(outer.x + outer.width);
  expect(inner.width).toBeGreaterThan(4);
  expect(inner.height).toBeLessThan(250);
}

/** The counts of all time, from a CSV as `npm run aggregate` writes it. */
function allTimeCounts(csv: string): ReadonlyMap<string, number> {
  const lines = csv.matchAll(/^(?:"((?:[^"]|"")*)"|([^",\n]*)),ALL_TIME,(\d+)$/gm);
  return new Map(
    Array.from(lines, ([, quoted, plain = '', count]) => [
      quoted?.replaceAll('""', '"') ?? plain,
      Number(count),
    ]),
  );
}
