/** Where a step of the audit ended: both scans, and the suspects that it had no time for. */
import type { RestaurantId } from '../../counting/favourite-event.ts';

export interface AuditCursor {
  readonly registers: ScanProgress;
  readonly rows: ScanProgress;
  /** Examined first by the next step. */
  readonly late: readonly RestaurantId[];
}

export interface ScanProgress {
  readonly after?: string;
  readonly ended: boolean;
}

/** Characters of late restaurants' ids; the rest of a cursor is two keys. */
const LATE_LENGTH_MAX = 3_000;

export function parseAuditCursor(text: string | undefined): AuditCursor {
  if (text === undefined) return { registers: { ended: false }, rows: { ended: false }, late: [] };
  try {
    return JSON.parse(text) as AuditCursor;
  } catch (cause) {
    throw new Error(
      'The cursor of this step is none that a step of audit returned: start the segment anew.',
      {
        cause,
      },
    );
  }
}

/** `dropped`: late restaurants that found no room. */
export function writeAuditCursor(cursor: AuditCursor): {
  readonly text: string;
  readonly dropped: readonly RestaurantId[];
} {
  let length = 0;
  const late: RestaurantId[] = [];
  const dropped: RestaurantId[] = [];
  for (const restaurantId of cursor.late) {
    length += restaurantId.length + 3;
    (length <= LATE_LENGTH_MAX ? late : dropped).push(restaurantId);
  }
  return { text: JSON.stringify({ ...cursor, late }), dropped };
}
