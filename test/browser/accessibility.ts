// The problems that axe-core finds on the current page, as sentences.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

const axeSource = readFileSync(join(import.meta.dirname, '../../node_modules/axe-core/axe.min.js'), 'utf8');

/** Colours are wrong during a change of theme, so wait for transitions, but not for endless animations. */
const transitionsEnded = `Promise.allSettled(
  document.getAnimations()
    .filter((animation) => animation.effect.getComputedTiming().endTime < Infinity)
    .map((animation) => animation.finished),
).then(() => undefined)`;

/** One line for each violation, with its element; empty when there are no violations. */
export async function accessibilityIssues(page: Page): Promise<readonly string[]> {
  await page.evaluate(transitionsEnded);
  // Through the debugger, to which the page's policy does not apply.
  await page.evaluate(axeSource);
  const { violations } = (await page.evaluate('axe.run()')) as AxeResults;
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${String(target)}: ${failureSummary ?? ''}`),
  );
}
