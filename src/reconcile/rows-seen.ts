/** What the rows of some pages are, whether or not anything differs. */
import type { FavouriteRow } from '../counting/mapping.ts';
import { addRejections, countRejections } from './rejections.ts';
import type { RejectionCount } from './run.ts';
import { addTotals, type StageTotals } from './totals.ts';

export type UncountableRow = Extract<FavouriteRow, { readonly kind: 'uncountable' }>;

export interface Seen {
  readonly totals: Partial<StageTotals>;
  readonly rejections: readonly RejectionCount[];
}

export const nothingSeen: Seen = { totals: {}, rejections: [] };

export function addSeen(a: Seen, b: Seen): Seen {
  return { totals: addTotals(a.totals, b.totals), rejections: addRejections(a.rejections, b.rejections) };
}

/** @param notice called for each row that can never be counted as it is */
export function seenIn(rows: readonly FavouriteRow[], notice: (row: UncountableRow) => void): Seen {
  const uncountable = rows.filter((row) => row.kind === 'uncountable');
  uncountable.forEach(notice);
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
