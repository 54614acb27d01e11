/**
 * What registers must hold after some writes to rows, by a second, plain implementation of the rules:
 *
 *     a row counts, or does not      → its register says so
 *     a row no longer names it       → the register counts nothing
 *     a row is rejected              → the register that it names stays; a repair takes it out of the counts
 *
 * The last write wins, so nothing here depends on the order of deliveries.
 */
import type { Content, Shape } from './shapes.ts';
import { favouriteId, favouriteKey } from '../favourite-changes.ts';

export interface Write {
  /** Index of the row. */
  readonly row: number;
  /** Undefined deletes the row. */
  readonly content: Content | undefined;
}

/** A write, and the row as it was before. */
export interface Change extends Write {
  readonly before: Content | undefined;
}

/** What a register must hold at the end. */
export interface Expected {
  /** What was last counted, which is not always what the row says: the row may be rejected. */
  readonly since: string | undefined;
  /** The row names this register but is rejected. */
  readonly isRejected: boolean;
}

export function changesOf(writes: readonly Write[]): readonly Change[] {
  const rows = new Map<number, Content | undefined>();
  return writes.map((write) => {
    const before = rows.get(write.row);
    rows.set(write.row, write.content);
    return { ...write, before };
  });
}

/** The {@link favouriteId} of the register that a row with this content names, if it names one. */
export function registerOf(shape: Shape, row: number, content: Content | undefined): string | undefined {
  if (content?.restaurant === undefined) return undefined;
  return favouriteId(favouriteKey(content.restaurant, shape.rows[row]?.rowId));
}

/** By {@link favouriteId}. */
export function expectedRegisters(shape: Shape, writes: readonly Write[]): ReadonlyMap<string, Expected> {
  const expected = new Map<string, Expected>();
  for (const { row, before, content } of changesOf(writes)) {
    const [left, named] = [registerOf(shape, row, before), registerOf(shape, row, content)];
    if (left !== undefined && left !== named) expected.set(left, { since: undefined, isRejected: false });
    if (named === undefined || content === undefined) continue;
    const isRejected = content.verdict === 'rejected';
    expected.set(named, { since: isRejected ? expected.get(named)?.since : content.since, isRejected });
  }
  return expected;
}

/** The registers that the record of this write changes, each as long as no later write changes it. */
export function registersChangedBy(shape: Shape, { row, before, content }: Change): readonly string[] {
  const [left, named] = [registerOf(shape, row, before), registerOf(shape, row, content)];
  const changed: (string | undefined)[] = [];
  if (left !== named && before?.verdict !== 'does not count') changed.push(left);
  const isSame = left === named && before?.verdict === content?.verdict && before?.since === content?.since;
  if (content?.verdict !== 'rejected' && !isSame) changed.push(named);
  return changed.filter((id) => id !== undefined);
}
