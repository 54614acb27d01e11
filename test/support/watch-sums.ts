/** Watches I1 from outside: repeatedly reads a restaurant's registers and counts in one transaction. */
import { TransactGetItemsCommand, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import type { LocalRun } from '../../infra/local/local-run.ts';
import { readCounts } from '../../infra/local/replay/read-tables.ts';
import {
  aggregatedFavouritesTable as aggregated,
  countedFavouritesTable as counted,
} from '../../src/tables/schema.ts';

/** Actions in one TransactGetItems (DynamoDB quotas). */
const ACTIONS_MAX = 100;

export interface SumWatch {
  /** Stops after the current read. `wrong` has a sentence for each count that did not match. */
  stop(): Promise<{ readonly looks: number; readonly wrong: readonly string[] }>;
}

/**
 * The restaurants and users must be few, because one transaction reads all registers of a restaurant and its
 * ALL_TIME row.
 */
export function watchSums(
  run: LocalRun,
  options: { readonly restaurants: readonly string[]; readonly users: readonly string[] },
): SumWatch {
  const watch = { isOver: false, looks: 0 };
  const wrong: string[] = [];
  const lookAtAll = async (): Promise<void> => {
    while (!watch.isOver) {
      const windows = await knownWindows(run);
      for (const restaurantId of options.restaurants) {
        const differences = await lookAt(run, {
          restaurantId,
          users: options.users,
          windows: windows.get(restaurantId) ?? [],
        });
        if (differences === undefined) continue;
        watch.looks += 1;
        wrong.push(...differences);
      }
    }
  };
  const ended = lookAtAll();
  ended.catch(() => {});
  return {
    async stop() {
      watch.isOver = true;
      await ended;
      return { looks: watch.looks, wrong };
    },
  };
}

async function knownWindows(run: LocalRun): Promise<ReadonlyMap<string, readonly string[]>> {
  const windows = new Map<string, string[]>();
  for await (const { restaurantId, timeWindow } of readCounts(run)) {
    windows.set(restaurantId, [...(windows.get(restaurantId) ?? []), timeWindow]);
  }
  return windows;
}

/** Undefined when a transaction in progress made the read fail. */
async function lookAt(
  { dynamoDb, tables }: LocalRun,
  options: {
    readonly restaurantId: string;
    readonly users: readonly string[];
    readonly windows: readonly string[];
  },
): Promise<readonly string[] | undefined> {
  const windows = options.windows.slice(0, ACTIONS_MAX - options.users.length);
  const partition = { [counted.partitionKey]: { S: options.restaurantId } };
  const registerGets = options.users.map((user) => ({
    Get: { TableName: tables.countedFavourites, Key: { ...partition, [counted.sortKey]: { S: user } } },
  }));
  const countGets = windows.map((window) => ({
    Get: {
      TableName: tables.aggregatedFavourites,
      Key: { ...partition, [aggregated.sortKey]: { S: window } },
    },
  }));
  try {
    const { Responses: items = [] } = await dynamoDb.send(
      new TransactGetItemsCommand({ TransactItems: [...registerGets, ...countGets] }),
    );
    const dates = items
      .slice(0, registerGets.length)
      .flatMap(({ Item }) => Item?.[counted.createdAt]?.S ?? []);
    return items.slice(registerGets.length).flatMap(({ Item }, i) => {
      const window = windows[i] ?? '';
      const actual = Number(Item?.[aggregated.favouriteCount]?.N ?? 0);
      const right = dates.filter((date) => windowsByHand(date).includes(window)).length;
      return actual === right ? [] : [`${options.restaurantId} ${window}: ${actual}, registers say ${right}`];
    });
  } catch (error) {
    if (error instanceof TransactionCanceledException) return undefined;
    throw error;
  }
}

/** ALL_TIME, the month and the day, computed without the product's code. */
export function windowsByHand(createdAt: string): readonly string[] {
  const month = new Date(createdAt)
    .toLocaleString('en-US', { month: 'short', timeZone: 'UTC' })
    .toUpperCase();
  return ['ALL_TIME', `${month}_${createdAt.slice(0, 4)}`, createdAt.slice(0, 10).replaceAll('-', '')];
}
