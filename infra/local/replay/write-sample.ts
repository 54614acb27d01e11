/** The sample as the application would write it: one conditional write per event, for as long as it may. */
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { favouritesTable } from '../../../src/tables/schema.ts';
import { favouriteItem, favouriteKey } from './favourite-item.ts';
import type { Gate } from './gate.ts';
import { fullSpeed, type Pace } from './pace.ts';
import type { ReplayEvent } from './replay-file.ts';
import type { Sample } from './sample.ts';
import { writeFavourites } from './write-favourites.ts';

export async function writeSample(o: {
  readonly dynamoDb: DynamoDBClient;
  readonly table: string;
  readonly sample: Sample;
  /** Whether the table is empty: only then is there a history to write. */
  readonly withHistory: boolean;
  readonly pace: Pace;
  readonly gate: Gate;
  readonly onWritten: (event: ReplayEvent) => void;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { dynamoDb, table, sample, gate, signal } = o;
  if (o.withHistory) {
    const events = sample.history(Date.now());
    await writeFavourites({
      dynamoDb,
      table,
      events,
      from: 0,
      pace: fullSpeed,
      gate,
      onWritten: () => {},
      signal,
    });
    events.forEach(o.onWritten);
  }
  while (!signal.aborted) {
    await o.pace.next(1, signal);
    await gate.enter();
    try {
      if (signal.aborted) return;
      const event = sample.next(Date.now());
      await writeEvent(dynamoDb, table, event);
      o.onWritten(event);
    } finally {
      gate.leave();
    }
  }
}

/** `created_at` of a row never changes: what is marked already stays as it is. */
async function writeEvent(dynamoDb: DynamoDBClient, table: string, event: ReplayEvent): Promise<void> {
  const { partitionKey } = favouritesTable;
  if (event.kind === 'un-mark') {
    const Key = { [partitionKey]: { S: favouriteKey(event) } };
    await dynamoDb.send(new DeleteItemCommand({ TableName: table, Key }));
    return;
  }
  const put = new PutItemCommand({
    TableName: table,
    Item: favouriteItem(event),
    ConditionExpression: 'attribute_not_exists(#key)',
    ExpressionAttributeNames: { '#key': partitionKey },
  });
  await dynamoDb.send(put).catch((cause: unknown) => {
    if (!(cause instanceof ConditionalCheckFailedException)) throw cause;
  });
}
