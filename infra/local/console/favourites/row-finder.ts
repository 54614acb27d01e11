/**
 * Finds the rows of a favourite: by its key, or by its partition key. If the ids give neither, it reads the
 * whole table, and keeps the rows of the last user until something else is written.
 */
import { type DynamoDBClient, GetItemCommand, paginateQuery, paginateScan } from '@aws-sdk/client-dynamodb';
import { plainNumber } from '../../../../src/counting/source/number-text.ts';
import { InputError } from '../../../command-line/input-error.ts';
import type { Item } from '../../replay/replay-write.ts';
import type { Favourite, RowMaker } from './row-maker.ts';

export interface RowFinder {
  /** @throws {InputError} for ids that the table cannot hold */
  rowsOf(favourite: Favourite): Promise<readonly Item[]>;
  /** The user's rows of these restaurants, perhaps with others. Ids that the table cannot hold have none. */
  rowsOfUser(userId: string, restaurantIds: readonly string[]): Promise<readonly Item[]>;
  /** Call after a write to a row that was found or is new. @param after undefined: the row is deleted */
  replaced(before: Item | undefined, after: Item | undefined): void;
}

interface Table {
  readonly dynamoDb: DynamoDBClient;
  readonly TableName: string;
  readonly maker: RowMaker;
  /** Changes with every write to the table that is not reported to `replaced`. */
  readonly version: () => number;
}

export function createRowFinder(table: Table): RowFinder {
  const { maker } = table;
  const lastUser = rememberLastUser(table);
  const rowsOf = async (favourite: Favourite): Promise<readonly Item[]> => {
    const Key = maker.keyOf(favourite);
    const partition = maker.partitionOf(favourite);
    if (maker.isKeyFromIds && Key !== undefined) return readRow(table, Key);
    const rows = partition ? await queryRows(table, partition) : await lastUser.rows(favourite.userId);
    return rows.filter((row) => isOf(maker, row, favourite));
  };
  return {
    rowsOf,
    async rowsOfUser(userId, restaurantIds) {
      const favourites = restaurantIds.map((restaurantId) => ({ restaurantId, userId }));
      const writable = favourites.filter((favourite) => canHold(maker, favourite));
      const [first] = writable;
      if (first === undefined) return [];
      const needsScan = !maker.isKeyFromIds && maker.partitionOf(first) === undefined;
      if (needsScan) return lastUser.rows(userId);
      return (await Promise.all(writable.map(rowsOf))).flat();
    },
    replaced: (before, after) => lastUser.replaced(before, after),
  };
}

/** A scan of a large table takes seconds, so each press of a heart should not need one. */
function rememberLastUser(table: Table) {
  const { maker, version } = table;
  let last: { readonly user: string; readonly rows: Promise<readonly Item[]> } | undefined;
  return {
    rows(userId: string): Promise<readonly Item[]> {
      const user = JSON.stringify([version(), userId]);
      if (last?.user !== user) {
        const rows = scanRows(table, userId).then((all) => all.filter((row) => maker.userOf(row) === userId));
        last = { user, rows };
        // Scan again after a failure.
        rows.catch(() => (last = undefined));
      }
      return last.rows;
    },
    replaced(before: Item | undefined, after: Item | undefined): void {
      if (last === undefined) return;
      const rows = last.rows.then((found) => [
        ...found.filter((row) => row !== before),
        ...(after ? [after] : []),
      ]);
      last = { ...last, rows };
    },
  };
}

function canHold(maker: RowMaker, favourite: Favourite): boolean {
  try {
    maker.rowOf(favourite, Date.now());
    return true;
  } catch (thrown) {
    if (thrown instanceof InputError) return false;
    throw thrown;
  }
}

function isOf(maker: RowMaker, row: Item, { restaurantId, userId }: Favourite): boolean {
  return maker.mapping.readRow(row).key?.restaurantId === restaurantId && maker.userOf(row) === userId;
}

async function readRow({ dynamoDb, TableName }: Table, Key: Item): Promise<readonly Item[]> {
  const { Item: row } = await dynamoDb.send(new GetItemCommand({ TableName, ConsistentRead: true, Key }));
  return row === undefined ? [] : [row];
}

async function queryRows({ dynamoDb, TableName }: Table, partition: Item): Promise<readonly Item[]> {
  const [[name, value] = []] = Object.entries(partition);
  const query = {
    TableName,
    ConsistentRead: true,
    KeyConditionExpression: '#key = :key',
    ExpressionAttributeNames: { '#key': name ?? '' },
    ExpressionAttributeValues: { ':key': value ?? { NULL: true } },
  };
  const rows: Item[] = [];
  for await (const { Items = [] } of paginateQuery({ client: dynamoDb }, query)) rows.push(...Items);
  return rows;
}

/** May return rows of other users too. */
async function scanRows({ dynamoDb, TableName, maker }: Table, userId: string): Promise<readonly Item[]> {
  const { userAttribute } = maker;
  // An id may be stored as text or as a number.
  const isNumber = plainNumber(userId) === userId;
  const filter = userAttribute !== undefined && {
    FilterExpression: isNumber ? '#user IN (:text, :number)' : '#user = :text',
    ExpressionAttributeNames: { '#user': userAttribute },
    ExpressionAttributeValues: { ':text': { S: userId }, ...(isNumber && { ':number': { N: userId } }) },
  };
  const rows: Item[] = [];
  const scan = { TableName, ConsistentRead: true, ...filter };
  for await (const { Items = [] } of paginateScan({ client: dynamoDb }, scan)) rows.push(...Items);
  return rows;
}
