/**
 * Damage, done straight at the engine, past every transaction: what a reconcile must find and put right. Counts: changed,
 * deleted, invented for restaurants that do not exist. Registers: removed, invented, with another `created_at`.
 */
import {
  type AttributeValue,
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { RestaurantId } from '../../../src/counting/favourite-event.ts';
import { rankingKeyOf } from '../../../src/counting/ranking.ts';
import { ALL_TIME } from '../../../src/counting/time-window.ts';
import {
  aggregatedFavouritesTable as counts,
  countedFavouritesTable as registers,
} from '../../../src/tables/schema.ts';
import { seededRandom } from '../emulator/random.ts';
import {
  type CountRow,
  readCounts,
  readRegisters,
  type StoredRegister,
  type TableReader,
} from './read-tables.ts';

export interface Damage {
  readonly counts: number;
  readonly registers: number;
}

export interface DamageOptions extends TableReader {
  readonly tables: TableReader['tables'] & { readonly countedFavourites: string };
  readonly rankingShards: number;
  readonly damage: Damage;
  readonly seed: number;
}

/** Reads `counts=200,registers=100`. @throws {Error} saying what was expected. */
export function parseDamage(text: string): Damage {
  const damage = { counts: 0, registers: 0 };
  for (const part of text.split(',')) {
    const [, name, number] = /^\s*(counts|registers)=(\d{1,6})\s*$/.exec(part) ?? [];
    if (name === undefined) throw new Error('expected counts=N,registers=N, or one of them');
    damage[name as keyof Damage] = Number(number);
  }
  return damage;
}

/** Requests under way at a time. */
const CONCURRENCY = 16;
const INVENTED = 'damage';
/** Another month, and another day of it. */
const MOVED_MS = 40 * 86_400_000;

type Write = (client: DynamoDBClient) => Promise<unknown>;

/**
 * Each damaged row lies in a restaurant of its own as long as there are enough of them: what is done to one does not
 * hide what is done to the other. The tables must hold still.
 * @returns how many of each were damaged, which is less than asked where the tables are too small
 */
export async function damageTables(o: DamageOptions): Promise<Damage> {
  const random = seededRandom(o.seed);
  const restaurants = new Restaurants();
  const countRows = shuffled(
    await sortedRows(readCounts(o), ({ restaurantId, timeWindow }) => `${restaurantId}#${timeWindow}`),
    random,
  );
  const registerRows = shuffled(
    await sortedRows(readRegisters(o), ({ restaurantId, userId }) => `${restaurantId}#${userId}`),
    random,
  );
  const living = restaurants.spread(countRows.filter(({ count }) => count > 0));
  const live = restaurants.spread(registerRows.filter(({ createdAt }) => createdAt !== undefined));

  const countWrites = Array.from({ length: o.damage.counts }, (_, i) =>
    damageCount(o, { kind: i % 3, number: i, row: () => living.next(), random }),
  );
  const registerWrites = Array.from({ length: o.damage.registers }, (_, i) =>
    damageRegister(o, { kind: i % 3, number: i, row: () => live.next(), random }),
  );
  const done = async (writes: readonly (Write | undefined)[]): Promise<number> => {
    const wanted = writes.filter((write) => write !== undefined);
    for (let i = 0; i < wanted.length; i += CONCURRENCY) {
      await Promise.all(wanted.slice(i, i + CONCURRENCY).map((write) => write(o.dynamoDb)));
    }
    return wanted.length;
  };
  return { counts: await done(countWrites), registers: await done(registerWrites) };
}

interface Choice<R> {
  readonly kind: number;
  readonly number: number;
  /** Undefined: there is none left. */
  readonly row: () => R | undefined;
  readonly random: () => number;
}

function damageCount(o: DamageOptions, { kind, number, row, random }: Choice<CountRow>): Write | undefined {
  const TableName = o.tables.aggregatedFavourites;
  if (kind === 2) {
    const restaurantId = `${INVENTED}-${number}` as RestaurantId;
    const Item = {
      ...countKey({ restaurantId, timeWindow: ALL_TIME }),
      [counts.favouriteCount]: { N: String(1 + Math.floor(random() * 9)) },
      [counts.revision]: { N: '1' },
      [counts.rankingKey]: { S: rankingKeyOf(restaurantId, ALL_TIME, o.rankingShards) },
    };
    return (client) => client.send(new PutItemCommand({ TableName, Item }));
  }
  const found = row();
  if (found === undefined) return undefined;
  const Key = countKey(found);
  if (kind === 1) return (client) => client.send(new DeleteItemCommand({ TableName, Key }));
  const step = (1 + Math.floor(random() * 5)) * (random() < 0.5 ? -1 : 1);
  return (client) =>
    client.send(
      new UpdateItemCommand({
        TableName,
        Key,
        UpdateExpression: 'ADD #count :step',
        ExpressionAttributeNames: { '#count': counts.favouriteCount },
        ExpressionAttributeValues: { ':step': { N: String(step) } },
      }),
    );
}

function damageRegister(
  o: DamageOptions,
  { kind, number, row, random }: Choice<StoredRegister>,
): Write | undefined {
  const TableName = o.tables.countedFavourites;
  const found = row();
  if (found?.createdAt === undefined) return undefined;
  if (kind === 0)
    return (client) => client.send(new DeleteItemCommand({ TableName, Key: registerKey(found) }));
  const moved = kind === 2 ? MOVED_MS * (random() < 0.5 ? -1 : 1) : 0;
  const userId = kind === 1 ? `${INVENTED}-${number}` : found.userId;
  const Item = {
    ...registerKey({ ...found, userId }),
    [registers.streamPosition]: { S: found.position },
    [registers.createdAt]: { S: new Date(Date.parse(found.createdAt) + moved).toISOString() },
  };
  return (client) => client.send(new PutItemCommand({ TableName, Item }));
}

function countKey({
  restaurantId,
  timeWindow,
}: Pick<CountRow, 'restaurantId' | 'timeWindow'>): Record<string, AttributeValue> {
  return { [counts.partitionKey]: { S: restaurantId }, [counts.sortKey]: { S: timeWindow } };
}

function registerKey({
  restaurantId,
  userId,
}: Pick<StoredRegister, 'restaurantId' | 'userId'>): Record<string, AttributeValue> {
  return { [registers.partitionKey]: { S: restaurantId }, [registers.sortKey]: { S: userId } };
}

/** Hands out rows of restaurants that had none yet, then the others; never one row twice. */
class Restaurants {
  readonly #used = new Set<string>();

  spread<R extends { readonly restaurantId: string }>(rows: readonly R[]): { next(): R | undefined } {
    const later: R[] = [];
    let at = 0;
    return {
      next: () => {
        for (let row = rows[at]; row !== undefined; row = rows[at]) {
          at += 1;
          if (this.#used.has(row.restaurantId)) later.push(row);
          else {
            this.#used.add(row.restaurantId);
            return row;
          }
        }
        return later.pop();
      },
    };
  }
}

/** Their order in the scan is the engine's own: sorted, a seed means the same on every one. */
async function sortedRows<R>(rows: AsyncIterable<R>, key: (row: R) => string): Promise<readonly R[]> {
  const collected: R[] = [];
  for await (const row of rows) collected.push(row);
  return collected.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}

function shuffled<R>(rows: readonly R[], random: () => number): readonly R[] {
  const result = [...rows];
  for (let i = result.length - 1; i > 0; i -= 1) {
    const j = Math.floor(random() * (i + 1));
    [result[i], result[j]] = [result[j] as R, result[i] as R];
  }
  return result;
}
