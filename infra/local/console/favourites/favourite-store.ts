/**
 * Marks and un-marks in the local table of favourites, whatever its shape. It finds the rows that the
 * application wrote as well as its own.
 */
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { InputError } from '../../../command-line/input-error.ts';
import type { RunTables } from '../../local-run.ts';
import type { Item } from '../../replay/replay-write.ts';
import { ProblemError } from '../problem.ts';
import { createRowFinder } from './row-finder.ts';
import type { Favourite, RowMaker } from './row-maker.ts';

export interface FavouriteStore {
  /** Which of the restaurants the user has marked. */
  marked(userId: string, restaurantIds: readonly string[]): Promise<readonly string[]>;
  /**
   * A favourite that counts keeps its date. If its row does not count, as after a soft delete, the row is
   * changed so that it counts from now on.
   * @returns whether the table changed. @throws {InputError} for ids that the table cannot hold
   */
  mark(favourite: Favourite): Promise<boolean>;
  /** Deletes the rows of the favourite that count. @returns whether the table changed */
  unmark(favourite: Favourite): Promise<boolean>;
}

interface FavouritesTable {
  readonly dynamoDb: DynamoDBClient;
  readonly tables: Pick<RunTables, 'favourites'>;
  /** Changes with every write to the table that this store does not make. */
  readonly version: () => number;
}

export function createFavouriteStore(
  { dynamoDb, tables: { favourites: TableName }, version }: FavouritesTable,
  maker: RowMaker,
): FavouriteStore {
  const find = createRowFinder({ dynamoDb, TableName, maker, version });
  const counts = (row: Item): boolean => maker.mapping.readRow(row).kind === 'countable';
  const keyIn = (row: Item): Item =>
    Object.fromEntries(Object.entries(row).filter(([name]) => maker.mapping.keyNames.includes(name)));
  const inTurn = oneAtATime();

  const mark = async (favourite: Favourite): Promise<boolean> => {
    const rows = await find.rowsOf(favourite);
    if (rows.some(counts)) return false;
    const [row] = rows;
    if (row === undefined) {
      const Item = maker.rowOf(favourite, Date.now());
      await dynamoDb.send(new PutItemCommand({ TableName, Item, ...unlessThere(maker) }));
      find.replaced(undefined, Item);
      return true;
    }
    const next = maker.countedAgain(row, Date.now());
    if (!counts(next))
      throw new InputError('This favourite has a row, but no change of its flag and date makes it count.');
    await dynamoDb.send(new UpdateItemCommand({ TableName, Key: keyIn(row), ...changeOf(row, next) }));
    find.replaced(row, next);
    return true;
  };
  const unmark = async (favourite: Favourite): Promise<boolean> => {
    const rows = (await find.rowsOf(favourite)).filter(counts);
    for (const row of rows) {
      await dynamoDb.send(new DeleteItemCommand({ TableName, Key: keyIn(row) }));
      find.replaced(row, undefined);
    }
    return rows.length > 0;
  };
  return {
    async marked(userId, restaurantIds) {
      const rows = await find.rowsOfUser(userId, restaurantIds);
      const marked = new Set<string | undefined>(
        rows.filter(counts).map((row) => maker.mapping.readRow(row).key?.restaurantId),
      );
      return restaurantIds.filter((id) => marked.has(id));
    },
    mark: (favourite) => inTurn(() => mark(favourite)).catch(explainConflict),
    unmark: (favourite) => inTurn(() => unmark(favourite)),
  };
}

/** A second mark must see the row of the first one, also where the key does not tell them apart. */
function oneAtATime(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const next = last.then(work);
    last = next.catch(() => undefined);
    return next;
  };
}

function unlessThere({ mapping: { keyNames } }: RowMaker) {
  return {
    ConditionExpression: 'attribute_not_exists(#key)',
    ExpressionAttributeNames: { '#key': keyNames[0] ?? '' },
  };
}

/** Changes only the attributes that differ, and only if they are still as they were read. */
function changeOf(row: Item, next: Item) {
  const names = [...new Set([...Object.keys(row), ...Object.keys(next)])];
  const changes = names
    .filter((name) => JSON.stringify(row[name]) !== JSON.stringify(next[name]))
    .map((name, i) => ({ name, before: row[name], after: next[name], place: `#n${i}`, i }));
  const sets = changes.flatMap(({ after, place, i }) => (after ? [`${place} = :after${i}`] : []));
  const removes = changes.flatMap(({ after, place }) => (after ? [] : [place]));
  const values = changes.flatMap(({ before, after, i }) => [
    ...(before ? [[`:before${i}`, before] as const] : []),
    ...(after ? [[`:after${i}`, after] as const] : []),
  ]);
  return {
    UpdateExpression: [
      ...(sets.length > 0 ? [`SET ${sets.join(', ')}`] : []),
      ...(removes.length > 0 ? [`REMOVE ${removes.join(', ')}`] : []),
    ].join(' '),
    ConditionExpression: changes
      .map(({ before, place, i }) => (before ? `${place} = :before${i}` : `attribute_not_exists(${place})`))
      .join(' AND '),
    ExpressionAttributeNames: Object.fromEntries(changes.map(({ name, place }) => [place, name])),
    ...(values.length > 0 && { ExpressionAttributeValues: Object.fromEntries(values) }),
  };
}

function explainConflict(thrown: unknown): never {
  if (!(thrown instanceof ConditionalCheckFailedException)) throw thrown;
  throw new ProblemError(409, 'Another write changed this row at the same moment: try again');
}
