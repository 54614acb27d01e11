import { describe, expect, it } from '@jest/globals';
import type { PipeRecord } from '../../infra/local/emulator/pipe/stream-source.ts';
import { streamEnd } from '../../infra/local/emulator/pipe/stream-source.ts';
import { createPipeBench, keyOf } from '../support/pipe-bench.ts';

const keys = (count: number) => Array.from({ length: count }, (_, i) => `r#u${i}`);
const sequenceOf = ({ dynamodb }: PipeRecord) => BigInt(dynamodb.SequenceNumber);

describe('the fault vanish', () => {
  it('loses about the given share of the records, without a dead letter, and counts each', async () => {
    const bench = createPipeBench({ faults: { vanish: 0.2 }, seed: 4 });
    const written = keys(1_000).map((key) => bench.stream.write({ key }));
    bench.pipe.start();
    await bench.drain();
    await bench.stop();

    const delivered = bench.calls.flatMap(({ records }) => records);
    expect(bench.faults.counts.vanish).toBe(written.length - delivered.length);
    expect(bench.faults.counts.vanish).toBeGreaterThan(100);
    expect(bench.faults.counts.vanish).toBeLessThan(300);
    expect(bench.ranges).toEqual([]);
    // The checkpoint is past all records, so that none is delivered after a restart.
    expect(bench.checkpoints.saved['shard-1']?.sequenceNumber).toBe(written.at(-1)?.dynamodb.SequenceNumber);
  });
});

describe('the fault drop', () => {
  it('sends each lost record to the dead letters in a range, and delivers all others', async () => {
    const bench = createPipeBench({
      settings: { batchSize: 100, parallelizationFactor: 2 },
      faults: { drop: 0.3 },
      seed: 5,
    });
    const written = keys(1_000).map((key) => bench.stream.write({ key }));
    bench.pipe.start();
    await bench.drain();

    const delivered = new Set(bench.calls.flatMap(({ records }) => records).map(keyOf));
    const lost = written.filter((record) => !delivered.has(keyOf(record)));
    expect(lost.length).toBe(bench.faults.counts.drop);
    expect(lost.length).toBeGreaterThan(100);
    for (const record of lost) {
      const isIn = ({ DDBStreamBatchInfo: range }: (typeof bench.ranges)[number]) =>
        BigInt(range.startSequenceNumber) <= sequenceOf(record) &&
        sequenceOf(record) <= BigInt(range.endSequenceNumber);
      expect(bench.ranges.some(isIn)).toBe(true);
    }
    expect(bench.ranges.every(({ context }) => context.condition === 'RetryAttemptsExhausted')).toBe(true);
    expect(bench.pipe.counters.deadLetterRanges).toBe(bench.ranges.length);
  });

  it('never drops poison, because only the target can send it to the dead letters', async () => {
    const bench = createPipeBench({ faults: { drop: 1, poison: 1 } });
    for (const key of keys(50)) bench.stream.write({ key });
    bench.pipe.start();
    await bench.drain();

    expect(bench.calls.flatMap(({ records }) => records)).toHaveLength(bench.faults.counts.poison);
    expect(bench.faults.counts).toMatchObject({ drop: 50, poison: 50 });
  });
});

describe('a pipe that starts at the end of the stream', () => {
  it('delivers only records written after its start', async () => {
    const bench = createPipeBench({ pageSize: 7 });
    bench.stream.openShard('shard-2');
    for (const key of keys(30)) bench.stream.write({ key });
    bench.checkpoints.saved = await streamEnd(bench.stream);
    bench.stream.write({ key: 'new#1' });
    bench.stream.write({ key: 'new#2', shardId: 'shard-2' });
    bench.pipe.start();
    await bench.drain();

    expect(
      bench.calls
        .flatMap(({ records }) => records)
        .map(keyOf)
        .toSorted(),
    ).toEqual(['new#1', 'new#2']);
  });

  it('skips a closed shard, and starts with its children', async () => {
    const bench = createPipeBench();
    bench.stream.write({ key: 'old#1' });
    bench.stream.closeShard('shard-1');
    bench.stream.openShard('shard-2', 'shard-1');
    bench.stream.write({ key: 'old#2', shardId: 'shard-2' });
    bench.checkpoints.saved = await streamEnd(bench.stream);
    bench.stream.write({ key: 'new#1', shardId: 'shard-2' });
    bench.pipe.start();
    await bench.drain();

    expect(bench.calls.flatMap(({ records }) => records).map(keyOf)).toEqual(['new#1']);
  });
});
