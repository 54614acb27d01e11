import { describe, expect, it } from '@jest/globals';
import type { InvocationOutcome } from '../../infra/local/emulator/function/invocation.ts';
import { answer, createPipeBench, failing, keyOf, success } from '../support/pipe-bench.ts';

const keysOf = (calls: readonly { readonly records: readonly unknown[] }[]) =>
  calls.map(({ records }) => records.map(keyOf));

describe('the local pipe: batches', () => {
  it('delivers a bare array, even for one record, and starts at the oldest record', async () => {
    const bench = createPipeBench();
    const record = bench.stream.write({ key: 'r1#u1' });
    bench.pipe.start();
    await bench.drain();
    expect(bench.calls.map(({ records }) => records)).toEqual([[record]]);
  });

  it('gives every record an eventID that is not its sequence number', () => {
    const { eventID, dynamodb } = createPipeBench().stream.write({ key: 'r1#u1' });
    expect(eventID).toMatch(/^[0-9a-f]{32}$/);
    expect(eventID).not.toBe(dynamodb.SequenceNumber);
  });

  it('sends a batch as soon as it is full', async () => {
    const bench = createPipeBench({ settings: { batchSize: 2 } });
    for (const key of ['a#1', 'a#2', 'a#3', 'a#4']) bench.stream.write({ key });
    const startMs = bench.clock.now();
    bench.pipe.start();
    await bench.clock.until(() => bench.calls.length === 2);
    expect(keysOf(bench.calls)).toEqual([
      ['a#1', 'a#2'],
      ['a#3', 'a#4'],
    ]);
    expect(bench.clock.now() - startMs).toBeLessThan(1_000);
    await bench.stop();
  });

  it('sends a batch that is not full once the window since its first record has passed', async () => {
    const bench = createPipeBench();
    bench.pipe.start();
    bench.stream.write({ key: 'a#1' });
    const arrivedMs = bench.clock.now();
    await bench.clock.advance(500);
    bench.stream.write({ key: 'a#2' });
    await bench.clock.advance(400);
    expect(bench.calls).toHaveLength(0);
    await bench.clock.until(() => bench.calls.length === 1);
    expect(keysOf(bench.calls)).toEqual([['a#1', 'a#2']]);
    expect((bench.calls[0]?.atMs ?? 0) - arrivedMs).toBeLessThan(1_000 + 200);
    await bench.stop();
  });

  it('cuts a batch before its payload outgrows 6 MB', async () => {
    const bench = createPipeBench({ settings: { batchSize: 100 } });
    for (let i = 0; i < 20; i += 1) bench.stream.write({ key: `a#${i}`, filler: 'x'.repeat(700_000) });
    bench.pipe.start();
    await bench.drain();
    expect(bench.calls.map(({ records }) => records.length)).toEqual([8, 8, 4]);
    for (const { records } of bench.calls)
      expect(JSON.stringify(records).length).toBeLessThanOrEqual(6 * 1024 * 1024);
  });

  it('drops records that do not pass the filter, and counts them as handled', async () => {
    const bench = createPipeBench();
    bench.stream.write({ key: 'a#1', eventName: 'MODIFY' });
    bench.stream.write({ key: 'a#2', eventName: 'REMOVE' });
    const last = bench.stream.write({ key: 'a#3', eventName: 'MODIFY' });
    bench.pipe.start();
    await bench.drain();
    await bench.stop();
    expect(keysOf(bench.calls)).toEqual([['a#2']]);
    expect(bench.checkpoints.saved['shard-1']?.sequenceNumber).toBe(last.dynamodb.SequenceNumber);
    expect(bench.pipe.counters).toMatchObject({ recordsRead: 3, recordsFiltered: 2, recordsAnswered: 1 });
  });

  it('keeps the order of each key with any number of lanes', async () => {
    const bench = createPipeBench({ settings: { parallelizationFactor: 4, batchSize: 3 }, pageSize: 7 });
    const written = Array.from({ length: 200 }, (_, i) => bench.stream.write({ key: `k${i % 9}` }));
    bench.pipe.start();
    await bench.drain();
    const delivered = bench.calls.flatMap(({ records }) => records);
    expect(delivered).toHaveLength(200);
    for (let key = 0; key < 9; key += 1) {
      const isOfKey = (record: unknown) => keyOf(record) === `k${key}`;
      expect(delivered.filter(isOfKey)).toEqual(written.filter(isOfKey));
    }
  });

  it('runs lanes in parallel, but never two batches of one lane', async () => {
    let inFlight = 0;
    let inFlightMax = 0;
    let isShared = false;
    const busyKeys = new Set<string>();
    const bench = createPipeBench({
      settings: { parallelizationFactor: 3, batchSize: 1 },
      target: async ([record]) => {
        const key = keyOf(record);
        isShared ||= busyKeys.has(key);
        busyKeys.add(key);
        inFlight += 1;
        inFlightMax = Math.max(inFlightMax, inFlight);
        await new Promise<void>((resolve) => void bench.clock.timer(10, resolve));
        inFlight -= 1;
        busyKeys.delete(key);
        return success;
      },
    });
    for (let i = 0; i < 60; i += 1) bench.stream.write({ key: `k${i % 12}` });
    bench.pipe.start();
    await bench.drain();
    expect(inFlightMax).toBe(3);
    expect(isShared).toBe(false);
  });
});

describe('the local pipe: answers', () => {
  const everyOne = { batchSize: 4 };

  it.each([
    ['an empty list', { batchItemFailures: [] }],
    ['null', null],
    ['nothing', undefined],
    ['an object without the list', {}],
    ['a list that is null', { batchItemFailures: null }],
  ])('treats %s as success', async (_, payload) => {
    const bench = createPipeBench({ settings: everyOne, target: () => answer(payload) });
    for (const key of ['a#1', 'a#2', 'a#3', 'a#4']) bench.stream.write({ key });
    bench.pipe.start();
    await bench.drain();
    expect(bench.calls).toHaveLength(1);
  });

  const wrongKey: InvocationOutcome = answer({ batchItemFailures: [{ itemId: 'x' }] });
  it.each<[string, (records: readonly unknown[]) => InvocationOutcome]>([
    ['a wrong key name', () => wrongKey],
    [
      'an identifier that is not in the batch',
      () => answer({ batchItemFailures: [{ itemIdentifier: 'f00' }] }),
    ],
    [
      'a sequence number for an identifier',
      ([record]) =>
        answer({
          batchItemFailures: [
            { itemIdentifier: (record as { dynamodb: { SequenceNumber: string } }).dynamodb.SequenceNumber },
          ],
        }),
    ],
    ['an empty identifier', () => answer({ batchItemFailures: [{ itemIdentifier: '' }] })],
    [
      'one good and one unknown identifier',
      ([record]) =>
        answer({
          batchItemFailures: [
            { itemIdentifier: (record as { eventID: string }).eventID },
            { itemIdentifier: 'f00' },
          ],
        }),
    ],
    ['a list that is no array', () => answer({ batchItemFailures: 'all' })],
    ['a text', () => answer('done')],
    ['a throw', () => ({ kind: 'error', errorType: 'Error', errorMessage: 'no' })],
    ['a timeout', () => ({ kind: 'timeout' })],
    ['a crash', () => ({ kind: 'crash' })],
    [
      'an invocation that rejects',
      () => {
        throw new Error('no function');
      },
    ],
  ])('treats %s as failure of the whole batch', async (_, outcome) => {
    const bench = createPipeBench({
      settings: everyOne,
      target: (records, call) => (call === 1 ? outcome(records) : success),
    });
    for (const key of ['a#1', 'a#2', 'a#3', 'a#4']) bench.stream.write({ key });
    bench.pipe.start();
    await bench.drain();
    expect(keysOf(bench.calls)).toEqual([
      ['a#1', 'a#2', 'a#3', 'a#4'],
      ['a#1', 'a#2'],
      ['a#3', 'a#4'],
    ]);
  });

  it('redelivers only the named records, in halves', async () => {
    const bench = createPipeBench({
      settings: { batchSize: 6 },
      target: (records, call) => (call === 1 ? failing(records[1], records[3], records[4]) : success),
    });
    for (const key of ['a#1', 'a#2', 'a#3', 'a#4', 'a#5', 'a#6']) bench.stream.write({ key });
    bench.pipe.start();
    await bench.drain();
    expect(keysOf(bench.calls).slice(1)).toEqual([['a#2', 'a#4'], ['a#5']]);
    expect(bench.pipe.counters).toMatchObject({
      recordsAnswered: 6,
      recordsRedelivered: 3,
      bisects: 1,
      batchesFailed: 1,
    });
  });

  it('redelivers everything from the first failed record without bisect', async () => {
    const bench = createPipeBench({
      settings: { batchSize: 4, onPartialBatchItemFailure: 'NONE' },
      target: (records, call) => (call === 1 ? failing(records[1], records[2]) : success),
    });
    for (const key of ['a#1', 'a#2', 'a#3', 'a#4']) bench.stream.write({ key });
    bench.pipe.start();
    await bench.drain();
    expect(keysOf(bench.calls)).toEqual([
      ['a#1', 'a#2', 'a#3', 'a#4'],
      ['a#2', 'a#3', 'a#4'],
    ]);
  });

  it('pauses longer before each retry', async () => {
    const bench = createPipeBench({
      settings: { batchSize: 1 },
      target: (_, call) => (call < 4 ? { kind: 'timeout' } : success),
    });
    bench.stream.write({ key: 'a#1' });
    bench.pipe.start();
    await bench.drain();
    const times = bench.calls.map(({ atMs }) => atMs);
    const pauses = times.slice(1).map((atMs, i) => atMs - (times[i] ?? 0));
    expect(pauses).toEqual([20, 40, 80]);
  });

  it('keeps the other lanes running while one retries', async () => {
    const bench = createPipeBench({
      settings: { parallelizationFactor: 4, batchSize: 1, maximumRetryAttempts: -1 },
      target: ([record]) => (keyOf(record) === 'stuck' ? { kind: 'timeout' } : success),
    });
    bench.stream.write({ key: 'stuck' });
    const written = Array.from({ length: 40 }, (_, i) => bench.stream.write({ key: `k${i}` }));
    bench.pipe.start();
    await bench.clock.until(() => bench.pipe.counters.recordsAnswered >= 25);
    await bench.stop();
    expect(bench.pipe.counters.recordsAnswered).toBeLessThan(written.length);
    expect(bench.checkpoints.saved['shard-1']?.sequenceNumber).toBeUndefined();
  });
});

describe('the local pipe: giving up', () => {
  it('gives up only a record without retries left, and sends its range to the dead letters', async () => {
    const bench = createPipeBench({
      settings: { batchSize: 4 },
      target: (records) => failing(...records.filter((record) => keyOf(record) === 'a#3')),
    });
    for (const key of ['a#1', 'a#2']) bench.stream.write({ key });
    const { dynamodb, eventSourceARN } = bench.stream.write({ key: 'a#3' });
    bench.stream.write({ key: 'a#4' });
    const last = bench.stream.write({ key: 'a#5' });
    bench.pipe.start();
    await bench.drain();
    await bench.stop();
    const arrival = new Date(dynamodb.ApproximateCreationDateTime * 1000).toISOString();
    expect(bench.ranges).toEqual([
      {
        context: {
          partnerResourceArn: 'arn:aws:pipes:eu-west-1:111122223333:pipe/favourites',
          condition: 'RetryAttemptsExhausted',
        },
        version: '1.0',
        timestamp: expect.any(String),
        DDBStreamBatchInfo: {
          shardId: 'shard-1',
          startSequenceNumber: dynamodb.SequenceNumber,
          endSequenceNumber: dynamodb.SequenceNumber,
          approximateArrivalOfFirstRecord: arrival,
          approximateArrivalOfLastRecord: arrival,
          batchSize: 1,
          streamArn: eventSourceARN,
        },
      },
    ]);
    expect(
      bench.calls.filter(({ records }) => records.some((record) => keyOf(record) === 'a#3')),
    ).toHaveLength(1 + 3);
    expect(bench.checkpoints.saved['shard-1']?.sequenceNumber).toBe(last.dynamodb.SequenceNumber);
  });

  it('gives up the failed part at once when no retries are allowed', async () => {
    const bench = createPipeBench({
      settings: { batchSize: 4, maximumRetryAttempts: 0 },
      target: () => ({ kind: 'timeout' }),
    });
    const written = ['a#1', 'a#2', 'a#3', 'a#4'].map((key) => bench.stream.write({ key }));
    bench.pipe.start();
    await bench.drain();
    expect(bench.calls).toHaveLength(1);
    expect(bench.ranges.map(({ DDBStreamBatchInfo }) => DDBStreamBatchInfo)).toMatchObject([
      {
        startSequenceNumber: written[0]?.dynamodb.SequenceNumber,
        endSequenceNumber: written[3]?.dynamodb.SequenceNumber,
        batchSize: 4,
      },
    ]);
  });

  it('gives up records older than the limit before it delivers them', async () => {
    const bench = createPipeBench({ settings: { maximumRecordAgeSeconds: 60 } });
    const old = bench.stream.write({ key: 'a#1' });
    await bench.clock.advance(61_000);
    bench.stream.write({ key: 'a#2' });
    bench.pipe.start();
    await bench.drain();
    expect(keysOf(bench.calls)).toEqual([['a#2']]);
    expect(bench.ranges).toMatchObject([
      {
        context: { condition: 'RecordAgeExceeded' },
        DDBStreamBatchInfo: { startSequenceNumber: old.dynamodb.SequenceNumber, batchSize: 1 },
      },
    ]);
  });

  it('gives up a record that becomes too old while it is retried', async () => {
    const bench = createPipeBench({
      settings: { maximumRecordAgeSeconds: 5, maximumRetryAttempts: -1 },
      target: () => ({ kind: 'timeout' }),
    });
    bench.stream.write({ key: 'a#1' });
    bench.pipe.start();
    await bench.drain();
    expect(bench.ranges).toMatchObject([{ context: { condition: 'RecordAgeExceeded' } }]);
    expect(bench.calls.length).toBeGreaterThan(3);
  });

  it('continues only after the queue confirmed the range', async () => {
    let refusals = 0;
    const bench = createPipeBench({
      settings: { batchSize: 1, maximumRetryAttempts: 0 },
      target: () => ({ kind: 'timeout' }),
      sendDeadLetter: () => {
        refusals += 1;
        return refusals <= 3 ? Promise.reject(new Error('queue is not reachable')) : Promise.resolve();
      },
    });
    const record = bench.stream.write({ key: 'a#1' });
    bench.pipe.start();
    await bench.clock.until(() => refusals === 3);
    expect(bench.checkpoints.saved['shard-1']?.sequenceNumber).toBeUndefined();
    await bench.drain();
    await bench.stop();
    expect(bench.ranges).toHaveLength(1);
    expect(bench.problems).toHaveLength(3);
    expect(bench.checkpoints.saved['shard-1']?.sequenceNumber).toBe(record.dynamodb.SequenceNumber);
  });
});

describe('the local pipe: checkpoints and restarts', () => {
  it('continues after the last acknowledged record', async () => {
    const bench = createPipeBench();
    bench.stream.write({ key: 'a#1' });
    bench.pipe.start();
    await bench.drain();
    await bench.stop();
    bench.stream.write({ key: 'a#2' });
    const next = bench.restart();
    next.pipe.start();
    await next.drain();
    expect(keysOf(next.calls)).toEqual([['a#2']]);
  });

  it('redelivers from the oldest unacknowledged record, also for lanes that were further ahead', async () => {
    const bench = createPipeBench({
      settings: { parallelizationFactor: 4, batchSize: 1, maximumRetryAttempts: -1 },
      target: ([record]) => (keyOf(record) === 'stuck' ? { kind: 'timeout' } : success),
    });
    const before = bench.stream.write({ key: 'k0' });
    bench.stream.write({ key: 'stuck' });
    for (let i = 1; i < 20; i += 1) bench.stream.write({ key: `k${i}` });
    bench.pipe.start();
    await bench.clock.until(() => bench.pipe.counters.recordsAnswered >= 10);
    await bench.stop();
    expect(bench.checkpoints.saved['shard-1']?.sequenceNumber).toBe(before.dynamodb.SequenceNumber);
    const next = bench.restart(() => success);
    next.pipe.start();
    await next.drain();
    expect(keysOf(next.calls).flat().toSorted()).toEqual(
      ['stuck', ...Array.from({ length: 19 }, (_, i) => `k${i + 1}`)].toSorted(),
    );
  });

  it('reads nothing before its checkpoints are loaded, even to drain', async () => {
    const bench = createPipeBench();
    const answered = bench.stream.write({ key: 'a#1' });
    bench.stream.write({ key: 'a#2' });
    bench.checkpoints.load = () =>
      new Promise((resolve) => {
        const { SequenceNumber: sequenceNumber } = answered.dynamodb;
        bench.clock.timer(1_000, () => resolve({ 'shard-1': { sequenceNumber, finished: false } }));
      });
    bench.pipe.start();
    await bench.drain();
    await bench.stop();
    expect(keysOf(bench.calls)).toEqual([['a#2']]);
  });

  it('saves checkpoints while it runs, in case it is killed', async () => {
    const bench = createPipeBench({ settings: { batchSize: 1 } });
    bench.pipe.start();
    const record = bench.stream.write({ key: 'a#1' });
    await bench.clock.until(
      () => bench.checkpoints.saved['shard-1']?.sequenceNumber === record.dynamodb.SequenceNumber,
    );
    await bench.stop();
  });

  it('leaves an unfinished batch to the next start when it is stopped', async () => {
    const reply = Promise.withResolvers<InvocationOutcome>();
    const bench = createPipeBench({ target: () => reply.promise });
    bench.stream.write({ key: 'a#1' });
    bench.pipe.start();
    await bench.clock.until(() => bench.calls.length === 1);
    const stopped = bench.stop();
    reply.resolve({ kind: 'crash' });
    await stopped;
    const next = bench.restart(() => success);
    next.pipe.start();
    await next.drain();
    expect(keysOf(next.calls)).toEqual([['a#1']]);
  });

  it('fails, and with it a drain, when its checkpoints cannot be read', async () => {
    const bench = createPipeBench();
    bench.checkpoints.load = () => Promise.reject(new Error('unreadable checkpoints'));
    bench.pipe.start();
    await expect(bench.drain()).rejects.toThrow('unreadable checkpoints');
    await expect(bench.clock.result(bench.pipe.failed)).rejects.toThrow('unreadable checkpoints');
    await bench.stop();
  });
});

describe('the local pipe: an internal error', () => {
  it('ends the pipe and its drains', async () => {
    const bench = createPipeBench();
    bench.faults.happened = () => {
      throw new Error('broken part');
    };
    bench.faults.set('reorder', 1);
    for (let i = 0; i < 20; i += 1) bench.stream.write({ key: `a#${i}` });
    bench.pipe.start();
    await expect(bench.drain()).rejects.toThrow('broken part');
    await bench.stop();
  });
});

describe('the local pipe: drain', () => {
  it('resolves only when every record of the stream is acknowledged', async () => {
    const reply = Promise.withResolvers<InvocationOutcome>();
    const bench = createPipeBench({
      settings: { batchSize: 2 },
      pageSize: 1,
      target: (_, call) => (call === 3 ? reply.promise : success),
    });
    for (let i = 0; i < 5; i += 1) bench.stream.write({ key: `a#${i}` });
    bench.pipe.start();
    let isDrained = false;
    const drained = bench.pipe.drain().then(() => {
      isDrained = true;
    });
    await bench.clock.until(() => bench.calls.length === 3);
    await bench.clock.advance(5_000);
    expect(isDrained).toBe(false);
    reply.resolve(success);
    await bench.clock.result(drained);
    expect(bench.pipe.counters.recordsAnswered).toBe(5);
    await bench.stop();
  });

  it('does not wait for records written after the call', async () => {
    const bench = createPipeBench({ settings: { batchSize: 1 } });
    bench.pipe.start();
    bench.stream.write({ key: 'a#1' });
    const drained = bench.pipe.drain();
    let isWriting = true;
    const write = (): void => {
      if (!isWriting) return;
      bench.stream.write({ key: 'b#1' });
      bench.clock.timer(100, write);
    };
    bench.clock.timer(100, write);
    await bench.clock.result(drained);
    isWriting = false;
    await bench.stop();
    expect(keysOf(bench.calls).flat()).toContain('a#1');
  });

  it('can be called again, even while an earlier drain runs', async () => {
    const bench = createPipeBench();
    bench.pipe.start();
    bench.stream.write({ key: 'a#1' });
    await Promise.all([bench.drain(), bench.drain()]);
    bench.stream.write({ key: 'a#2' });
    await bench.drain();
    expect(keysOf(bench.calls)).toEqual([['a#1'], ['a#2']]);
    await bench.stop();
  });

  it('fills its batches until the end of the stream is read', async () => {
    const bench = createPipeBench({ settings: { batchSize: 10 }, pageSize: 3 });
    for (let i = 0; i < 35; i += 1) bench.stream.write({ key: `a#${i}` });
    bench.pipe.start();
    await bench.drain();
    expect(bench.calls.map(({ records }) => records.length)).toEqual([10, 10, 10, 5]);
    expect(bench.pipe.counters.batchFill).toBeCloseTo(35 / 40);
  });

  it('fails when the pipe is stopped first', async () => {
    const bench = createPipeBench({ target: () => ({ kind: 'timeout' }) });
    bench.stream.write({ key: 'a#1' });
    bench.pipe.start();
    const drained = bench.pipe.drain();
    drained.catch(() => {});
    await bench.clock.until(() => bench.calls.length > 0);
    await bench.stop();
    await expect(drained).rejects.toThrow('stopped before it was drained');
  });
});

describe('the local pipe: shards', () => {
  it('reads a child only when its parent is closed and fully acknowledged', async () => {
    const reply = Promise.withResolvers<InvocationOutcome>();
    const bench = createPipeBench({
      settings: { batchSize: 1 },
      target: (_, call) => (call === 1 ? reply.promise : success),
    });
    bench.stream.write({ key: 'a#1' });
    bench.stream.closeShard('shard-1');
    bench.stream.openShard('shard-2', 'shard-1');
    bench.stream.openShard('shard-3', 'shard-1');
    bench.stream.write({ key: 'a#2', shardId: 'shard-2' });
    bench.stream.write({ key: 'a#3', shardId: 'shard-3' });
    bench.pipe.start();
    await bench.clock.advance(10_000);
    expect(keysOf(bench.calls)).toEqual([['a#1']]);
    reply.resolve(success);
    await bench.drain();
    expect(keysOf(bench.calls).flat().toSorted()).toEqual(['a#1', 'a#2', 'a#3']);
    await bench.stop();
    expect(bench.checkpoints.saved['shard-1']?.finished).toBe(true);
  });

  it('finds a shard that appears later, and includes it in a drain', async () => {
    const bench = createPipeBench();
    bench.pipe.start();
    await bench.drain();
    bench.stream.openShard('shard-2');
    bench.stream.write({ key: 'a#1', shardId: 'shard-2' });
    await bench.drain();
    expect(keysOf(bench.calls)).toEqual([['a#1']]);
  });

  it('does not read a finished shard again after a restart', async () => {
    const bench = createPipeBench();
    bench.stream.write({ key: 'a#1' });
    bench.stream.closeShard('shard-1');
    bench.stream.openShard('shard-2', 'shard-1');
    bench.pipe.start();
    await bench.drain();
    await bench.stop();
    bench.stream.write({ key: 'a#2', shardId: 'shard-2' });
    const lookedAtBefore = bench.stream.started.length;
    const next = bench.restart();
    next.pipe.start();
    await next.drain();
    expect(keysOf(next.calls)).toEqual([['a#2']]);
    expect(bench.stream.started.slice(lookedAtBefore).map(({ shardId }) => shardId)).toEqual(['shard-2']);
  });

  it('continues after stream errors and expired iterators, without loss or repetition', async () => {
    const bench = createPipeBench({ pageSize: 2 });
    for (let i = 0; i < 6; i += 1) bench.stream.write({ key: `a#${i}` });
    bench.stream.failReads(3);
    bench.pipe.start();
    await bench.drain();
    bench.stream.expireIterators();
    bench.stream.write({ key: 'a#6' });
    await bench.drain();
    expect(keysOf(bench.calls).flat()).toEqual(['a#0', 'a#1', 'a#2', 'a#3', 'a#4', 'a#5', 'a#6']);
    expect(bench.problems).toHaveLength(3);
  });

  it('continues at the oldest record left, and reports it, when it reads too slowly', async () => {
    const bench = createPipeBench();
    bench.stream.write({ key: 'a#0' });
    bench.pipe.start();
    await bench.drain();
    for (let i = 1; i < 5; i += 1) bench.stream.write({ key: `a#${i}` });
    bench.stream.trim('shard-1', 3);
    await bench.drain();
    expect(keysOf(bench.calls)).toEqual([['a#0'], ['a#3', 'a#4']]);
    expect(bench.problems).toEqual([expect.stringContaining('was trimmed')]);
    await bench.stop();
  });

  it('starts at the oldest record left, and reports it, when its checkpoint was trimmed', async () => {
    const bench = createPipeBench();
    bench.stream.write({ key: 'a#0' });
    bench.pipe.start();
    await bench.drain();
    await bench.stop();
    for (let i = 1; i < 5; i += 1) bench.stream.write({ key: `a#${i}` });
    bench.stream.trim('shard-1', 3);
    const next = bench.restart();
    next.pipe.start();
    await next.drain();
    expect(keysOf(next.calls)).toEqual([['a#3', 'a#4']]);
    expect(next.problems).toEqual([expect.stringContaining('was trimmed beyond its checkpoint')]);
  });
});

describe('the local pipe: counters', () => {
  it('reports the records in flight and the age of the oldest unacknowledged one', async () => {
    const reply = Promise.withResolvers<InvocationOutcome>();
    const bench = createPipeBench({ target: () => reply.promise });
    bench.stream.write({ key: 'a#1' });
    bench.pipe.start();
    await bench.clock.until(() => bench.calls.length === 1);
    await bench.clock.advance(3_000);
    expect(bench.pipe.counters).toMatchObject({ recordsInFlight: 1, recordsPending: 1 });
    expect(bench.pipe.counters.lagMs).toBeGreaterThanOrEqual(3_000);
    reply.resolve(success);
    await bench.drain();
    expect(bench.pipe.counters).toMatchObject({ recordsInFlight: 0, recordsPending: 0, lagMs: 0 });
    await bench.stop();
  });
});
