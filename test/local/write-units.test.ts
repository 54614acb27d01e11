/**
 * Checks that docs/cost.md states the write units that the engine reports for a favourite that is alone in
 * its transaction, and that infra/cost/write-units.ts bills what the engine reports.
 */
import {
  CreateTableCommand,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TableDefinition, writeUnitsOfItems } from '../../infra/cost/write-units.ts';
import { startEngine } from '../../infra/local/emulator/engine/start-engine.ts';
import { seededRandom } from '../../infra/local/emulator/random.ts';
import { startLocalRun } from '../../infra/local/local-run.ts';
import { replaySettings } from '../../infra/local/replay/replay-settings.ts';
import { metric } from '../../infra/local/replay/report.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { writeEvents } from '../support/write-events.ts';

describe('the write units of a favourite that is alone in its transaction', () => {
  it('are those of docs/cost.md, for new count rows and for changed ones', async () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/cost.md'), 'utf8');
    const [, newRows, movedRows] = /shares nothing costs (\d+) to (\d+) write units/.exec(page) ?? [];
    await using run = await startLocalRun({ settings: replaySettings(), seed: 1 });
    const units: number[] = [];
    for (const user of ['ada', 'grace']) {
      const before = metric(run.counters(), 'WriteUnitsConsumed');
      const createdAt = '2022-08-01T12:00:00.000Z';
      await writeEvents(run, [{ kind: 'mark', restaurantId: 'trattoria', userId: user, createdAt }]);
      await run.pipe.drain();
      units.push(metric(run.counters(), 'WriteUnitsConsumed') - before);
    }
    expect(units).toEqual([Number(newRows), Number(movedRows)]);
  });
});

const TableName = 'Counts';
const WRITES = 300;
const definition: TableDefinition = {
  keys: ['id'],
  indexes: [
    { keys: ['rank', 'count'], projected: [] },
    { keys: ['rank'], projected: 'all' },
  ],
};

describe('the write units by AWS’s rules', () => {
  it('are those that the engine reports, for writes in a transaction and outside of one', async () => {
    using directory = temporaryDirectory();
    const engine = await startEngine({ engine: 'embedded', directory: directory.path });
    const client = clientOf(engine.endpoint);
    try {
      await createTable(client);
      const random = seededRandom(1);
      const different: unknown[] = [];
      for (let n = 0; n < WRITES; n += 1) {
        const write = randomWrite(random);
        const before = await itemOf(client, write.id);
        const reported = await write.send(client);
        const after = await itemOf(client, write.id);
        const units = writeUnitsOfItems({ before, after }, definition, write);
        if (units !== reported) different.push({ n, units, reported, write: write.action });
      }
      expect(different).toEqual([]);
    } finally {
      client.destroy();
      await engine.stop();
    }
  });
});

function clientOf(endpoint: string): DynamoDBClient {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  return new DynamoDBClient({ endpoint, region: 'us-east-1', credentials });
}

async function createTable(client: DynamoDBClient): Promise<void> {
  const [byCount, byRank] = [
    [
      { AttributeName: 'rank', KeyType: 'HASH' },
      { AttributeName: 'count', KeyType: 'RANGE' },
    ],
    [{ AttributeName: 'rank', KeyType: 'HASH' }],
  ] as const;
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: 'id', AttributeType: 'S' },
        { AttributeName: 'rank', AttributeType: 'S' },
        { AttributeName: 'count', AttributeType: 'N' },
      ],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      GlobalSecondaryIndexes: [
        { IndexName: 'by-count', KeySchema: [...byCount], Projection: { ProjectionType: 'KEYS_ONLY' } },
        { IndexName: 'by-rank', KeySchema: [...byRank], Projection: { ProjectionType: 'ALL' } },
      ],
    }),
  );
}

async function itemOf(client: DynamoDBClient, id: string) {
  const { Item } = await client.send(
    new GetItemCommand({ TableName, Key: { id: { S: id } }, ConsistentRead: true }),
  );
  return Item;
}

/** A put, an update or a delete of one of a few items, some of them larger than a KB. */
function randomWrite(random: () => number) {
  const pick = <T>(...choices: readonly T[]): T => choices[Math.floor(random() * choices.length)] as T;
  const id = pick('a', 'b', 'c', 'd');
  const key = { TableName, Key: { id: { S: id } } };
  const item = {
    id: { S: id },
    text: { S: 'x'.repeat(pick(1, 900, 1500, 3000)) },
    ...pick({}, { rank: { S: pick('r1', 'r2') } }, { rank: { S: 'r1' }, count: { N: pick('1', '2') } }),
  };
  const expressions = ['ADD #count :one', 'SET #rank = :rank', 'REMOVE #rank', 'SET #other = :rank'];
  const UpdateExpression = pick(...expressions);
  const action = pick<TransactWriteItem>(
    { Put: { TableName, Item: item } },
    { Delete: key },
    { Update: { ...key, ...updateOf(UpdateExpression) } },
  );
  const isTransactional = pick(true, false);
  return {
    id,
    action,
    isTransactional,
    async send(client: DynamoDBClient): Promise<number | undefined> {
      if (!isTransactional) return sendAlone(client, action);
      const { ConsumedCapacity } = await client.send(
        new TransactWriteItemsCommand({ TransactItems: [action], ReturnConsumedCapacity: 'TOTAL' }),
      );
      return ConsumedCapacity?.[0]?.CapacityUnits;
    },
  };
}

/** Names and gives values only to what the expression uses, because DynamoDB refuses others. */
function updateOf(UpdateExpression: string) {
  const names = UpdateExpression.match(/#\w+/g) ?? [];
  const values = { ':one': { N: '1' }, ':rank': { S: 'r1' } };
  const used = Object.entries(values).filter(([name]) => UpdateExpression.includes(name));
  return {
    UpdateExpression,
    ExpressionAttributeNames: Object.fromEntries(names.map((name) => [name, name.slice(1)])),
    ...(used.length > 0 && { ExpressionAttributeValues: Object.fromEntries(used) }),
  };
}

async function sendAlone(
  client: DynamoDBClient,
  { Put, Update, Delete }: TransactWriteItem,
): Promise<number | undefined> {
  const ReturnConsumedCapacity = 'TOTAL';
  const key = { TableName, Key: Delete?.Key ?? {} };
  const answer = await (Put !== undefined
    ? client.send(new PutItemCommand({ ...Put, ReturnConsumedCapacity }))
    : Update !== undefined
      ? client.send(new UpdateItemCommand({ ...Update, ReturnConsumedCapacity }))
      : client.send(new DeleteItemCommand({ ...key, ReturnConsumedCapacity })));
  return answer.ConsumedCapacity?.CapacityUnits;
}
