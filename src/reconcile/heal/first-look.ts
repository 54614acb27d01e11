/**
 * Finds which registers of one page differ from their rows, by eventually consistent reads. With digests it
 * looks only at the favourites that are suspect.
 *
 * The scan of Favourites finds the differences of undamaged registers whose row counts. The scan of the
 * registers finds all others: a counted register without a row that counts and names it, and every damaged
 * one. Its scan also deals with rows that cannot be counted. Such a row may be written between the two scans,
 * so the scan of Favourites cannot be relied on to have seen it. A damaged register may make events look
 * stale, and its row may be gone before the scan of Favourites reaches it.
 */
import { countedBy, isDamaged } from '../../counting/counted-favourite.ts';
import { differs, isCounting, type Observation } from '../../counting/drift.ts';
import type { ScanPosition } from '../../tables/dynamodb/scan.ts';
import { nothingSeen, type Seen, seenIn } from '../rows-seen.ts';
import type { SegmentInput } from '../run.ts';
import type { IsSuspect } from '../digest/suspect-cells.ts';
import type { HealContext } from './context.ts';

export interface FirstLook extends Seen {
  readonly differences: readonly Observation[];
  /** Where the next page begins; undefined at the end of the segment. */
  readonly next: string | undefined;
  readonly readUnits: number;
}

export interface LookContext extends HealContext {
  /** If undefined, every favourite is looked up, and the rows are counted by kind. */
  readonly isSuspect: IsSuspect | undefined;
}

/** @param after where the previous page ended. @throws {Error} for a table that heal does not scan. */
export async function firstLook(
  step: SegmentInput,
  after: string | undefined,
  context: LookContext,
): Promise<FirstLook> {
  const isSeed = step.run.mode === 'seed';
  switch (step.work.table) {
    case 'favourites':
      // Before a seed, only the rows matter: their registers do not exist yet.
      if (isSeed && step.pass === 'verify') return lookAtRows(positionOf(step, after), context);
      return lookFromFavourites(positionOf(step, after), isSeed ? isUnseeded : isOfItsRow, context);
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

async function lookAtRows(position: ScanPosition, { reads, notice }: LookContext): Promise<FirstLook> {
  const { items, next, readUnits } = await reads.scanFavourites(position);
  const seen = seenIn(items, (row) => notice({ kind: 'uncountable', row }));
  return { ...seen, differences: [], next, readUnits };
}

async function lookFromFavourites(
  position: ScanPosition,
  isWanted: (observation: Observation) => boolean,
  { reads, notice, isSuspect }: LookContext,
): Promise<FirstLook> {
  const page = await reads.scanFavourites(position);
  const keyed = page.items.flatMap((favourite) =>
    favourite.kind === 'countable' && isSuspect?.(favourite.key) !== false
      ? [{ key: favourite.key, favourite }]
      : [],
  );
  const registers = await reads.readRegisters(
    keyed.map(({ key }) => key),
    { consistent: false },
  );
  const seen = isSuspect ? nothingSeen : seenIn(page.items, (row) => notice({ kind: 'uncountable', row }));
  return {
    totals: { ...seen.totals, lookedUp: keyed.length },
    rejections: seen.rejections,
    differences: keyed.map((row, index) => ({ ...row, register: registers.items[index] })).filter(isWanted),
    next: page.next,
    readUnits: page.readUnits + registers.readUnits,
  };
}

async function lookFromRegisters(
  position: ScanPosition,
  { reads, isSuspect }: LookContext,
): Promise<FirstLook> {
  const page = await reads.scanRegisters(position);
  // An undamaged tombstone matches a missing row.
  const scanned = page.items.filter(
    ({ key, register }) =>
      (register.createdAt !== undefined || isDamaged(register)) && isSuspect?.(key) !== false,
  );
  const keys = scanned.map(({ key }) => key);
  const favourites = await reads.readFavourites(keys, { consistent: false });
  const observed = scanned.map((row, index) => ({ ...row, favourite: favourites.items[index] }));
  const alone = observed.filter((observation) => !isCounting(observation));
  return {
    totals: {
      lookedUp: keys.length,
      ...(isSuspect === undefined && {
        checked: alone.length,
        registers: scanned.filter(({ register }) => countedBy(register) !== undefined).length,
      }),
    },
    rejections: [],
    differences: observed.filter(
      (observation) => !isCounting(observation) || isDamaged(observation.register),
    ),
    next: page.next,
    readUnits: page.readUnits + favourites.readUnits,
  };
}

/** Whether the scan of Favourites reports the difference. */
function isOfItsRow(observation: Observation): boolean {
  return differs(observation) && !(observation.register !== undefined && isDamaged(observation.register));
}

function isUnseeded({ register }: Observation): boolean {
  return register === undefined;
}
