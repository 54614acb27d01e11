import { afterEach, describe, expect, it } from '@jest/globals';
import {
  DynamoDBClient,
  GetItemCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { type DynamoDbProxy, startDynamoDbProxy } from '../../infra/local/emulator/faults/dynamodb-proxy.ts';
import { createFaultPlan, type FaultProbabilities } from '../../infra/local/emulator/faults/fault-plan.ts';
import { startFakeEngine } from '../support/fake-engine.ts';

/** The message of Node's HTTP client, inside the SDK's wrapper. */
const brokenOff = { message: expect.stringContaining('socket hang up') };

const stops: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

async function startBench(
  options: {
    readonly probabilities?: FaultProbabilities;
    readonly seed?: number;
    readonly maxAttempts?: number;
  } = {},
) {
  const engine = await startFakeEngine();
  stops.push(engine.stop);
  const faults = createFaultPlan({ probabilities: options.probabilities ?? {}, seed: options.seed ?? 1 });
  const proxy = await startDynamoDbProxy({ endpoint: engine.endpoint, faults });
  stops.push(() => proxy.stop());
  const client = new DynamoDBClient({
    endpoint: proxy.endpoint,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    retryStrategy: immediateRetries(options.maxAttempts ?? 1),
  });
  stops.push(() => client.destroy());
  return { engine, faults, proxy, client };
}

/** The SDK would pause before its retries; this strategy retries every retryable DynamoDB error at once. */
function immediateRetries(maxAttempts: number) {
  const token = (retries: number) => ({ getRetryCount: () => retries, getRetryDelay: () => 0 });
  return {
    acquireInitialRetryToken: () => Promise.resolve(token(0)),
    refreshRetryTokenForRetry: (before: { getRetryCount(): number }) =>
      before.getRetryCount() + 1 >= maxAttempts
        ? Promise.reject(new Error('no attempts left'))
        : Promise.resolve(token(before.getRetryCount() + 1)),
    recordSuccess: () => {},
  };
}

const transaction = (token = 'token-1', actions = 5) =>
  new TransactWriteItemsCommand({
    ClientRequestToken: token,
    TransactItems: Array.from({ length: actions }, (_, i) => ({
      Put: {
        TableName: 't',
        Item: { id: { S: String(i) }, text: { S: '"ClientRequestToken":"not this one"' } },
      },
    })),
  });
const get = new GetItemCommand({ TableName: 't', Key: { id: { S: '1' } } });

async function failureOf(sent: Promise<unknown>): Promise<Error> {
  try {
    await sent;
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('expected a failure');
}

describe('the DynamoDB proxy', () => {
  it('passes requests and answers through, and counts them by operation', async () => {
    const { engine, proxy, client } = await startBench();
    engine.answerWith({ status: 200, body: '{"Item":{"id":{"S":"1"}}}' });
    expect((await client.send(get)).Item).toEqual({ id: { S: '1' } });
    await client.send(transaction());
    await client.send(transaction('token-2'));
    expect(proxy.requests).toEqual({ GetItem: 1, TransactWriteItems: 2 });
    expect(engine.arrived.map(({ token }) => token)).toEqual([undefined, 'token-1', 'token-2']);
  });

  it('passes the engine’s errors through', async () => {
    const { engine, client } = await startBench();
    const body = {
      __type: 'com.amazonaws.dynamodb.v20120810#ResourceNotFoundException',
      message: 'no table',
    };
    engine.answerWith({ status: 400, body: JSON.stringify(body) });
    expect(await failureOf(client.send(get))).toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'no table',
    });
  });

  it('cuts the connection when the engine does', async () => {
    const { engine, client } = await startBench();
    engine.answerWith('break-off');
    expect(await failureOf(client.send(get))).toMatchObject(brokenOff);
  });

  it('adds up the requests of several proxies in one object', async () => {
    const { engine, faults, client } = await startBench();
    const requests: Record<string, number> = {};
    const first = await startDynamoDbProxy({ endpoint: engine.endpoint, faults, requests });
    const second = await startDynamoDbProxy({ endpoint: engine.endpoint, faults, requests });
    for (const { endpoint, stop } of [first, second]) {
      const other = new DynamoDBClient({
        endpoint,
        region: 'x',
        credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      });
      await other.send(get);
      other.destroy();
      await stop();
    }
    await client.send(get);
    expect(requests).toEqual({ GetItem: 2 });
  });
});

describe('the throttle fault', () => {
  it('throttles in every way that DynamoDB does, before the request reaches the engine', async () => {
    const { engine, faults, client } = await startBench({ probabilities: { throttle: 1 } });
    const names = new Set<string>();
    for (let i = 0; i < 40; i += 1) {
      const error = await failureOf(client.send(transaction()));
      names.add(error.name);
      if (!(error instanceof TransactionCanceledException)) continue;
      const codes = error.CancellationReasons?.map(({ Code }) => Code) ?? [];
      expect(codes).toHaveLength(5);
      for (const code of codes) names.add(code ?? 'absent');
    }
    expect([...names].toSorted()).toEqual([
      'None',
      'ProvisionedThroughputExceeded',
      'ProvisionedThroughputExceededException',
      'ThrottlingError',
      'ThrottlingException',
      'TransactionCanceledException',
    ]);
    expect((await failureOf(client.send(get))).name).toMatch(
      /^(ProvisionedThroughputExceeded|Throttling)Exception$/,
    );
    expect(faults.counts.throttle).toBe(41);
    expect(engine.arrived).toEqual([]);
  });

  it('sometimes lasts for more requests than a client’s three attempts', async () => {
    const { faults, client } = await startBench({ probabilities: { throttle: 0.05 }, maxAttempts: 3 });
    let failures = 0;
    for (let i = 0; i < 200; i += 1) {
      await client.send(get).catch(() => {
        failures += 1;
      });
    }
    expect(failures).toBeGreaterThan(0);
    expect(failures).toBeLessThan(30);
    expect(faults.counts.throttle).toBeGreaterThan(failures);
  });
});

describe('the conflict fault', () => {
  it('names one or more actions of a transaction, and never touches other requests', async () => {
    const { engine, faults, client } = await startBench({ probabilities: { conflict: 1 } });
    const named: number[] = [];
    const names = new Set<string>();
    for (let i = 0; i < 60; i += 1) {
      const error = await failureOf(client.send(transaction()));
      names.add(error.name);
      if (!(error instanceof TransactionCanceledException)) continue;
      const codes = error.CancellationReasons?.map(({ Code }) => Code) ?? [];
      expect(codes).toHaveLength(5);
      expect(codes.every((code) => code === 'TransactionConflict' || code === 'None')).toBe(true);
      named.push(codes.filter((code) => code === 'TransactionConflict').length);
    }
    expect(Math.min(...named)).toBe(1);
    expect(Math.max(...named)).toBeGreaterThan(1);
    expect([...names].toSorted()).toEqual(['TransactionCanceledException', 'TransactionInProgressException']);
    expect(faults.counts.conflict).toBe(60);
    expect(engine.arrived).toEqual([]);
    await client.send(get);
    expect(engine.arrived).toHaveLength(1);
  });
});

describe('the lost-answer fault', () => {
  it('commits the transaction, and sometimes loses every answer to its token', async () => {
    const { engine, faults, client } = await startBench({
      probabilities: { 'lost-answer': 1 },
      maxAttempts: 3,
    });
    const ends: Record<'answered' | 'lost', number> = { answered: 0, lost: 0 };
    const reasons = new Set<string>();
    for (let i = 0; i < 40; i += 1) {
      faults.set('lost-answer', 1);
      const sent = client.send(transaction(`token-${i}`));
      const before = engine.arrived.length;
      while (engine.arrived.length === before) await new Promise((resolve) => setImmediate(resolve));
      faults.set('lost-answer', 0);
      try {
        await sent;
        ends.answered += 1;
      } catch (error) {
        ends.lost += 1;
        reasons.add(
          String(error)
            .replace(/^.*socket hang up$/, 'socket hang up')
            .replace(/:.*/, ''),
        );
      }
    }
    expect(ends.answered).toBeGreaterThan(5);
    expect(ends.lost).toBeGreaterThan(5);
    expect(faults.counts['lost-answer']).toBe(40);
    expect([...reasons].toSorted()).toEqual(['InternalServerError', 'socket hang up']);
    expect(engine.arrived.length).toBe(ends.answered * 2 + ends.lost * 3);
  });

  it('is not counted for a transaction that did not commit', async () => {
    const { engine, faults, client } = await startBench({ probabilities: { 'lost-answer': 1 } });
    const body = { __type: 'com.amazonaws.dynamodb.v20120810#ValidationException', message: 'no' };
    engine.answerWith({ status: 400, body: JSON.stringify(body) });
    expect((await failureOf(client.send(transaction()))).name).toBe('ValidationException');
    expect(faults.counts['lost-answer']).toBe(0);
  });

  it('affects only transactions', async () => {
    const { faults, client } = await startBench({ probabilities: { 'lost-answer': 1, conflict: 1 } });
    await client.send(get);
    expect(faults.counts).toMatchObject({ 'lost-answer': 0, conflict: 0 });
  });
});

describe('a proxy with an observer', () => {
  const observe = (proxy: DynamoDbProxy, phase: 'before' | 'after') =>
    proxy.observe({ [phase]: () => 'abandon' });

  it('can abandon a request before the engine gets it', async () => {
    const { engine, proxy, client } = await startBench();
    observe(proxy, 'before');
    expect(await failureOf(client.send(transaction()))).toMatchObject(brokenOff);
    expect(engine.arrived).toHaveLength(0);
    proxy.observe(undefined);
    await client.send(transaction());
  });

  it('can abandon a request that the engine has answered', async () => {
    const { engine, proxy, client } = await startBench();
    observe(proxy, 'after');
    expect(await failureOf(client.send(transaction()))).toMatchObject(brokenOff);
    expect(engine.arrived).toHaveLength(1);
  });
});
