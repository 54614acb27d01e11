/**
 * Decides, before heal writes anything, whether its second pass may correct the drift (I4). A wrong setting,
 * or a wrong table beside right counts, looks like a lot of drift. Only the totals of all segments show that
 * in time: with budgets for single segments, or a running total, heal would write many corrections before it
 * stops.
 *
 *     verify all segments, write nothing ──> decide ──> mend those with differences, each within a budget
 */
import type { Source } from '../../counting/source/source.ts';
import { SeedStoppedError, TooMuchDriftError } from '../errors.ts';
import { addRejections } from '../rejections.ts';
import {
  type DecideInput,
  type Decision,
  type RejectionCount,
  type SegmentWork,
  uncountsMaxOf,
} from '../run.ts';
import { addTotals, noTotals, type StageTotals } from '../totals.ts';
import { describeRows, suspicionOf } from './describe-rows.ts';

export interface DecideContext {
  readonly source: Source;
  readonly favouritesTable: string;
  /** The share of the counted favourites that a repair may take out of the counts. */
  readonly uncountsMaxPercent: number;
}

/** What the first pass found in all segments together. */
export interface Found {
  readonly totals: StageTotals;
  readonly rejections: readonly RejectionCount[];
}

/** So few un-counts never stop a repair, because in a small table they are soon a large share. */
const UNCOUNTS_ALWAYS_ALLOWED = 100;

/** @throws {TooMuchDriftError | SeedStoppedError} */
export function decide({ run, segments }: DecideInput, context: DecideContext): Decision {
  const found = segments.reduce<Found>(
    (sum, segment) => ({
      totals: addTotals(sum.totals, segment.totals),
      rejections: addRejections(sum.rejections, segment.rejections),
    }),
    { totals: noTotals, rejections: [] },
  );
  if (run.mode === 'repair' && run.acceptDrift !== true) stopAtDrift(found, context);
  if (run.mode === 'seed') stopAtRows(found, context);
  return { totals: found.totals, mend: mended({ run, segments }) };
}

function mended({ run, segments }: DecideInput): readonly SegmentWork[] {
  switch (run.mode) {
    case 'repair':
      return segments
        .filter(({ totals }) => totals.found > 0)
        .map(({ work, totals }) => ({ ...work, uncountsMax: uncountsMaxOf(totals.uncounts) }));
    case 'seed':
      return segments.filter(({ totals }) => totals.countable > 0).map(({ work }) => work);
    default:
      return [];
  }
}

function stopAtDrift(found: Found, context: DecideContext): void {
  const { uncounts, registers, countable } = found.totals;
  const { uncountsMaxPercent } = context;
  const isEmptied = registers > 0 && countable === 0;
  const isAboveShare = uncounts * 100 > uncountsMaxPercent * registers;
  const isTooMany = uncounts > UNCOUNTS_ALWAYS_ALLOWED && isAboveShare;
  // Without a difference there is no second pass.
  if (found.totals.found === 0 || !(isEmptied || isTooMany)) return;
  const what = isEmptied
    ? `${registers} favourites are counted, but no row of Favourites counts`
    : `the repair would take ${uncounts} of ${registers} counted favourites out of the counts, more than ` +
      `the ${uncountsMaxPercent} % that reconcile.uncountsMaxPercent allows`;
  throw new TooMuchDriftError(
    `Too much drift: ${what}. Heal and audit changed nothing. ${describeRows(found, context)} ` +
      `${suspicionOf(found, context)} If these favourites are really gone, start the repair again with ` +
      '{ "mode": "repair", "acceptDrift": true }.',
  );
}

function stopAtRows(found: Found, context: DecideContext): void {
  const { countable, uncounted, uncountable } = found.totals;
  const isMostlyRejected = uncountable * 2 > countable + uncounted + uncountable;
  if (countable > 0 && !isMostlyRejected) return;
  const what = countable === 0 ? 'no row of Favourites counts' : 'most rows of Favourites are rejected';
  throw new SeedStoppedError(
    `The seed did not begin: ${what}. Heal and audit changed nothing. ${describeRows(found, context)} ` +
      `${suspicionOf(found, context)} Then start the seed again.`,
  );
}
