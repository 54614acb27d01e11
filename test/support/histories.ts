/**
 * Arbitrary histories of a Favourites table: its stream records, and the rows and counts that must result
 * from them. This file computes the expected counts from the table alone, without the code under test.
 */
import fc from 'fast-check';

export interface HistoryRecord {
  readonly eventID: string;
  readonly eventName: 'INSERT' | 'REMOVE';
  readonly eventSourceARN: string;
  readonly dynamodb: {
    readonly ApproximateCreationDateTime: number;
    readonly SequenceNumber: string;
    readonly Keys: Readonly<Record<string, { readonly S: string }>>;
    readonly NewImage?: Readonly<Record<string, { readonly S: string }>>;
    readonly OldImage?: Readonly<Record<string, { readonly S: string }>>;
  };
}

export interface History {
  readonly records: readonly HistoryRecord[];
  /** Rows that remain at the end: `<restaurant>#<user>` to `created_at`. */
  readonly rows: ReadonlyMap<string, string>;
}

export const HISTORY_TABLE_ARN = 'arn:aws:dynamodb:eu-west-1:000000000000:table/Favourites';
const STREAM = `${HISTORY_TABLE_ARN}/stream/2022-08-01T00:00:00.000`;
/**
 * Sequence numbers start here, so that code that treats them as numbers, or compares strings of different
 * length, fails.
 */
const FIRST_SEQUENCE_NUMBER = 9_999_999_999_999_999_999_990n;

const DAYS = [
  '2022-07-31T23:59:59Z',
  '2022-08-01T00:00:00Z',
  '2022-08-01T12:30:00.250Z',
  '2022-09-01T08:00:00Z',
];

/**
 * Histories with few restaurants, users and days, so that many events affect the same rows. A toggle marks an
 * absent favourite and un-marks a present favourite.
 */
export function historyArbitrary(options: {
  readonly restaurants: number;
  readonly users: number;
  readonly length: number;
}) {
  const toggle = fc.record({
    restaurant: fc.nat({ max: options.restaurants - 1 }),
    user: fc.nat({ max: options.users - 1 }),
    createdAt: fc.constantFrom(...DAYS),
  });
  return fc.array(toggle, { minLength: 1, maxLength: options.length }).map(historyOf);
}

export function historyOf(
  toggles: readonly { readonly restaurant: number; readonly user: number; readonly createdAt: string }[],
): History {
  const rows = new Map<string, string>();
  const records = toggles.map(({ restaurant, user, createdAt }, index): HistoryRecord => {
    const [restaurantId, userId] = [`r${restaurant}`, `u${user}`];
    const key = `${restaurantId}#${userId}`;
    const image = (at: string) => ({
      restaurant_id_user_id: { S: key },
      restaurant_id: { S: restaurantId },
      user_id: { S: userId },
      created_at: { S: at },
    });
    const before = rows.get(key);
    if (before === undefined) rows.set(key, createdAt);
    else rows.delete(key);
    return {
      eventID: `event-${index}`,
      eventName: before === undefined ? 'INSERT' : 'REMOVE',
      eventSourceARN: STREAM,
      dynamodb: {
        ApproximateCreationDateTime: 1_660_000_000 + index,
        SequenceNumber: String(FIRST_SEQUENCE_NUMBER + BigInt(index)),
        Keys: { restaurant_id_user_id: { S: key } },
        ...(before === undefined ? { NewImage: image(createdAt) } : { OldImage: image(before) }),
      },
    };
  });
  return { records, rows };
}

const MONTHS: Readonly<Record<string, string>> = { '07': 'JUL', '08': 'AUG', '09': 'SEP' };

/** Each count by `<restaurant>/<window>`, for ALL_TIME, months and days. */
export function expectedCounts(rows: ReadonlyMap<string, string>): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const [key, createdAt] of rows) {
    const restaurantId = key.slice(0, key.indexOf('#'));
    const [year = '', month = '', day = ''] = createdAt.slice(0, 10).split('-');
    for (const window of ['ALL_TIME', `${MONTHS[month]}_${year}`, `${year}${month}${day}`]) {
      counts[`${restaurantId}/${window}`] = (counts[`${restaurantId}/${window}`] ?? 0) + 1;
    }
  }
  return counts;
}

/**
 * Duplicates, reorders and cuts `items` in any way that at-least-once delivery allows. Every item is
 * delivered at least once.
 */
export function deliveriesOf<T>(items: readonly T[]): fc.Arbitrary<readonly (readonly T[])[]> {
  const indices = items.map((_, index) => index);
  return fc
    .tuple(
      fc.array(fc.constantFrom(...indices), { maxLength: items.length }),
      fc.array(fc.nat({ max: 6 }), { minLength: 1, maxLength: 6 }),
    )
    .chain(([again, sizes]) =>
      fc
        .shuffledSubarray([...indices, ...again.map((index) => index + items.length)], {
          minLength: indices.length + again.length,
        })
        .map((order) =>
          cut(
            order.map((index) => items[index % items.length] as T),
            sizes,
          ),
        ),
    );
}

/** Cuts the items into batches, each with one record more than its size. The sizes are used in turn. */
function cut<T>(items: readonly T[], sizes: readonly number[]): readonly (readonly T[])[] {
  const batches: T[][] = [];
  for (let from = 0; from < items.length; ) {
    const size = 1 + (sizes[batches.length % sizes.length] ?? 0);
    batches.push(items.slice(from, from + size));
    from += size;
  }
  return batches;
}
