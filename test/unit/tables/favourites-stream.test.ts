/** Reads a range with the real SDK client, against a loopback stub with one shard. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { parseFavouriteEvents } from '../../../src/counting/favourite-event.ts';
import { defaultSource, type Source } from '../../../src/counting/source/source.ts';
import {
  createFavouritesStream,
  isOfAnotherTable,
  RangeUnreadableError,
  type StreamRange,
} from '../../../src/tables/favourites-stream.ts';
import { type AwsAnswer, type AwsRequest, type AwsStub, startAwsStub } from '../../support/aws-stub.ts';
import { defaultMapping } from '../../support/favourite-changes.ts';
import { markRecord, sequenceNumberOf, STREAM_ARN, unmarkRecord } from '../../support/stream-records.ts';

interface ApiRecord {
  readonly eventName: string;
  readonly dynamodb: { readonly SequenceNumber: string };
}

/** The shard's records, in order. */
let shard: readonly ApiRecord[];
let trimmed: number;
/** GetRecords returns this many empty pages first. */
let emptyPages: number;
let isClosed: boolean;
let failure: AwsAnswer | undefined;
let stub: AwsStub;
let client: DynamoDBStreamsClient;

beforeAll(async () => {
  stub = await startAwsStub();
  client = new DynamoDBStreamsClient({
    endpoint: stub.endpoint,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
});
beforeEach(() => {
  [shard, trimmed, emptyPages, isClosed, failure] = [[], 0, 0, false, undefined];
  stub.reset();
  stub.answer(answerTo);
});
afterAll(async () => {
  client.destroy();
  await stub.stop();
});

interface StreamInput {
  readonly ShardIteratorType?: string;
  readonly SequenceNumber?: string;
  readonly ShardIterator?: string;
  readonly Limit?: number;
}

function answerTo({ operation, input }: AwsRequest): AwsAnswer {
  const { ShardIteratorType, SequenceNumber, ShardIterator, Limit = 1_000 } = input as StreamInput;
  const isTrimmed: AwsAnswer = { error: 'TrimmedDataAccessException' };
  if (operation === 'GetShardIterator') {
    if (ShardIteratorType === 'TRIM_HORIZON') return { body: { ShardIterator: String(trimmed) } };
    const at = shard.findIndex((record) => record.dynamodb.SequenceNumber === SequenceNumber);
    return at < trimmed ? isTrimmed : { body: { ShardIterator: String(at) } };
  }
  const from = Number(ShardIterator);
  if (failure !== undefined && from > 0) return failure;
  if (from < trimmed) return isTrimmed;
  if (emptyPages > 0) {
    emptyPages -= 1;
    return { body: { Records: [], NextShardIterator: String(from) } };
  }
  const Records = shard.slice(from, from + Limit);
  const next = from + Records.length;
  const isEnd = isClosed && next >= shard.length;
  return { body: { Records, ...(isEnd ? {} : { NextShardIterator: String(next) }) } };
}

/** A record as the Streams API returns it: the pipe's record without its source ARN. */
const apiRecord = (number: number, eventName = 'INSERT'): ApiRecord => {
  const make = eventName === 'REMOVE' ? unmarkRecord : markRecord;
  const { eventSourceARN: _, ...record } = make({
    restaurantId: `r${number}`,
    userId: 'ada',
    sequenceNumber: number,
  });
  return { ...record, eventName };
};
const records = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => apiRecord(from + index));
const rangeOf = (start: number, end: number, batchSize = end - start + 1): StreamRange => ({
  streamArn: STREAM_ARN,
  shardId: 'shard-1',
  startSequenceNumber: sequenceNumberOf(start),
  endSequenceNumber: sequenceNumberOf(end),
  batchSize,
});

async function read(
  range: StreamRange,
  signal = new AbortController().signal,
  source: Source = defaultSource,
) {
  const found: unknown[] = [];
  let isExpired = false;
  for await (const page of createFavouritesStream(client, source).read(range, { signal })) {
    found.push(...page.records);
    isExpired ||= page.isExpired;
  }
  const events = found.map((record) => {
    const { events: parsed, rejection } = parseFavouriteEvents(record, defaultMapping);
    return rejection?.reason ?? Number(parsed[0]?.key.restaurantId.slice(1));
  });
  return { events, found, isExpired };
}
const numbers = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);
const requestsFor = (operation: string) =>
  stub.requests.filter((request) => request.operation === operation).map(({ input }) => input as StreamInput);

describe('a range of a stream', () => {
  it('is read from its start to its end, and no further', async () => {
    shard = records(1, 30);
    expect(await read(rangeOf(11, 20))).toMatchObject({ events: numbers(11, 20), isExpired: false });
  });

  it('of one record is read with one request, whose limit is one record', async () => {
    shard = records(1, 30);
    expect((await read(rangeOf(7, 7))).events).toEqual([7]);
    expect(requestsFor('GetShardIterator')).toEqual([
      expect.objectContaining({
        ShardIteratorType: 'AT_SEQUENCE_NUMBER',
        SequenceNumber: sequenceNumberOf(7),
      }),
    ]);
    expect(requestsFor('GetRecords').map(({ Limit }) => Limit)).toEqual([1]);
  });

  it('is filtered like the records of the pipe', async () => {
    shard = [
      apiRecord(1),
      apiRecord(2, 'MODIFY'),
      apiRecord(3, 'REMOVE'),
      apiRecord(4, 'MODIFY'),
      apiRecord(5),
    ];
    expect((await read(rangeOf(1, 5, 3))).events).toEqual([1, 3, 5]);
  });

  it('holds updates too, if the pipe lets them through', async () => {
    shard = [apiRecord(1), apiRecord(2, 'MODIFY'), apiRecord(3, 'REMOVE'), apiRecord(4, 'MODIFY')];
    const { found } = await read(rangeOf(1, 4), undefined, { ...defaultSource, updates: true });
    expect(found).toMatchObject(['INSERT', 'MODIFY', 'REMOVE', 'MODIFY'].map((eventName) => ({ eventName })));
  });

  it('is read to its end even when the filter drops its last record', async () => {
    shard = [apiRecord(1), apiRecord(2, 'MODIFY'), apiRecord(3, 'MODIFY')];
    expect((await read(rangeOf(1, 3))).events).toEqual([1]);
  });

  it('may contain more records than its batchSize, because the pipe filters some out', async () => {
    shard = records(1, 3_500);
    expect((await read(rangeOf(1, 3_456, 2))).events).toEqual(numbers(1, 3_456));
    expect(requestsFor('GetRecords').map(({ Limit }) => Limit)).toEqual([2, 1_000, 1_000, 1_000, 1_000]);
  });

  it('is read past empty pages', async () => {
    shard = records(1, 5);
    emptyPages = 49;
    expect((await read(rangeOf(1, 5))).events).toEqual(numbers(1, 5));
  });

  it('is found by comparing sequence numbers as numbers, however long they are', async () => {
    const at = (SequenceNumber: string) => {
      const record = apiRecord(1);
      return { ...record, dynamodb: { ...record.dynamodb, SequenceNumber } };
    };
    shard = [at('999999999999999999999'), at('1000000000000000000000'), at('1000000000000000000001')];
    const range = {
      ...rangeOf(1, 1, 3),
      startSequenceNumber: '999999999999999999999',
      endSequenceNumber: '1000000000000000000000',
    };
    expect((await read(range)).found).toHaveLength(2);
  });
});

describe('several ranges', () => {
  it('are read one page at a time, and a range that fails does not stop the others', async () => {
    shard = records(1, 100);
    let underWay = 0;
    let mostUnderWay = 0;
    let page = 0;
    const send = client.send.bind(client) as (...args: readonly unknown[]) => Promise<unknown>;
    const watched = {
      send: async (command: { readonly input: StreamInput }, ...options: readonly unknown[]) => {
        if (command.input.ShardIterator === undefined) return await send(command, ...options);
        underWay += 1;
        mostUnderWay = Math.max(mostUnderWay, underWay);
        page += 1;
        try {
          if (page === 2) throw new Error('the second page');
          return await send(command, ...options);
        } finally {
          underWay -= 1;
        }
      },
    } as unknown as DynamoDBStreamsClient;
    const stream = createFavouritesStream(watched, defaultSource);
    const readings = await Promise.allSettled(
      Array.from({ length: 6 }, async (_, index) => {
        const pages = stream.read(rangeOf(index * 10 + 1, index * 10 + 10, 3), {
          signal: new AbortController().signal,
        });
        let count = 0;
        for await (const { records: some } of pages) count += some.length;
        return count;
      }),
    );
    expect(mostUnderWay).toBe(1);
    expect(readings.filter(({ status }) => status === 'rejected')).toHaveLength(1);
    expect(readings.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))).toEqual([
      10, 10, 10, 10, 10,
    ]);
  });
});

describe('a range that is partly or completely trimmed', () => {
  it('is read from the oldest remaining record, and reported as expired', async () => {
    shard = records(1, 30);
    trimmed = 14;
    expect(await read(rangeOf(11, 20))).toMatchObject({ events: numbers(15, 20), isExpired: true });
    expect(requestsFor('GetShardIterator').map((input) => input.ShardIteratorType)).toEqual([
      'AT_SEQUENCE_NUMBER',
      'TRIM_HORIZON',
    ]);
  });

  it('is reported as expired when it is trimmed completely', async () => {
    shard = records(1, 30);
    trimmed = 25;
    expect(await read(rangeOf(11, 20))).toMatchObject({ events: [], isExpired: true });
  });

  it('is reported as expired when its shard, closed or open, has no later records', async () => {
    shard = records(1, 20);
    trimmed = 20;
    expect(await read(rangeOf(11, 20))).toMatchObject({ events: [], isExpired: true });
    isClosed = true;
    expect(await read(rangeOf(11, 20))).toMatchObject({ events: [], isExpired: true });
  });

  it('is recognized when the stream returns later records', async () => {
    shard = records(1, 30);
    stub.answer((request) =>
      request.operation === 'GetShardIterator' ? { body: { ShardIterator: '14' } } : answerTo(request),
    );
    expect(await read(rangeOf(11, 20))).toMatchObject({ events: numbers(15, 20), isExpired: true });
  });

  it('may be trimmed further while it is read, and then returns some records twice', async () => {
    shard = records(1, 2_000);
    let reads = 0;
    stub.answer((request) => {
      if (request.operation === 'GetRecords') {
        reads += 1;
        if (reads === 2) trimmed = 1_500;
      }
      return answerTo(request);
    });
    const { events, isExpired } = await read(rangeOf(1, 2_000));
    expect([new Set(events), isExpired]).toEqual([
      new Set([...numbers(1, 1_000), ...numbers(1_501, 2_000)]),
      true,
    ]);
  });
});

describe('a range that cannot be read to its end', () => {
  it('is an error when the shard ends before the range', async () => {
    shard = records(1, 15);
    isClosed = true;
    await expect(read(rangeOf(11, 20))).rejects.toThrow(RangeUnreadableError);
    await expect(read(rangeOf(11, 20))).rejects.toThrow(`but the range ends at ${sequenceNumberOf(20)}`);
  });

  it('is an error when the stream returns only empty pages', async () => {
    shard = records(1, 15);
    await expect(read(rangeOf(11, 20))).rejects.toThrow(`returned records up to ${sequenceNumberOf(15)}`);
    emptyPages = Number.POSITIVE_INFINITY;
    await expect(read(rangeOf(11, 20))).rejects.toThrow('returned no records');
  });

  it.each(['ExpiredIteratorException', 'AccessDeniedException', 'ResourceNotFoundException'])(
    'throws the error of the stream: %s',
    async (error) => {
      shard = records(1, 2_000);
      failure = { error };
      await expect(read(rangeOf(1, 2_000))).rejects.toMatchObject({ name: error });
    },
  );

  it('is abandoned when its signal aborts', async () => {
    stub.answer(() => 'never');
    const controller = new AbortController();
    const reading = read(rangeOf(1, 5), controller.signal);
    controller.abort();
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('a record that is read again', () => {
  it('equals the record that the pipe sends', async () => {
    const { eventSourceARN: _, ...record } = markRecord({
      restaurantId: 'r1',
      userId: 'ada',
      sequenceNumber: 1,
    });
    const image = {
      ...record.dynamodb.NewImage,
      bytes: { B: 'AQID' },
      byteSet: { BS: ['AQ==', 'Ag=='] },
      list: { L: [{ N: '1' }, { B: 'AQID' }, { M: { deep: { BS: ['AQ=='] } } }] },
      map: { M: { yes: { BOOL: true }, none: { NULL: true } } },
      numbers: { NS: ['1', '2'] },
    };
    const told = {
      ...record,
      dynamodb: { ...record.dynamodb, ApproximateCreationDateTime: 1_714_979_289, NewImage: image },
    };
    shard = [told];
    const { found } = await read(rangeOf(1, 1));
    expect(found).toEqual([{ ...told, eventSourceARN: STREAM_ARN }]);
    expect(JSON.parse(JSON.stringify(found))).toEqual(found);
  });

  it('keeps the identity of a TTL deletion, in the pipe’s field names', async () => {
    shard = [
      {
        ...apiRecord(1, 'REMOVE'),
        userIdentity: { Type: 'Service', PrincipalId: 'dynamodb.amazonaws.com' },
      } as ApiRecord,
    ];
    expect((await read(rangeOf(1, 1))).found).toEqual([
      expect.objectContaining({ userIdentity: { type: 'Service', principalId: 'dynamodb.amazonaws.com' } }),
    ]);
  });
});

describe('the table of a stream', () => {
  const table = 'arn:aws:dynamodb:eu-west-1:123456789012:table/Favourites';

  it.each([
    ['of its own table', `${table}/stream/2024-01-01T00:00:00.000`, false],
    ['of a table with a longer name', `${table}2/stream/2024-01-01T00:00:00.000`, true],
    ['of a table with a shorter name', `${table.slice(0, -1)}/stream/2024-01-01T00:00:00.000`, true],
    ['of another account', `${table.replace('123456789012', '210987654321')}/stream/2024`, true],
    ['that is no ARN at all', 'anything/stream/2024-01-01T00:00:00.000', true],
    ['that is missing', undefined, false],
    ['without a stream', table, false],
  ])('is compared for a stream %s', (_, streamArn, expected) => {
    expect(isOfAnotherTable(streamArn, table)).toBe(expected);
  });
});
