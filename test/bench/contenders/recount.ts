/** What the counts should be, from the events themselves, and which counts in a table differ. */
import { paginateScan, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { LoadEvent } from './loads.ts';

/** By restaurant and window; no count is 0. */
export type Counts = ReadonlyMap<string, number>;

export function recount(
  events: readonly LoadEvent[],
  windowsOf: (createdAt: string) => readonly string[],
): Counts {
  const counts = new Map<string, number>();
  for (const { restaurantId, createdAt, isMark } of events) {
    for (const window of windowsOf(createdAt)) {
      const id = idOf(restaurantId, window);
      counts.set(id, (counts.get(id) ?? 0) + (isMark ? 1 : -1));
    }
  }
  return new Map([...counts].filter(([, count]) => count !== 0));
}

export async function readCounts(client: DynamoDBClient, TableName: string): Promise<Counts> {
  const counts = new Map<string, number>();
  for await (const { Items = [] } of paginateScan({ client }, { TableName })) {
    for (const item of Items) {
      const count = Number(item['favourite_count']?.N ?? 0);
      if (count !== 0) counts.set(idOf(item['restaurant_id']?.S ?? '', item['time_window']?.S ?? ''), count);
    }
  }
  return counts;
}

export function wrongCounts(expected: Counts, actual: Counts): number {
  const ids = new Set([...expected.keys(), ...actual.keys()]);
  return [...ids].filter((id) => (expected.get(id) ?? 0) !== (actual.get(id) ?? 0)).length;
}

function idOf(restaurantId: string, window: string): string {
  return `${restaurantId} ${window}`;
}
