/**
 * The first, eventually consistent look at one page: which favourites differ from their registers. Each favourite
 * is looked at from one side only, so that nothing is found twice: a row of Favourites from its own scan, and from
 * the registers' scan what has no row. Damaged registers are for the second, wherever their row is: they may keep its
 * events out, and the row may be gone before it is scanned.
 */
import type { FavouriteRow } from '../../counting/favourite-event.ts';
import type { ScanPosition } from '../../tables/dynamodb/scan.ts';
import type { SegmentInput } from '../run.ts';
import { differs, type Observation } from '../../counting/drift.ts';
import { isDamaged } from '../../counting/counted-favourite.ts';
import type { HealReads } from './reads.ts';

export interface FirstLook {
  readonly differences: readonly Observation[];
  /** Favourites that were compared. */
  readonly checked: number;
  readonly uncountable: readonly UncountableRow[];
  /** Where the next page begins; undefined at the end of the segment. */
  readonly next: string | undefined;
  readonly readUnits: number;
}

export type UncountableRow = Extract<FavouriteRow, { readonly kind: 'uncountable' }>;

interface PageRequest {
  /** Where the page before ended; undefined at the start of the segment. */
  readonly after: string | undefined;
  readonly reads: HealReads;
}

/** @throws {Error} for a table that heal does not scan. */
export async function firstLook(step: SegmentInput, { after, reads }: PageRequest): Promise<FirstLook> {
  const { mode } = step.run;
  switch (step.work.table) {
    case 'favourites':
      return lookFromFavourites(positionOf(step, after), {
        reads,
        isWanted: mode === 'seed' ? isUnseeded : differsUndamaged,
      });
    case 'countedFavourites':
      // Seed fills in what is missing; a register without a favourite is for repair.
      return mode === 'seed' ? nothing : lookFromRegisters(positionOf(step, after), reads);
    case 'aggregatedFavourites':
      throw new Error(
        'heal was asked to scan AggregatedFavourites, which the audit does; correct the plan step',
      );
  }
}

/** The favourites of one page alone. */
export async function scanKeys(step: SegmentInput, { after, reads }: PageRequest) {
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

const nothing: FirstLook = { differences: [], checked: 0, uncountable: [], next: undefined, readUnits: 0 };

async function lookFromFavourites(
  position: ScanPosition,
  o: { readonly reads: HealReads; readonly isWanted: (observation: Observation) => boolean },
): Promise<FirstLook> {
  const page = await o.reads.scanFavourites(position);
  const keyed = page.items.flatMap((favourite) =>
    favourite.key === undefined ? [] : [{ key: favourite.key, favourite }],
  );
  const registers = await o.reads.readRegisters(
    keyed.map(({ key }) => key),
    { consistent: false },
  );
  return {
    differences: keyed.map((row, index) => ({ ...row, register: registers.items[index] })).filter(o.isWanted),
    checked: page.items.length,
    uncountable: page.items.filter((row) => row.kind === 'uncountable'),
    next: page.next,
    readUnits: page.readUnits + registers.readUnits,
  };
}

async function lookFromRegisters(position: ScanPosition, reads: HealReads): Promise<FirstLook> {
  const page = await reads.scanRegisters(position);
  // A sound tombstone agrees with whatever is not there.
  const standing = page.items.filter(
    ({ register }) => register.createdAt !== undefined || isDamaged(register),
  );
  const favourites = await reads.readFavourites(
    standing.map(({ key }) => key),
    { consistent: false },
  );
  const observed = standing.map(({ key, register }, index) => ({
    key,
    register,
    favourite: favourites.items[index],
  }));
  const withoutRow = observed.filter(({ favourite }) => favourite === undefined);
  return {
    differences: observed.filter(({ favourite, register }) => favourite === undefined || isDamaged(register)),
    checked: withoutRow.length,
    uncountable: [],
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
