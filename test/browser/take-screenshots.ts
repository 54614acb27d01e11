/**
 * Takes the picture of the README; with a folder as argument, also the whole page in both sizes and themes:
 *
 *     node --import tsx test/browser/take-screenshots.ts [FOLDER]
 *
 * It is taken in the middle of the story: the load on, answers lost, a reconcile under way, and no count
 * wrong.
 */
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { runCommand, urlOf } from '../local/command-run.ts';
import { narrow, openConsole, verdict, wide } from './chromium.ts';

const pictureFile = join(import.meta.dirname, '../../docs/console.png');
/** Keeps clones and page loads fast. */
const PICTURE_BYTES_MAX = 300_000;
const MARGIN = 16;
/** Long enough for the charts of the last minutes to have data. */
const STORY_MS = 100_000;
const WAIT_MS = 120_000;

const folder = process.argv[2];
await using run = runCommand('start', ['--seed', '7']);
await using opened = await openConsole(await urlOf(run));
const { page, problems } = opened;
page.setDefaultTimeout(WAIT_MS);

await page.getByRole('slider', { name: 'Events a second' }).fill('400');
await page.getByRole('switch', { name: 'lost-answer' }).click();
await delay(STORY_MS);
await page.getByRole('button', { name: 'Reconcile', exact: true }).click();
await page.locator('.stage', { hasText: 'Audit' }).and(page.locator('[data-status="running"]')).waitFor();
await page.locator('.truth[data-state="known"]').waitFor();
await verdict(page, 'none');
await takePicture(page);
if (folder !== undefined) await takeAll(page, folder);
if (problems.length > 0) throw new Error(`The page reported problems: ${problems.join('; ')}`);

async function takePicture(of: Page): Promise<void> {
  await of.evaluate('scrollTo(0, 0)');
  // The picture ends below the ranking and the switches beside it.
  const board = await of.locator('.board').boundingBox();
  const height = Math.ceil((board?.y ?? 0) + (board?.height ?? 0)) + MARGIN;
  await of.setViewportSize({ ...wide, height });
  await of.screenshot({ path: pictureFile });
  const { size } = statSync(pictureFile);
  if (size > PICTURE_BYTES_MAX) {
    throw new Error(`${pictureFile} has ${size} bytes: expected at most ${PICTURE_BYTES_MAX}`);
  }
  process.stdout.write(`${pictureFile}: ${size} bytes\n`);
}

async function takeAll(of: Page, into: string): Promise<void> {
  mkdirSync(into, { recursive: true });
  for (const size of [wide, narrow]) {
    await of.setViewportSize(size);
    for (const theme of ['light', 'dark'] as const) {
      await of.emulateMedia({ colorScheme: theme });
      const path = join(into, `console-${size.width}-${theme}.png`);
      await of.screenshot({ path, fullPage: true });
      process.stdout.write(`${path}\n`);
    }
  }
}
