/**
 * Finds, by eventually consistent reads, which registers of one page differ from their rows. No difference is
 * found twice. The scan of Favourites finds the differences of registers that a row names. The scan of the
 * registers finds counted registers that no row names: their row is gone, or names another register or none.
 * It also finds damaged registers, with or without a row, because a damaged register may make events look
 * stale, and its row may be gone before the scan of Favourites reaches it.
 */
import { countedBy, isDamaged } from '../../counting/counted-favourite.ts';
import { differs, isNamedBy, type Observation } from '../../counting/drift.ts';
import type { FavouriteRow } from '../../counting/mapping.ts';
import type { ScanPosition } from '../../tables/dynamodb/scan.ts';
import { addRejections, countRejections } from '../rejections.ts';
import { type RejectionCount, type SegmentInput } from '../run.ts';
import { addTotals, type StageTotals } from '../totals.ts';
import type { HealContext } from './context.ts';

export interface FirstLook extends Seen {
  readonly differences: readonly Observation[];
  /** Where the next page begins; undefined at the end of the segment. */
  readonly next: string | undefined;
  readonly readUnits: number;
}

/** What the rows of some pages are, whether or not anything differs. */
export interface Seen {
  readonly totals: Partial<StageTotals>;
  readonly rejections: readonly RejectionCount[];
}

export const nothingSeen: Seen = { totals: {}, rejections: [] };

export function addSeen(a: Seen, b: Seen): Seen {
  return { totals: addTotals(a.totals, b.totals), rejections: addRejections(a.rejections, b.rejections) };
}

/** @param after where the previous page ended. @throws {Error} for a table that heal does not scan. */
export async function firstLook(
  step: SegmentInput,
  after: string | undefined,
  context: HealContext,
): Promise<FirstLook> {
  const isSeed = step.run.mode === 'seed';
  switch (step.work.table) {
    case 'favourites':
      // Before a seed, only the rows matter: their registers do not exist yet.
      if (isSeed && step.pass === 'verify') return lookAtRows(positionOf(step, after), context);
      return lookFromFavourites(positionOf(step, after), isSeed ? isUnseeded : differsUndamaged, context);
    case 'countedFavourites':
      // Seed only fills in what is missing; mode repair deals with registers without a favourite.
      if (isSeed) return { ...nothingSeen, differences: [], next: undefined, readUnits: 0 };
      return lookFromRegisters(positionOf(step, after), context);
    case 'aggregatedFavourites':
      throw new Error(
        'heal cannot scan AggregatedFavourites, which only the audit scans; correct the plan step',
      );
  }
}

/** The keys on one page; the other table is not read. */
export async function scanKeys(step: SegmentInput, after: string | undefined, { reads }: HealContext) {
  const position = positionOf(step, after);
  const { items, ...page } = await (step.work.table === 'favourites'
    ? reads.scanFavourites(position)
    : reads.scanRegisters(position));
  return { ...page, keys: items.map(({ key }) => key).filter((key) => key !== undefined) };
}

function positionOf(
  { work: { segment, totalSegments } }: SegmentInput,
  after: string | undefined,
): ScanPosition {
  return { segment, totalSegments, ...(after !== undefined && { after }) };
}

async function lookAtRows(position: ScanPosition, { reads, notice }: HealContext): Promise<FirstLook> {
  const { items, next, readUnits } = await reads.scanFavourites(position);
  return { ...seenIn(items, notice), differences: [], next, readUnits };
}

async function lookFromFavourites(
  position: ScanPosition,
  isWanted: (observation: Observation) => boolean,
  { reads, notice }: HealContext,
): Promise<FirstLook> {
  const page = await reads.scanFavourites(position);
  const keyed = page.items.flatMap((favourite) =>
    favourite.key === undefined ? [] : [{ key: favourite.key, favourite }],
  );
  const keys = keyed.map(({ key }) => key);
  const registers = await reads.readRegisters(keys, { consistent: false });
  return {
    ...seenIn(page.items, notice),
    differences: keyed.map((row, index) => ({ ...row, register: registers.items[index] })).filter(isWanted),
    next: page.next,
    readUnits: page.readUnits + registers.readUnits,
  };
}

function seenIn(rows: readonly FavouriteRow[], notice: HealContext['notice']): Seen {
  const uncountable = rows.filter((row) => row.kind === 'uncountable');
  for (const row of uncountable) notice({ kind: 'uncountable', row });
  const of = (kind: FavouriteRow['kind']) => rows.filter((row) => row.kind === kind).length;
  return {
    totals: {
      checked: rows.length - of('not-ours'),
      countable: of('countable'),
      uncounted: of('uncounted'),
      notOurs: of('not-ours'),
      uncountable: uncountable.length,
    },
    rejections: countRejections(uncountable.map(({ rejection }) => rejection)),
  };
}

async function lookFromRegisters(position: ScanPosition, { reads }: HealContext): Promise<FirstLook> {
  const page = await reads.scanRegisters(position);
  // An undamaged tombstone matches a missing row.
  const scanned = page.items.filter(
    ({ register }) => register.createdAt !== undefined || isDamaged(register),
  );
  const keys = scanned.map(({ key }) => key);
  const favourites = await reads.readFavourites(keys, { consistent: false });
  const observed = scanned.map((row, index) => ({ ...row, favourite: favourites.items[index] }));
  return {
    totals: {
      checked: observed.filter(({ key, favourite }) => !isNamedBy(favourite, key)).length,
      registers: scanned.filter(({ register }) => countedBy(register) !== undefined).length,
    },
    rejections: [],
    differences: observed.filter(
      ({ key, favourite, register }) => !isNamedBy(favourite, key) || isDamaged(register),
    ),
    next: page.next,
    readUnits: page.readUnits + favourites.readUnits,
  };
}

function differsUndamaged(observation: Observation): boolean {
  return differs(observation) && !(observation.register !== undefined && isDamaged(observation.register));
}

function isUnseeded({ favourite, register }: Observation): boolean {
  return favourite?.kind === 'countable' && register === undefined;
}
