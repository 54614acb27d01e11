// What axe-core finds on the page as it is now, in words.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

const axeSource = readFileSync(join(import.meta.dirname, '../../node_modules/axe-core/axe.min.js'), 'utf8');

/** Halfway between two themes every colour is wrong; what turns for ever is not waited for. */
const transitionsEnded = `Promise.allSettled(
  document.getAnimations()
    .filter((animation) => animation.effect.getComputedTiming().endTime < Infinity)
    .map((animation) => animation.finished),
).then(() => undefined)`;

/** One line for each violation, with the element; empty when all is well. */
export async function accessibilityFaults(page: Page): Promise<readonly string[]> {
  await page.evaluate(transitionsEnded);
  // By the debugger, which the page's policy does not bind.
  await page.evaluate(axeSource);
  const { violations } = (await page.evaluate('axe.run()')) as AxeResults;
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${String(target)}: ${failureSummary ?? ''}`),
  );
}
