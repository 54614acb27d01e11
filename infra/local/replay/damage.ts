/**
 * Damages rows directly in the engine, so that a reconcile has something to find and correct. It changes
 * counts, deletes them, or adds counts for restaurants that do not exist. It deletes registers, adds those of
 * rows that do not exist, or changes their `created_at`.
 */
import { type TransactWriteItem, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { createMapping } from '../../../src/counting/mapping.ts';
import type { RestaurantId } from '../../../src/counting/register-key.ts';
import { rankingKeyOf } from '../../../src/counting/ranking.ts';
import { ALL_TIME, type CreatedAt } from '../../../src/counting/time-window.ts';
import {
  aggregatedFavouritesTable as counts,
  countedFavouritesTable as registers,
} from '../../../src/tables/schema.ts';
import { seededRandom } from '../emulator/random.ts';
import { fitIds, inventKey } from '../invented-rows.ts';
import type { LocalRun } from '../local-run.ts';
import { TRANSACTION_ACTIONS_MAX } from './favourite-writes.ts';
import { type CountRow, readCounts, readRegisters, type StoredRegister } from './read-tables.ts';

export interface Damage {
  readonly counts: number;
  readonly registers: number;
}

/** Parses `counts=200,registers=100`. @throws {Error} with the expected format */
export function parseDamage(text: string): Damage {
  const damage = { counts: 0, registers: 0 };
  for (const part of text.split(',')) {
    const [, name, number] = /^\s*(counts|registers)=(\d{1,6})\s*$/.exec(part) ?? [];
    if (name === undefined) throw new Error('expected counts=N,registers=N, or one of them');
    damage[name as keyof Damage] = Number(number);
  }
  return damage;
}

type DamagedRun = Pick<LocalRun, 'dynamoDb' | 'tables' | 'settings'>;

const INVENTED = 'damage';
/** Long enough to change the month and the day of the month. */
const MOVED_MS = 40 * 86_400_000;

/**
 * Damages rows of different restaurants, while there are enough of them, so that no damage hides another. Do
 * not write to the tables meanwhile.
 * @returns the number of damaged rows of each table, which is lower than requested if a table is too small
 */
export async function damageTables(
  run: DamagedRun,
  { damage, seed }: { readonly damage: Damage; readonly seed: number },
): Promise<Damage> {
  const random = seededRandom(seed);
  const countRows = await shuffledRows(readCounts(run), ({ timeWindow }) => timeWindow, random);
  const registerRows = await shuffledRows(readRegisters(run), ({ rowId }) => rowId, random);
  const used = new Set<string>();
  const positive = countRows.filter(({ count }) => count > 0);
  const counted = registerRows.filter(({ createdAt }) => createdAt !== undefined);
  const countWrites = countDamages(run, { next: spread(positive, used), random });
  const registerWrites = registerDamages(run, { next: spread(counted, used), random });

  const write = async (number: number, damages: Damages): Promise<number> => {
    const items = Array.from({ length: number }, (_, i) => damages(i)).filter((item) => item !== undefined);
    for (let i = 0; i < items.length; i += TRANSACTION_ACTIONS_MAX) {
      const TransactItems = items.slice(i, i + TRANSACTION_ACTIONS_MAX);
      await run.dynamoDb.send(new TransactWriteItemsCommand({ TransactItems }));
    }
    return items.length;
  };
  return {
    counts: await write(damage.counts, countWrites),
    registers: await write(damage.registers, registerWrites),
  };
}

interface Choices<Row> {
  /** Undefined when no row is left. */
  readonly next: () => Row | undefined;
  readonly random: () => number;
}

/** Returns the write for one damage. `number` selects one of three kinds. Undefined when no row is left. */
type Damages = (number: number) => TransactWriteItem | undefined;

function countDamages(
  { tables: { aggregatedFavourites: TableName }, settings: { rankingShards } }: DamagedRun,
  { next, random }: Choices<CountRow>,
): Damages {
  const keyOf = (restaurantId: string, timeWindow: string) => ({
    [counts.partitionKey]: { S: restaurantId },
    [counts.sortKey]: { S: timeWindow },
  });
  return (number) => {
    if (number % 3 === 2) {
      const restaurantId = `${INVENTED}-${number}` as RestaurantId;
      const Item = {
        ...keyOf(restaurantId, ALL_TIME),
        [counts.favouriteCount]: { N: String(1 + Math.floor(random() * 9)) },
        [counts.revision]: { N: '1' },
        [counts.rankingKey]: { S: rankingKeyOf(restaurantId, ALL_TIME, rankingShards) },
      };
      return { Put: { TableName, Item } };
    }
    const row = next();
    if (row === undefined) return undefined;
    const Key = keyOf(row.restaurantId, row.timeWindow);
    if (number % 3 === 1) return { Delete: { TableName, Key } };
    const step = (1 + Math.floor(random() * 5)) * (random() < 0.5 ? -1 : 1);
    const UpdateExpression = 'ADD #count :step';
    const ExpressionAttributeNames = { '#count': counts.favouriteCount };
    const ExpressionAttributeValues = { ':step': { N: String(step) } };
    return {
      Update: { TableName, Key, UpdateExpression, ExpressionAttributeNames, ExpressionAttributeValues },
    };
  };
}

function registerDamages(
  { tables: { countedFavourites: TableName }, settings: { source, timeZone } }: DamagedRun,
  { next, random }: Choices<StoredRegister>,
): Damages {
  const { readKey } = createMapping(source, timeZone);
  const inventRowId = (restaurant: string, number: number): string => {
    const ids = fitIds(source, { restaurant, user: `${INVENTED}-${number}`, digits: `-${number}` });
    const key = readKey(inventKey(source, { ...ids, restaurant }));
    return key.kind === 'key' ? key.rowId : ids.user;
  };
  return (number) => {
    const row = next();
    if (row?.createdAt === undefined) return undefined;
    const kind = number % 3;
    const rowId = kind === 1 ? inventRowId(row.restaurantId, number) : row.rowId;
    const Key = { [registers.partitionKey]: { S: row.restaurantId }, [registers.sortKey]: { S: rowId } };
    if (kind === 0) return { Delete: { TableName, Key } };
    const createdAt = kind === 1 ? row.createdAt : moved(row.createdAt, random);
    const Item = {
      ...Key,
      [registers.streamPosition]: { S: row.position },
      ...(createdAt !== undefined && { [registers.createdAt]: { S: createdAt } }),
    };
    return { Put: { TableName, Item } };
  };
}

/** Another date in the same form, a date or an instant; undefined, which un-counts, if there is no date. */
function moved(createdAt: CreatedAt, random: () => number): string | undefined {
  const atMs = Date.parse(createdAt) + MOVED_MS * (random() < 0.5 ? -1 : 1);
  if (Number.isNaN(atMs)) return undefined;
  return createdAt.includes('T') ? new Date(atMs).toISOString() : new Date(atMs).toISOString().slice(0, 10);
}

/** Returns each row once: first the rows of restaurants that are not in `used`, then the others. */
function spread<Row extends { readonly restaurantId: string }>(
  rows: readonly Row[],
  used: Set<string>,
): () => Row | undefined {
  const later: Row[] = [];
  let at = 0;
  return () => {
    for (let row = rows[at]; row !== undefined; row = rows[at]) {
      at += 1;
      if (used.has(row.restaurantId)) later.push(row);
      else {
        used.add(row.restaurantId);
        return row;
      }
    }
    return later.pop();
  };
}

/** Sorts before it shuffles, so that a seed gives the same rows on engines with different scan orders. */
async function shuffledRows<Row extends { readonly restaurantId: string }>(
  rows: AsyncIterable<Row>,
  sortKeyOf: (row: Row) => string,
  random: () => number,
): Promise<readonly Row[]> {
  const keyOf = (row: Row): string => `${row.restaurantId}#${sortKeyOf(row)}`;
  const result = (await Array.fromAsync(rows)).toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  for (let i = result.length - 1; i > 0; i -= 1) {
    const j = Math.floor(random() * (i + 1));
    [result[i], result[j]] = [result[j] as Row, result[i] as Row];
  }
  return result;
}
