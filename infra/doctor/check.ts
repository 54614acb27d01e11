/** Reads every row of a sample as the settings describe it, and tallies how the rows would be counted. */
import { createMapping } from '../../src/counting/mapping.ts';
import type { RejectionReason } from '../../src/counting/rejection.ts';
import type { Source } from '../../src/counting/source/source.ts';
import type { CreatedAt } from '../../src/counting/time-window.ts';
import { UTC } from '../../src/counting/time-zone.ts';
import type { Kind } from './profile/kinds.ts';
import type { Item } from './profile/sample.ts';

export interface Tally {
  counts: number;
  doesNotCount: number;
  otherKind: number;
  rejected: number;
}

export interface Check {
  readonly rows: number;
  readonly total: Readonly<Tally>;
  /** In the order of the kinds. */
  readonly byKind: readonly (readonly [Kind, Readonly<Tally>])[];
  /** The most frequent first, with the detail of most of its rows, which holds no id. */
  readonly rejections: readonly {
    readonly reason: RejectionReason;
    readonly rows: number;
    readonly detail: string;
  }[];
  /** Rows that count for a restaurant and user that another row counts for already. */
  readonly duplicates: number;
  readonly dates: readonly CreatedAt[];
}

export function checkSource(
  source: Source,
  kinds: readonly Kind[],
  userOf: ((item: Item) => string | undefined) | undefined,
): Check {
  const mapping = createMapping(source, UTC);
  const total: Tally = { counts: 0, doesNotCount: 0, otherKind: 0, rejected: 0 };
  const rejections = new Map<RejectionReason, Map<string, number>>();
  const pairs = new Set<string>();
  const dates: CreatedAt[] = [];
  let duplicates = 0;
  const judge = (item: Item, tally: Tally): void => {
    const row = mapping.readRow(item);
    const member = memberOf[row.kind];
    tally[member] += 1;
    total[member] += 1;
    if (row.kind === 'countable') {
      dates.push(row.createdAt);
      const user = userOf?.(item);
      const pair = JSON.stringify([row.key.restaurantId, user]);
      if (user !== undefined && pairs.has(pair)) duplicates += 1;
      pairs.add(pair);
    }
    if (row.kind !== 'uncountable') return;
    const { reason, detail } = row.rejection;
    const details = rejections.get(reason) ?? new Map<string, number>();
    rejections.set(reason, details.set(detail, (details.get(detail) ?? 0) + 1));
  };
  const byKind = kinds.map((kind) => {
    const tally: Tally = { counts: 0, doesNotCount: 0, otherKind: 0, rejected: 0 };
    for (const { item } of kind.rows) judge(item, tally);
    return [kind, tally] as const;
  });
  const rows = kinds.reduce((sum, kind) => sum + kind.rows.length, 0);
  return { rows, total, byKind, rejections: sortedRejections(rejections), duplicates, dates };
}

const memberOf = {
  countable: 'counts',
  uncounted: 'doesNotCount',
  'not-ours': 'otherKind',
  uncountable: 'rejected',
} as const;

function sortedRejections(
  rejections: ReadonlyMap<RejectionReason, ReadonlyMap<string, number>>,
): Check['rejections'] {
  const found = [...rejections].map(([reason, details]) => {
    const [usual = ['', 0]] = [...details].toSorted((a, b) => b[1] - a[1]);
    const rows = [...details.values()].reduce((sum, count) => sum + count, 0);
    return { reason, rows, detail: usual[0] };
  });
  return found.toSorted((a, b) => b.rows - a.rows);
}
