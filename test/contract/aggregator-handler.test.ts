/** The real handler with real SDK clients, invoked as the pipe does, against a loopback stub. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Context } from 'aws-lambda';
import type { handler as aggregatorHandler } from '../../src/aggregator/handler.ts';
import { decodeDeadLetter } from '../../src/dead-letters/dead-letter.ts';
import { aggregatorMetricUnits, type MetricName } from '../../src/lambda/metrics.ts';
import {
  type AwsAnswer,
  type AwsRequest,
  type AwsStub,
  cancelled,
  confirmationOf,
  ok,
  startAwsStub,
} from '../support/aws-stub.ts';
import { type CapturedOutput, captureOutput } from '../support/captured-output.ts';
import { markRecord, type StreamRecord, unmarkRecord } from '../support/stream-records.ts';

const USER = 'user-4711-secret';
const AUGUST = '2022-08-01T12:00:00Z';

let stub: AwsStub;
let output: CapturedOutput;
let handler: typeof aggregatorHandler;

beforeAll(async () => {
  stub = await startAwsStub();
  Object.assign(process.env, {
    COUNTED_FAVOURITES_TABLE: 'registers',
    AGGREGATED_FAVOURITES_TABLE: 'counts',
    DEAD_LETTER_QUEUE_URL: `${stub.endpoint}/123456789012/poison`,
    TIME_WINDOWS: 'MONTH:forever,DAY:forever',
    RANKING_SHARDS: '10',
    COMMIT_CONCURRENCY: '4',
    POWERTOOLS_SERVICE_NAME: 'aggregator',
    POWERTOOLS_METRICS_NAMESPACE: 'Counts',
    POWERTOOLS_LOG_LEVEL: 'INFO',
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_LAMBDA_FUNCTION_NAME: 'aggregator',
    AWS_ENDPOINT_URL_DYNAMODB: stub.endpoint,
    AWS_ENDPOINT_URL_SQS: stub.endpoint,
  });
  // Powertools picks its output stream when its module loads.
  output = captureOutput();
  ({ handler } = await import('../../src/aggregator/handler.ts'));
});
beforeEach(() => {
  stub.reset();
  output.reset();
});
afterAll(async () => {
  output.stop();
  await stub.stop();
});

const contextWith = (remainingMs: number): Context => {
  const endsAtMs = Date.now() + remainingMs;
  return {
    awsRequestId: 'request-1',
    functionName: 'aggregator',
    functionVersion: '1',
    memoryLimitInMB: '512',
    invokedFunctionArn: 'arn:aws:lambda:eu-west-1:123456789012:function:aggregator',
    getRemainingTimeInMillis: () => endsAtMs - Date.now(),
  } as Context;
};
const invoke = async (event: unknown, remainingMs = 30_000) => {
  const answer = await handler(event, contextWith(remainingMs));
  return { ...answer, batchItemFailures: answer.batchItemFailures.toSorted(byIdentifier) };
};
/** Matches a response that lists each of these records once, in any order. */
const named = (...records: readonly StreamRecord[]) => ({
  batchItemFailures: records.map(({ eventID }) => ({ itemIdentifier: eventID })).toSorted(byIdentifier),
});
const byIdentifier = (a: { readonly itemIdentifier: string }, b: { readonly itemIdentifier: string }) =>
  a.itemIdentifier < b.itemIdentifier ? -1 : 1;
const nothingFailed = { batchItemFailures: [] };
let sequence = 0;
const next = () => {
  sequence += 1;
  return sequence;
};
const markOf = (restaurantId: string, userId = USER, options: { createdAt?: string } = {}) =>
  markRecord({ restaurantId, userId, createdAt: AUGUST, ...options, sequenceNumber: next() });
const marksOf = (restaurantId: string, users: number) =>
  Array.from({ length: users }, (_, user) => markOf(restaurantId, `${USER}-${user}`));
/** A poison record: no retry can apply it. */
const poison = () => markOf('osteria', `${USER}-${next()}`, { createdAt: 'yesterday' });
const operations = () => stub.requests.map(({ operation }) => operation);
const sentLetters = () =>
  stub.requests
    .flatMap(({ input }) => input.Entries ?? [])
    .map(({ MessageBody }) => decodeDeadLetter(MessageBody));
const restaurantsIn = ({ input }: AwsRequest): readonly string[] =>
  (input.TransactItems ?? []).map(
    ({ Put, Update }) => (Put?.Item?.['restaurant_id'] ?? Update?.Key?.['restaurant_id'])?.S ?? '',
  );
/** Cancels each transaction on one of the restaurants, and gives `reason` for its actions. */
const cancelling =
  (restaurants: readonly string[], reason: { readonly Code: string; readonly [member: string]: unknown }) =>
  (request: AwsRequest): AwsAnswer => {
    const reasons = restaurantsIn(request).map((id) =>
      restaurants.includes(id) ? reason : { Code: 'None' },
    );
    return reasons.includes(reason) ? cancelled(reasons) : ok(request);
  };
const valuesOf = (name: MetricName) => output.metrics().flatMap((line) => line[name] ?? []);

describe('the response of the aggregator to the pipe', () => {
  it('has an empty list for an empty batch, for which the aggregator sends no request', async () => {
    expect(await invoke([])).toEqual(nothingFailed);
    expect(operations()).toEqual([]);
  });

  it('has an empty list for one record that committed', async () => {
    expect(await invoke([markOf('osteria')])).toEqual(nothingFailed);
    expect(operations()).toEqual(['TransactWriteItems']);
  });

  it('has one empty list when several transactions all commit', async () => {
    const records = [
      ...marksOf('viral', 250),
      ...marksOf('osteria', 90),
      unmarkRecord({ restaurantId: 'a', userId: 'b' }),
    ];
    expect(await invoke(records)).toEqual(nothingFailed);
    expect(new Set(operations())).toEqual(new Set(['TransactWriteItems']));
    const puts = stub.requests.flatMap(({ input }) => input.TransactItems ?? []).filter(({ Put }) => Put);
    expect(puts).toHaveLength(341);
  });

  it('lists exactly the uncommitted records, by eventID and never by sequence number', async () => {
    const [one, other] = [markOf('broken', 'ada'), markOf('broken', 'bob')];
    const records = [markOf('osteria'), one, markOf('trattoria'), other, markOf('enoteca')];
    stub.answer(cancelling(['broken'], { Code: 'ValidationError', Message: 'not a number' }));
    const answer = await invoke(records);
    expect(answer).toEqual(named(one, other));
    for (const { eventID, dynamodb } of records) {
      expect(eventID).not.toBe(dynamodb.SequenceNumber);
      expect(JSON.stringify(answer)).not.toContain(dynamodb.SequenceNumber);
    }
    expect(restaurantsIn(lastRequest()).toSorted()).toEqual(
      ['enoteca', 'osteria', 'trattoria'].flatMap((id) => [id, id, id, id]),
    );
  });

  it('lists every record of a favourite whose transaction did not commit', async () => {
    const mark = markOf('broken');
    const unmark = unmarkRecord({
      restaurantId: 'broken',
      userId: USER,
      createdAt: AUGUST,
      sequenceNumber: next(),
    });
    stub.answer(() => ({ error: 'AccessDeniedException' }));
    expect(await invoke([mark, unmark])).toEqual(named(mark, unmark));
  });

  it('lists every record when the whole batch failed', async () => {
    const records = [markOf('a'), markOf('b'), poison()];
    stub.answer(() => ({ error: 'AccessDeniedException' }));
    expect(await invoke(records)).toEqual(named(...records));
  });

  it.each([1, 3])('lists all %d records when a table is missing', async (count) => {
    const records = Array.from({ length: count }, () => markOf(`restaurant-${next()}`));
    stub.answer(() => ({ error: 'ResourceNotFoundException' }));
    expect(await invoke(records)).toEqual(named(...records));
  });

  it('is an error when a failed record has no eventID, so that the pipe redelivers the batch', async () => {
    const { eventID: _, ...nameless } = markOf('broken');
    stub.answer(cancelling(['broken'], { Code: 'ValidationError' }));
    await expect(invoke([markOf('osteria'), nameless])).rejects.toThrow(
      'the pipe redelivers the whole batch',
    );
    await expect(invoke([{ ...nameless, eventID: '' }])).rejects.toThrow('no eventID');
    await expect(invoke([{ ...nameless, eventID: 7 }])).rejects.toThrow('no eventID');
  });

  it('needs no eventID for a record that succeeds', async () => {
    const { eventID: _, ...nameless } = markOf('osteria');
    expect(await invoke([nameless, null, 'text', 7, [], {}])).toEqual(nothingFailed);
    expect(sentLetters().map(({ reason }) => reason)).toEqual(
      Array.from({ length: 5 }, () => 'not-a-record'),
    );
  });
});

describe('an event that is not a batch of the pipe', () => {
  it.each([
    ['null', null, 'null'],
    ['nothing', undefined, 'undefined'],
    ['an empty object', {}, 'object'],
    ['the event of an event source mapping', { Records: [] }, 'object'],
    ['a text', '[]', 'string'],
  ])('such as %s is an error that says what to do', async (_, event, found) => {
    const answer = invoke(event);
    await expect(answer).rejects.toThrow('Invoke through the pipe');
    await expect(answer).rejects.toThrow(`EventBridge Pipes sends, found ${found}`);
    expect(operations()).toEqual([]);
  });
});

describe('the requests of the aggregator', () => {
  it('are one TransactWriteItems for a plan of 100 actions, and no read', async () => {
    expect(await invoke(marksOf('osteria', 97))).toEqual(nothingFailed);
    expect(operations()).toEqual(['TransactWriteItems']);
    const { TransactItems = [], ClientRequestToken } = lastRequest().input;
    expect(TransactItems).toHaveLength(100);
    expect(ClientRequestToken).toEqual(expect.any(String));
    expect(new Set(TransactItems.map(({ Put, Update }) => Put?.TableName ?? Update?.TableName))).toEqual(
      new Set(['registers', 'counts']),
    );
  });

  it('are the same, with the same token, when the SDK retries after a lost response', async () => {
    let calls = 0;
    stub.answer((request) => {
      calls += 1;
      return calls === 1 ? 'cut' : ok(request);
    });
    expect(await invoke([markOf('osteria')])).toEqual(nothingFailed);
    const [first, second, ...others] = stub.requests;
    expect(others).toEqual([]);
    expect(second).toEqual(first);
  });

  it('count a transaction once when every response is lost, because a redelivery is stale', async () => {
    const record = markOf('osteria');
    let committed: object | undefined;
    stub.answer((request) => {
      const item = request.input.TransactItems?.[0]?.Put?.Item;
      if (committed === undefined || stub.requests.length <= 2) {
        committed = item;
        return 'cut';
      }
      return cancelled(
        restaurantsIn(request).map((_, index) =>
          index === 0 ? { Code: 'ConditionalCheckFailed', Item: committed } : { Code: 'None' },
        ),
      );
    });
    expect(await invoke([record])).toEqual(nothingFailed);
    expect(operations()).toHaveLength(3);
    expect([valuesOf('RecordsStale'), valuesOf('RecordsApplied'), valuesOf('Transactions')]).toEqual([
      [1],
      [0],
      [0],
    ]);
  });

  it('send each poison record unabridged to the dead-letter queue, and commit the rest', async () => {
    const bad = poison();
    expect(await invoke([markOf('osteria'), bad, markOf('trattoria')])).toEqual(nothingFailed);
    expect(operations().toSorted()).toEqual(['SendMessageBatch', 'TransactWriteItems']);
    expect(sentLetters()).toEqual([
      { reason: 'unreadable-created-at', detail: expect.stringContaining('rfc3339'), record: bad },
    ]);
    const [send] = stub.requests.filter(({ operation }) => operation === 'SendMessageBatch');
    expect(send?.input.QueueUrl).toBe(`${stub.endpoint}/123456789012/poison`);
  });

  it('commit the rest when the dead-letter queue rejects poison, and report only the poison', async () => {
    const bad = poison();
    stub.answer((request) =>
      request.operation === 'SendMessageBatch' ? { error: 'AccessDenied', status: 403 } : ok(request),
    );
    expect(await invoke([markOf('osteria'), bad])).toEqual(named(bad));
    expect(valuesOf('RecordsApplied')).toEqual([1]);
  });

  it('send poison to the dead-letter queue even when no transaction commits', async () => {
    const good = markOf('osteria');
    stub.answer((request) =>
      request.operation === 'SendMessageBatch' ? ok(request) : { error: 'AccessDeniedException' },
    );
    expect(await invoke([poison(), good])).toEqual(named(good));
    expect(sentLetters()).toHaveLength(1);
  });

  it('fail only the poison that SQS lists as failed in a response with status 200', async () => {
    const [kept, lost] = [poison(), poison()];
    stub.answer((request) => {
      const [first, second] = request.input.Entries ?? [];
      if (first === undefined || second === undefined) return ok(request);
      const Failed = [{ Id: second.Id, SenderFault: false, Code: 'InternalError' }];
      return { body: { Successful: [confirmationOf(first)], Failed } };
    });
    expect(await invoke([kept, lost])).toEqual(named(lost));
    expect([valuesOf('RecordsPoison'), valuesOf('RecordsFailed')]).toEqual([[1], [1]]);
  });
});

describe('an invocation that runs out of time', () => {
  /** Resolves to 'killed' at the time when Lambda would kill the invocation. */
  const orKilled = async <T>(answer: Promise<T>, remainingMs: number): Promise<T | 'killed'> => {
    let timer: NodeJS.Timeout | undefined;
    const killed = new Promise<'killed'>((resolve) => {
      timer = setTimeout(() => resolve('killed'), remainingMs);
    });
    try {
      return await Promise.race([answer, killed]);
    } finally {
      clearTimeout(timer);
    }
  };

  it('returns in time and lists the records when neither service ever responds', async () => {
    const records = [markOf('a'), markOf('b'), poison()];
    stub.answer(() => 'never');
    expect(await orKilled(invoke(records, 2_500), 2_500)).toEqual(named(...records));
    expect(operations().toSorted()).toEqual(['SendMessageBatch', 'TransactWriteItems']);
    expect(valuesOf('RecordsFailed')).toEqual([3]);
  });

  it('returns in time when every transaction is throttled until the end', async () => {
    const record = markOf('a');
    stub.answer(() => ({ error: 'ProvisionedThroughputExceededException' }));
    expect(await orKilled(invoke([record], 2_000), 2_000)).toEqual(named(record));
    expect(stub.requests.length).toBeGreaterThanOrEqual(1);
  });

  it('lists all records and sends nothing when no time is left at the start', async () => {
    const records = [markOf('a'), poison()];
    expect(await invoke(records, 900)).toEqual(named(...records));
    expect(operations()).toEqual([]);
  });
});

describe('the log of the aggregator', () => {
  const register = { restaurant_id: { S: 'broken' }, user_id: { S: USER }, created_at: { S: AUGUST } };
  const failures: readonly (readonly [string, (request: AwsRequest) => AwsAnswer])[] = [
    [
      'DynamoDB cancels every attempt, and the reasons contain the register',
      cancelling(['broken'], {
        Code: 'ConditionalCheckFailed',
        Message: `The conditional request failed for ${USER}`,
        Item: register,
      }),
    ],
    [
      'DynamoDB rejects an action',
      cancelling(['broken'], { Code: 'ValidationError', Message: `bad ${USER}`, Item: register }),
    ],
    ['DynamoDB rejects a request', () => ({ error: 'ValidationException', message: `bad item of ${USER}` })],
    ['IAM denies a request', () => ({ error: 'AccessDeniedException', message: `no access for ${USER}` })],
    ['every response is lost', () => 'cut'],
    ['DynamoDB never responds', () => 'never'],
  ];

  it.each(failures)('lists the failed records but no user id when %s', async (_, answer) => {
    stub.answer((request) => (request.operation === 'TransactWriteItems' ? answer(request) : ok(request)));
    const bad = markOf('broken');
    const answered = await invoke([bad, markOf('broken', `${USER}-2`), poison()], 1_600);
    expect(answered.batchItemFailures).toContainEqual({ itemIdentifier: bad.eventID });
    const lines = output.lines().filter((line) => !line.includes('"_aws"'));
    expect(lines.length).toBeGreaterThan(0);
    expect(output.lines().join('\n')).not.toContain(USER);
    const warning = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
    expect(warning).toMatchObject({ level: 'WARN', service: 'aggregator', failures: expect.any(Number) });
    expect(warning['failed']).toContain(bad.eventID);
  });

  it('has no user id when every record succeeds, even with poison and un-marks', async () => {
    await invoke([
      markOf('osteria'),
      poison(),
      unmarkRecord({ restaurantId: 'osteria', userId: `${USER}-9` }),
    ]);
    expect(output.lines().join('\n')).not.toContain(USER);
  });

  it('has no user id in the error of a record without eventID, nor in its causes', async () => {
    const { eventID: _, ...nameless } = markOf('broken');
    stub.answer(cancelling(['broken'], { Code: 'ValidationError', Message: USER, Item: register }));
    const thrown = await invoke([nameless]).catch((error: unknown) => error);
    const texts: string[] = [];
    for (let error = thrown; error instanceof Error; error = error.cause) {
      texts.push(JSON.stringify(error, Object.getOwnPropertyNames(error)));
    }
    expect(texts.length).toBeGreaterThan(1);
    expect(texts.join('\n')).not.toContain(USER);
    expect(output.lines().join('\n')).not.toContain(USER);
  });

  it('has a bounded size for one batch, however many records failed', async () => {
    stub.answer(() => ({ error: 'AccessDeniedException' }));
    const records = Array.from({ length: 200 }, (_, index) => markOf(`restaurant-${index}`));
    const { batchItemFailures } = await invoke(records);
    expect(batchItemFailures).toHaveLength(200);
    const lines = output.lines().filter((line) => !line.includes('"_aws"'));
    expect(lines).toHaveLength(1);
    const warning = JSON.parse(lines[0] ?? '') as { failures: number; failed: unknown[]; reasons: unknown[] };
    expect([warning.failures, warning.failed.length, warning.reasons.length]).toEqual([200, 10, 10]);
  });
});

describe('the metrics of an invocation', () => {
  it('are exactly the metrics in the list, each with its unit and namespace', async () => {
    const nowSeconds = Math.floor(Date.now() / 1000);
    const written = { newest: nowSeconds, oldest: nowSeconds - 3_600, middle: nowSeconds - 60 };
    const records = [
      ...Object.entries(written).map(([userId, writtenAtSeconds]) =>
        markRecord({ restaurantId: 'osteria', userId, createdAt: AUGUST, writtenAtSeconds }),
      ),
      poison(),
    ];
    await invoke(records);
    const [line, ...others] = output.metrics();
    expect(others).toEqual([]);
    const [directive] = line?._aws.CloudWatchMetrics ?? [];
    expect(directive?.Namespace).toBe('Counts');
    expect(Object.fromEntries(directive?.Metrics.map(({ Name, Unit }) => [Name, Unit]) ?? [])).toEqual(
      aggregatorMetricUnits,
    );
    expect(line).toMatchObject({
      service: 'aggregator',
      RecordsReceived: 4,
      MarksReceived: 3,
      UnmarksReceived: 0,
      RecordsApplied: 3,
      RecordsStale: 0,
      RecordsSkipped: 0,
      RecordsPoison: 1,
      RecordsFailed: 0,
      FavouritesChanged: 3,
      CountRowsWritten: 3,
      Transactions: 1,
      TransactionConflicts: 0,
      TransactionRetries: 0,
      WriteUnitsConsumed: 6,
    });
    const [lagMs] = valuesOf('Lag');
    expect(lagMs).toBeGreaterThanOrEqual(3_600_000);
    expect(lagMs).toBeLessThanOrEqual(Date.now() - written.oldest * 1000);
  });

  it('count marks and un-marks separately, and an unreadable record as neither', async () => {
    await invoke([markOf('a'), markOf('b'), unmarkRecord({ restaurantId: 'c', userId: 'd' }), poison()]);
    expect([valuesOf('MarksReceived'), valuesOf('UnmarksReceived')]).toEqual([[2], [1]]);
  });

  it('count conflicts and the transactions retried because of them', async () => {
    let conflicts = 2;
    stub.answer((request) => {
      if (conflicts === 0 || !restaurantsIn(request).includes('hot')) return ok(request);
      conflicts -= 1;
      return cancelling(['hot'], { Code: 'TransactionConflict' })(request);
    });
    expect(await invoke([markOf('hot'), markOf('cold')])).toEqual(nothingFailed);
    expect([
      valuesOf('TransactionConflicts'),
      valuesOf('TransactionRetries'),
      valuesOf('Transactions'),
    ]).toEqual([[2], [3], [2]]);
  });

  it('are written when the batch failed, without a lag', async () => {
    stub.answer(() => ({ error: 'AccessDeniedException' }));
    await invoke([markOf('osteria'), poison()]);
    expect(valuesOf('RecordsFailed')).toEqual([2]);
    expect(valuesOf('Lag')).toEqual([]);
  });

  it('are written when the pipe redelivers the whole batch', async () => {
    const { eventID: _, ...nameless } = markOf('osteria');
    stub.answer(() => ({ error: 'AccessDeniedException' }));
    await expect(invoke([nameless])).rejects.toThrow('no eventID');
    expect(valuesOf('RecordsFailed')).toEqual([1]);
  });

  it('include every lag when an invocation commits more than 100 transactions', async () => {
    // 52 actions each, so that no two restaurants fit into one transaction.
    const records = Array.from({ length: 120 }, (_, restaurant) =>
      Array.from({ length: 17 }, (__, user) =>
        markOf(`restaurant-${restaurant}`, `user-${user}`, {
          createdAt: new Date(Date.UTC(2020, user, 1)).toISOString(),
        }),
      ),
    ).flat();
    expect(await invoke(records)).toEqual(nothingFailed);
    expect(valuesOf('Transactions')).toEqual([120]);
    expect(valuesOf('Lag').flat()).toHaveLength(120);
    expect(valuesOf('RecordsApplied')).toEqual([2_040]);
  });

  it('start from zero in every invocation of a warm function', async () => {
    await invoke(marksOf('osteria', 5));
    output.reset();
    await invoke([markOf('osteria')]);
    expect(valuesOf('RecordsReceived')).toEqual([1]);
    expect(valuesOf('Lag').flat()).toHaveLength(1);
  });
});

describe('a function with a bad environment', () => {
  let before: NodeJS.ProcessEnv;
  beforeEach(() => {
    before = { ...process.env };
  });
  afterEach(() => {
    Object.assign(process.env, before);
  });

  it('fails to load, with one error that lists all bad variables', async () => {
    delete process.env['COUNTED_FAVOURITES_TABLE'];
    process.env['TIME_WINDOWS'] = 'DAY:0';
    process.env['RANKING_SHARDS'] = '0';
    jest.resetModules();
    const loading = import('../../src/aggregator/handler.ts');
    await expect(loading).rejects.toThrow(/COUNTED_FAVOURITES_TABLE.*TIME_WINDOWS.*RANKING_SHARDS/);
    await expect(loading).rejects.not.toThrow(/AGGREGATED_FAVOURITES_TABLE|COMMIT_CONCURRENCY/);
  });
});

function lastRequest(): AwsRequest {
  const request = stub.requests.at(-1);
  if (request === undefined) throw new Error('nothing was sent');
  return request;
}
