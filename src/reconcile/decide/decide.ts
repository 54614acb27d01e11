/**
 * Decides, before heal writes anything, whether its second pass may correct the drift (I4). A wrong setting,
 * or a wrong table beside right counts, looks like a lot of drift. Only the totals of all segments show that
 * in time: with budgets for single segments, or a running total, heal would write many corrections before it
 * stops.
 *
 *     digests ──> decide ──> verify, write nothing ──> decide ──> mend those with differences, within budgets
 *
 * The first decision uses the estimate of the digests. It stops a run that would certainly take out too much,
 * before it looks anything up. The second decision uses exact numbers.
 */
import type { Source } from '../../counting/source/source.ts';
import { ON_ONE_SIDE_ERROR } from '../digest/compare.ts';
import { PipeBehindError, SeedStoppedError, TooMuchDriftError } from '../errors.ts';
import { addRejections } from '../rejections.ts';
import {
  type Comparison,
  type DecideByDigestsInput,
  type DecideInput,
  type Decision,
  type RejectionCount,
  type SegmentWork,
  lagPeriodBefore,
  uncountsMaxOf,
} from '../run.ts';
import { addTotals, type StageTotals } from '../totals.ts';
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

/**
 * An estimate stops a run only if it is above the limit by so many standard errors. By chance alone, it is
 * that far off once in a billion runs. Otherwise the exact numbers decide.
 */
const ERRORS_BELOW = 6;

/** How often a run waits for a pipe that is too far behind: each time the grace period, at most a minute. */
const WAITS_MAX = 10;
const WAIT_MAX_MS = 60_000;

/**
 * @returns the comparison, with a wait if the pipe is behind
 * @throws {TooMuchDriftError | PipeBehindError}
 */
export function decideByDigests(
  { run, compared, lag }: DecideByDigestsInput,
  context: DecideContext & { readonly nowMs: number },
): Comparison {
  const { waitSeconds: _, ...waited } = compared;
  const behindMs = Math.max(0, ...lagsIn(lag));
  const timesBehind = (compared.timesBehind ?? 0) + 1;
  if (behindMs > run.graceMs && timesBehind <= WAITS_MAX) {
    const waitSeconds = Math.max(1, Math.ceil(Math.min(run.graceMs, WAIT_MAX_MS) / 1000));
    const lagBetween = lagPeriodBefore(context.nowMs + waitSeconds * 1000);
    return { ...waited, lagBetween, timesBehind, waitSeconds };
  }
  if (behindMs > run.graceMs) {
    throw new PipeBehindError(
      `The pipe stays ${behindMs} ms behind, more than the grace period of ${run.graceMs} ms: events ` +
        'that it has not delivered would look like drift. Heal and audit changed nothing. Start again when ' +
        'it has caught up, or with a larger graceMs.',
    );
  }
  if (run.mode !== 'repair' || run.acceptDrift === true) return waited;
  const { totals, rejections, onOneSide } = compared;
  // `onOneSide` counts the registers to un-count and the rows without a register. There are as many more of
  // the former as there are more registers than rows.
  const least = onOneSide * (1 - ERRORS_BELOW * ON_ONE_SIDE_ERROR);
  const uncounts = Math.max(0, Math.floor((least + totals.registers - totals.countable) / 2));
  stopAtDrift({ totals: { ...totals, uncounts }, rejections }, { ...context, isEstimate: true });
  return waited;
}

/** CloudWatch gives no value while nothing happens. Without an answer the run goes on, as at its start. */
function lagsIn(lag: unknown): readonly number[] {
  const results = (lag as { readonly MetricDataResults?: unknown } | null | undefined)?.MetricDataResults;
  const first = Array.isArray(results) ? (results[0] as { readonly Values?: unknown }) : undefined;
  return Array.isArray(first?.Values) ? first.Values.filter((value) => typeof value === 'number') : [];
}

/** @throws {TooMuchDriftError | SeedStoppedError} */
export function decide({ run, compared, segments }: DecideInput, context: DecideContext): Decision {
  const found = segments.reduce<Found>(
    (sum, segment) => ({
      totals: addTotals(sum.totals, segment.totals),
      rejections: addRejections(sum.rejections, segment.rejections),
    }),
    { totals: addTotals(compared?.totals), rejections: compared?.rejections ?? [] },
  );
  // Without a difference there is no second pass.
  const mayUncount = run.mode === 'repair' && found.totals.found > 0;
  if (mayUncount && run.acceptDrift !== true) stopAtDrift(found, context);
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

function stopAtDrift(found: Found, context: DecideContext & { readonly isEstimate?: true }): void {
  const { uncounts, registers, countable } = found.totals;
  const { uncountsMaxPercent, isEstimate = false } = context;
  const isEmptied = registers > 0 && countable === 0;
  const isAboveShare = uncounts * 100 > uncountsMaxPercent * registers;
  const isTooMany = uncounts > UNCOUNTS_ALWAYS_ALLOWED && isAboveShare;
  if (!isEmptied && !isTooMany) return;
  const what = isEmptied
    ? `${registers} favourites are counted, but no row of Favourites counts`
    : `the repair would take ${isEstimate ? 'at least ' : ''}${uncounts} of ${registers} counted ` +
      `favourites out of the counts, more than the ${uncountsMaxPercent} % that ` +
      'reconcile.uncountsMaxPercent allows';
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
