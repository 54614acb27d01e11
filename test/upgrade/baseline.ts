/** The baseline of a release: its stateful resources, and the items that it left in its tables. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BatchWriteItemCommand, DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import type { LocalRun, RunTables } from '../../infra/local/local-run.ts';
import { type Settings, settingsFor } from '../../infra/settings/settings.ts';
import { replaySettings } from '../../infra/local/replay/replay-settings.ts';
import type { ReplayEvent } from '../../infra/local/replay/replay-write.ts';
import { reconcileLeaseTable } from '../../src/tables/schema.ts';
import { type Item, itemsOf } from '../support/operated-stack.ts';
import type { StatefulResources } from './stateful-resources.ts';

export interface Baseline {
  readonly resources: Readonly<Record<string, StatefulResources>>;
  /** In the order of their JSON. */
  readonly tables: Readonly<Record<keyof RunTables, readonly Item[]>>;
}

const directory = import.meta.dirname;
const fileOf = (version: string) => join(directory, `${version}.json`);

export const baselineVersions: readonly string[] = readdirSync(directory)
  .filter((name) => /^\d+\.\d+\.\d+\.json$/.test(name))
  .map((name) => name.replace(/\.json$/, ''));

export function readBaseline(version: string): Baseline {
  return JSON.parse(readFileSync(fileOf(version), 'utf8')) as Baseline;
}

/** @throws if there is one already: what a release left does not change any more */
export function baselinePath(version: string): string {
  const path = fileOf(version);
  if (!existsSync(path)) return path;
  throw new Error(`${path} exists: a baseline is written once, before its version is released`);
}

/** Windows are kept for ever, so that the baseline means the same whenever the tests run. */
export function baselineSettings(): Settings {
  const base = replaySettings();
  return settingsFor('dev', {
    ...base,
    timeWindows: { YEAR: 'forever', MONTH: 'forever', WEEK: 'forever', DAY: 'forever' },
    reconcile: { ...base.reconcile, secondReadingSeconds: 0, segmentMegabytes: 1 },
  });
}

export async function tablesOf({ dynamoDb, tables }: LocalRun): Promise<Baseline['tables']> {
  const entries = Object.entries(tables).map(async ([name, tableName]: [string, string]) => {
    const items = await itemsOf(dynamoDb, tableName);
    // Engines return attributes in any order.
    const inOrder = (item: Item) =>
      Object.fromEntries(Object.entries(item).toSorted(([a], [b]) => (a < b ? -1 : 1)));
    const lines = items.map((item) => JSON.stringify(inOrder(item))).toSorted();
    return [name, lines.map((line) => JSON.parse(line) as Item)] as const;
  });
  return Object.fromEntries(await Promise.all(entries)) as unknown as Baseline['tables'];
}

/**
 * Fills empty tables with those of a baseline. The remembered identity of Favourites becomes that of this
 * run's table, because in an upgrade the table stays the same.
 */
export async function restoreTables(
  { dynamoDb, tables }: LocalRun,
  baseline: Baseline['tables'],
): Promise<void> {
  const { Table } = await dynamoDb.send(new DescribeTableCommand({ TableName: tables.favourites }));
  const identity = {
    [reconcileLeaseTable.tableName]: { S: tables.favourites },
    [reconcileLeaseTable.tableId]: { S: Table?.TableId ?? '' },
  };
  for (const [name, items] of Object.entries(baseline) as [keyof RunTables, readonly Item[]][]) {
    const restored = name === 'reconcileLease' ? items.map((item) => ({ ...item, ...identity })) : items;
    for (let from = 0; from < restored.length; from += BATCH_ITEMS_MAX) {
      const puts = restored.slice(from, from + BATCH_ITEMS_MAX).map((Item) => ({ PutRequest: { Item } }));
      await dynamoDb.send(new BatchWriteItemCommand({ RequestItems: { [tables[name]]: puts } }));
    }
  }
}

/** Items in one BatchWriteItem (DynamoDB quotas). */
const BATCH_ITEMS_MAX = 25;

/** Marks, un-marks and marks again of 48 favourites, over the turn of a month and of a year. */
export const pastEvents: readonly ReplayEvent[] = eventsOf('2026-12-29T20:00:00.000Z', (at) => {
  if (at % 4 === 3) return ['mark', 'un-mark'];
  return at % 6 === 5 ? ['mark', 'un-mark', 'mark'] : ['mark'];
});

/** What happens after the upgrade: half of the favourites are un-marked, and others are marked. */
export const laterEvents: readonly ReplayEvent[] = eventsOf('2027-01-02T20:00:00.000Z', (at) => {
  if (at % 4 === 3) return ['mark'];
  return at % 2 === 0 ? ['un-mark', 'mark', 'un-mark'] : [];
});

function eventsOf(
  from: string,
  kindsOf: (at: number) => readonly ReplayEvent['kind'][],
): readonly ReplayEvent[] {
  const hourMs = 3_600_000;
  return Array.from({ length: 48 }, (_, at) => at).flatMap((at) => {
    const createdAt = new Date(Date.parse(from) + at * hourMs).toISOString();
    const favourite = { restaurantId: `r${at % 5}`, userId: `u${at}`, createdAt };
    return kindsOf(at).map((kind): ReplayEvent => ({ kind, ...favourite }));
  });
}
