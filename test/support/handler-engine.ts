/** The embedded engine, set up for a real handler with a real SDK client. */
import {
  type AttributeValue,
  BatchWriteItemCommand,
  DynamoDBClient,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import type { Context } from 'aws-lambda';
import { startEngine } from '../../infra/local/emulator/engine/start-engine.ts';
import { type CapturedOutput, captureOutput } from './captured-output.ts';
import { temporaryDirectory } from './temporary-directory.ts';

export type Item = Record<string, AttributeValue>;

/** Items in one request (API reference, BatchWriteItem). */
const BATCH_ITEMS_MAX = 25;

export interface HandlerEngine {
  readonly client: DynamoDBClient;
  readonly output: CapturedOutput;
  put(tableName: string, items: readonly Item[]): Promise<void>;
  scan(tableName: string): Promise<readonly Item[]>;
  stop(): Promise<void>;
}

/**
 * Import the handler only after it: Powertools reads its variables, and picks its output stream, when its
 * module loads.
 * @param variables of the handler, beside those that every handler reads
 */
export async function startHandlerEngine(
  variables: Readonly<Record<string, string>> & { readonly POWERTOOLS_SERVICE_NAME: string },
): Promise<HandlerEngine> {
  const directory = temporaryDirectory();
  const engine = await startEngine({ engine: 'embedded', directory: directory.path });
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new DynamoDBClient({ endpoint: engine.endpoint, region: 'eu-west-1', credentials });
  Object.assign(process.env, {
    POWERTOOLS_METRICS_NAMESPACE: 'Counts',
    POWERTOOLS_LOG_LEVEL: 'INFO',
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_DYNAMODB: engine.endpoint,
    ...variables,
  });
  const output = captureOutput();
  return {
    client,
    output,
    async put(tableName, items) {
      for (let from = 0; from < items.length; from += BATCH_ITEMS_MAX) {
        const batch = items.slice(from, from + BATCH_ITEMS_MAX);
        const requests = batch.map((item) => ({ PutRequest: { Item: item } }));
        await client.send(new BatchWriteItemCommand({ RequestItems: { [tableName]: requests } }));
      }
    },
    async scan(tableName) {
      const items: Item[] = [];
      let after: Item | undefined;
      do {
        const page = await client.send(new ScanCommand({ TableName: tableName, ExclusiveStartKey: after }));
        items.push(...(page.Items ?? []));
        after = page.LastEvaluatedKey;
      } while (after !== undefined);
      return items;
    },
    async stop() {
      output.stop();
      client.destroy();
      await engine.stop();
      directory[Symbol.dispose]();
    },
  };
}

/** What Lambda passes to an invocation that has this much time left. */
export function contextWith(functionName: string, remainingMs: number): Context {
  const endsAtMs = Date.now() + remainingMs;
  return {
    awsRequestId: 'request-1',
    functionName,
    getRemainingTimeInMillis: () => endsAtMs - Date.now(),
  } as Context;
}
