/** A client of DynamoDB whose requests are throttled now and then, and whose batches stay incomplete. */
import { type BatchGetItemCommand, DynamoDBClient, type ServiceInputTypes } from '@aws-sdk/client-dynamodb';
import { seededRandom } from '../../infra/local/emulator/random.ts';

const THROTTLED_SHARE = 0.05;
/** Throttled attempts of one request: fewer than the SDK makes, so that each request succeeds in the end. */
const THROTTLED_MAX = 2;

export interface ThrottledClient extends Disposable {
  readonly dynamoDb: DynamoDBClient;
  /** Attempts that were throttled, and keys that were left unprocessed. */
  readonly counts: { readonly throttled: number; readonly unprocessed: number };
}

/** @param options.isDown throttles every attempt */
export function throttled(
  own: DynamoDBClient,
  { seed, isDown = false }: { readonly seed: number; readonly isDown?: boolean },
): ThrottledClient {
  const random = seededRandom(seed);
  const counts = { throttled: 0, unprocessed: 0 };
  const { region, credentials, endpoint = '' } = own.config;
  const maxAttempts = isDown ? 2 : THROTTLED_MAX + 1;
  const dynamoDb = new DynamoDBClient({ region, credentials, endpoint, maxAttempts });

  dynamoDb.middlewareStack.add(
    (next) => {
      // One per request; its attempts share the number.
      let times = 0;
      return async (attempt) => {
        if (!isDown && (times === THROTTLED_MAX || random() >= THROTTLED_SHARE)) return next(attempt);
        times += 1;
        counts.throttled += 1;
        throw Object.assign(new Error('slow down'), { name: 'ThrottlingException', $metadata: {} });
      };
    },
    // Within the SDK's retries.
    { step: 'finalizeRequest', priority: 'low' },
  );
  const leftBefore = new Set<string>();
  dynamoDb.middlewareStack.add(
    (next) => async (request) => {
      if (!isBatch(request.input)) return next(request);
      const [table = ''] = Object.keys(request.input.RequestItems ?? {});
      const { Keys = [], ...how } = request.input.RequestItems?.[table] ?? {};
      // About half of the keys, each once.
      const again = Keys.filter((key) => random() < 0.5 && !leftBefore.has(JSON.stringify(key)));
      const rest = Keys.filter((key) => !again.includes(key));
      if (again.length === 0 || rest.length === 0) return next(request);
      for (const key of again) leftBefore.add(JSON.stringify(key));
      counts.unprocessed += again.length;
      const RequestItems = { [table]: { ...how, Keys: rest } };
      const result = await next({ ...request, input: { ...request.input, RequestItems } });
      Object.assign(result.output, { UnprocessedKeys: { [table]: { ...how, Keys: again } } });
      return result;
    },
    { step: 'initialize' },
  );
  return { dynamoDb, counts, [Symbol.dispose]: () => dynamoDb.destroy() };
}

function isBatch(input: ServiceInputTypes): input is BatchGetItemCommand['input'] {
  return 'RequestItems' in input;
}
