/** How the bench starts its processes: those that run TypeScript, and those that run a bundle. */
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Child } from './child-process.ts';
import type { Deployed } from './deploy.ts';

/** Node's options for the processes that run TypeScript. */
export const tsx = ['--disable-warning=ExperimentalWarning', '--import', 'tsx'];

export function startHandler(
  { bundle, environment, timeoutMs }: Deployed,
  { port, queueEndpoint }: { readonly port: number; readonly queueEndpoint: string },
): Child<object> {
  return new Child(join(import.meta.dirname, 'handler-child.cjs'), {
    args: [bundle],
    execArgv: [],
    env: {
      ...environment,
      BENCH_TIMEOUT_MS: String(timeoutMs),
      AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${port}`,
      AWS_ENDPOINT_URL_SQS: queueEndpoint,
    },
  });
}

export function engineClient(endpoint: string): DynamoDBClient {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  return new DynamoDBClient({ endpoint, region: 'us-east-1', credentials });
}
