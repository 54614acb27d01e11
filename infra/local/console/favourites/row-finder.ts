/**
 * Finds the rows of a favourite: by its key, or by its partition key. If the ids tell neither, it reads the
 * whole table, which takes about ten seconds for a million rows.
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
}

interface Table {
  readonly dynamoDb: DynamoDBClient;
  readonly TableName: string;
  readonly maker: RowMaker;
}

export function createRowFinder(table: Table): RowFinder {
  const { maker } = table;
  const rowsOf = async (favourite: Favourite): Promise<readonly Item[]> => {
    const Key = maker.keyOf(favourite);
    const partition = maker.partitionOf(favourite);
    if (maker.isKeyFromIds && Key !== undefined) return readRow(table, Key);
    const rows = partition ? await queryRows(table, partition) : await scanRows(table, favourite.userId);
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
      if (needsScan) {
        const rows = await scanRows(table, userId);
        return rows.filter((row) => maker.userOf(row) === userId);
      }
      return (await Promise.all(writable.map(rowsOf))).flat();
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
