/** Connects to the DynamoDB of an account, or to a DynamoDB-compatible server such as a local one. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';

export interface Connection extends Disposable {
  readonly dynamoDb: DynamoDBClient;
  readonly streams: DynamoDBStreamsClient;
  readonly endpoint: string | undefined;
}

/** Long enough for one page of a scan, so that a hanging endpoint soon gets a clear error. */
const timeouts = { connectionTimeout: 5_000, requestTimeout: 20_000 };
/** Local servers accept any credentials. */
const localCredentials = { accessKeyId: 'local', secretAccessKey: 'local' };
const LOCAL_REGION = 'us-east-1';

/** @param environment of the process, with the settings of the AWS SDK */
export function connect(
  { endpoint, region }: { readonly endpoint?: string; readonly region?: string },
  environment: NodeJS.ProcessEnv = process.env,
): Connection {
  const isLocal = endpoint !== undefined && isLoopback(endpoint);
  const hasCredentials = ['AWS_ACCESS_KEY_ID', 'AWS_PROFILE'].some((name) => environment[name]);
  const hasRegion = ['AWS_REGION', 'AWS_DEFAULT_REGION', 'AWS_PROFILE'].some((name) => environment[name]);
  const usedRegion = region ?? environment['AWS_REGION'] ?? environment['AWS_DEFAULT_REGION'];
  const config = {
    ...(endpoint !== undefined && { endpoint }),
    ...(usedRegion !== undefined && { region: usedRegion }),
    ...(isLocal && !hasRegion && region === undefined && { region: LOCAL_REGION }),
    ...(isLocal && !hasCredentials && { credentials: localCredentials }),
    requestHandler: timeouts,
  };
  const dynamoDb = new DynamoDBClient(config);
  const streams = new DynamoDBStreamsClient(config);
  return {
    dynamoDb,
    streams,
    endpoint,
    [Symbol.dispose]() {
      dynamoDb.destroy();
      streams.destroy();
    },
  };
}

function isLoopback(endpoint: string): boolean {
  return /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(new URL(endpoint).hostname);
}
