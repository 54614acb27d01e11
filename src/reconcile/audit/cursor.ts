/** Where a step of the audit ended: both scans, and the suspects that it had no time to examine. */
import type { RestaurantId } from '../../counting/register-key.ts';
import type { ScannedSide } from './scan-pairing.ts';

export interface AuditCursor extends Record<ScannedSide, ScanProgress> {
  /** The next step examines them first. */
  readonly unexamined: readonly RestaurantId[];
}

export interface ScanProgress {
  readonly after?: string;
  readonly ended: boolean;
}

/** Characters that the ids of unexamined restaurants may take; the rest of a cursor is two keys. */
const UNEXAMINED_LENGTH_MAX = 3_000;

export function parseAuditCursor(text: string | undefined): AuditCursor {
  if (text === undefined) return { registers: { ended: false }, rows: { ended: false }, unexamined: [] };
  try {
    // An execution that began before a deployment may still write the name `late`.
    const { late = [], ...cursor } = JSON.parse(text) as AuditCursor & { readonly late?: RestaurantId[] };
    return { ...cursor, unexamined: cursor.unexamined ?? late };
  } catch (cause) {
    throw new Error('cursor was not written by the audit; start the segment again without one', {
      cause,
    });
  }
}

/** `dropped`: unexamined restaurants that did not fit. */
export function writeAuditCursor(cursor: AuditCursor): {
  readonly text: string;
  readonly dropped: readonly RestaurantId[];
} {
  let length = 0;
  const unexamined: RestaurantId[] = [];
  const dropped: RestaurantId[] = [];
  for (const restaurantId of cursor.unexamined) {
    length += restaurantId.length + 3;
    (length <= UNEXAMINED_LENGTH_MAX ? unexamined : dropped).push(restaurantId);
  }
  return { text: JSON.stringify({ ...cursor, unexamined }), dropped };
}
