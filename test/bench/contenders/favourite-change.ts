/** What the contenders (a) to (c) read in a stream record: whose counts change, and by how much. */
import type { DynamoDBRecord } from 'aws-lambda';

export interface FavouriteChange {
  readonly restaurantId: string;
  readonly delta: 1 | -1;
  /** All time, the month and the day of the favourite, in UTC. */
  readonly windows: readonly string[];
}

export function changeOf({ eventName, dynamodb }: DynamoDBRecord): FavouriteChange {
  const isMark = eventName === 'INSERT';
  const image = isMark ? dynamodb?.NewImage : dynamodb?.OldImage;
  const restaurantId = image?.['restaurant_id']?.S;
  const createdAt = image?.['created_at']?.S;
  if (restaurantId === undefined || createdAt === undefined) throw new Error('The record has no favourite');
  return { restaurantId, delta: isMark ? 1 : -1, windows: plainWindows(createdAt) };
}

export function plainWindows(createdAt: string): readonly string[] {
  return ['ALL_TIME', createdAt.slice(0, 7), createdAt.slice(0, 10)];
}

/** The kinds of the windows above, as the setting `ranking` names them. */
export const windowKindsInOrder = ['ALL_TIME', 'MONTH', 'DAY'] as const;

/** Runs `each` for every item, at most `atOnce` at the same time. Rejects with the first error. */
export async function inParallel<T>(
  items: readonly T[],
  atOnce: number,
  each: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items.values();
  const work = async (): Promise<void> => {
    for (const item of queue) await each(item);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, work));
}
