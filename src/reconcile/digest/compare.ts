/**
 * The end of a round of digests: subtracts the sums of the registers from those of the rows. A cell whose
 * difference is 0 has the same favourites on both sides. Favourites in the other cells are suspect: they are
 * looked up one by one, or, if they are too many, summed once more by another hash.
 *
 *     round 1, all      ▢▢▣▢▢▢▢▣▢▢   two cells differ: 300 favourites are suspect
 *     round 2, suspects ▢▢▢▣▢▢▢▢▢▢   one cell differs: 40 are still suspect, and are looked up
 *
 * What is written during the scans makes cells differ too. It is looked up, and found right.
 */
import { addRejections } from '../rejections.ts';
import { type CompareInput, type Comparison, lagPeriodBefore, comparedTables } from '../run.ts';
import { addTotals, noTotals } from '../totals.ts';
import { COUNTERS } from './cells.ts';
import type { DigestContext } from './context.ts';
import { hashingOf } from './sum-step.ts';
import { bitsOf } from './suspect-cells.ts';
import { Sums } from './sums.ts';

/** A lookup costs thirty times what a sum costs, so it pays to sum again while more than this is suspect. */
const SUSPECT_SHARE_MAX = 0.05;
const ROUNDS_MAX = 4;
/** If more favourites differ than this share, another round would leave most of them suspect. */
const DIFFERING_SHARE_MAX = 0.25;
/** With so many cells, few differing favourites share a cell with others. */
const CELLS_PER_DIFFERENCE = 8;
const CELLS_MIN = 2 ** 12;
/** 8 MB of sums. */
const CELLS_MAX = 2 ** 20;

export type CompareContext = Pick<DigestContext, 'clock' | 'newName' | 'store'>;

/** @throws {DigestMissingError | TableReadError | Error} for segments that are missing */
export async function compare(
  { compared, segments }: CompareInput,
  { store, newName, clock }: CompareContext,
): Promise<Comparison> {
  checkSegments(segments);
  const { digest } = compared;
  const startedAtMs = clock.nowMs();
  const hashing = hashingOf(digest);
  const difference = new Sums(hashing);
  let readUnits = 0;
  for (const { work, sums } of segments) {
    const read = await store.get(sums);
    readUnits += read.readUnits;
    difference.plus(new Sums(hashing, read.bytes), work.table === 'favourites' ? 1 : -1);
  }
  const bits = bitsOf(difference.cells);
  const differing = newName();
  const { writeUnits: sumWriteUnits } = await store.put(differing, bits);

  const scanned = segments.reduce((sum, { totals }) => addTotals(sum, totals), noTotals);
  const nowMs = clock.nowMs();
  const own = { readUnits, sumWriteUnits, durationMs: nowMs - startedAtMs };
  const totals = addTotals(addTotals(compared.totals, scanned), own);
  const share = difference.cells.filter((sum) => sum !== 0n).length / hashing.cells;
  const suspectShare = (compared.suspectShare ?? 1) * share;
  const keys = Math.max(1, totals.countable, totals.registers);
  const nextCells = nextRound({ share, suspectShare, keys, hashing });
  const rounds = [...digest.rounds.slice(0, -1), { cells: hashing.cells, differing }];
  return {
    next: share === 0 ? 'nothing' : nextCells === undefined ? 'look' : 'sum',
    digest: { ...digest, rounds: nextCells === undefined ? rounds : [...rounds, { cells: nextCells }] },
    totals,
    rejections: segments.reduce(
      (sum, { rejections }) => addRejections(sum, rejections),
      compared.rejections ?? [],
    ),
    onOneSide: compared.onOneSide ?? squaresOf(difference.counters),
    suspectShare,
    lagBetween: lagPeriodBefore(nowMs),
  };
}

/** The cells of the next round; undefined if this was the last one. */
function nextRound({
  share,
  suspectShare,
  keys,
  hashing: { cells, round },
}: {
  readonly share: number;
  readonly suspectShare: number;
  readonly keys: number;
  readonly hashing: { readonly cells: number; readonly round: number };
}): number | undefined {
  if (suspectShare <= SUSPECT_SHARE_MAX || round >= ROUNDS_MAX) return undefined;
  const differing = differingOf(share, cells);
  if (differing > DIFFERING_SHARE_MAX * keys) return undefined;
  return clampCells(CELLS_PER_DIFFERENCE * differing * share);
}

/**
 * About how many favourites differ, if this share of the cells differs: each favourite falls into a random
 * cell. If all cells differ, more favourites may differ than the result says.
 */
function differingOf(share: number, cells: number): number {
  return -cells * Math.log(Math.max(1 - share, 1 / (2 * cells)));
}

/** The next power of two, within the bounds. */
export function clampCells(wanted: number, max = CELLS_MAX): number {
  return Math.min(max, Math.max(CELLS_MIN, 2 ** Math.ceil(Math.log2(Math.max(1, wanted)))));
}

/**
 * Each counter is the sum of ±1 over the favourites that one side has and the other has not. The expected
 * square of such a sum is the number of its terms (Alon, Matias, Szegedy: The space complexity of
 * approximating the frequency moments, STOC 1996).
 */
function squaresOf(counters: Int32Array): number {
  return counters.reduce((sum, counter) => sum + counter * counter, 0);
}

/** The standard error of that estimate. */
export const ON_ONE_SIDE_ERROR = Math.sqrt(2 / COUNTERS);

/** Zeros in place of the sums of a segment would hide a loss. */
function checkSegments(segments: CompareInput['segments']): void {
  const totalSegments = segments[0]?.work.totalSegments ?? 0;
  for (const table of comparedTables) {
    const of = segments.filter(({ work }) => work.table === table && work.totalSegments === totalSegments);
    const isWhole =
      totalSegments > 0 &&
      of.length === totalSegments &&
      new Set(of.map(({ work }) => work.segment)).size === totalSegments &&
      of.every(({ sums }) => typeof sums === 'string' && sums !== '');
    if (!isWhole) {
      throw new Error(
        `got the sums of ${of.length} segments of ${table}, expected ${totalSegments} different ones: ` +
          'start the run again',
      );
    }
  }
}
