import { describe, it } from '@jest/globals';
import fc from 'fast-check';
import type { InvocationOutcome } from '../../infra/local/emulator/function/invocation.ts';
import type { PipeRecord } from '../../infra/local/emulator/pipe/stream-source.ts';
import { answer, createPipeBench, keyOf, type PipeBench } from '../support/pipe-bench.ts';

/** A target's response to one batch: the records that fail, or how the whole invocation fails. */
const answers = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ kind: 'success' as const }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('partial' as const),
      refused: fc.array(fc.nat(20), { maxLength: 6 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      { kind: 'timeout' as const },
      { kind: 'crash' as const },
      { kind: 'null' as const },
      { kind: 'garbage' as const },
    ),
  },
);
type Answer = typeof answers extends fc.Arbitrary<infer T> ? T : never;

/** Longer than any pause of the pipe, so that a pipe that is not killed earlier becomes idle. */
const LIFE_MS = 10_000;

const settings = fc.record({
  batchSize: fc.integer({ min: 1, max: 12 }),
  parallelizationFactor: fc.integer({ min: 1, max: 4 }),
  maximumBatchingWindowSeconds: fc.constantFrom(0, 1),
  maximumRetryAttempts: fc.integer({ min: 0, max: 3 }),
  onPartialBatchItemFailure: fc.constantFrom('AUTOMATIC_BISECT' as const, 'NONE' as const),
});
const keys = fc.array(fc.nat(7), { minLength: 1, maxLength: 60 });
const schedule = fc.array(answers, { maxLength: 40 });

/** A target that responds as planned, and adds the eventIDs of accepted records to `accepted`. */
function playedTarget(plan: readonly Answer[], accepted: Set<string>) {
  return (records: readonly unknown[], call: number): InvocationOutcome => {
    const play = plan[call - 1] ?? { kind: 'success' };
    const ids = records.map((record) => (record as PipeRecord).eventID);
    const accept = (refused: readonly string[]): void => {
      for (const id of ids) if (!refused.includes(id)) accepted.add(id);
    };
    switch (play.kind) {
      case 'success':
        accept([]);
        return answer({ batchItemFailures: [] });
      case 'null':
        accept([]);
        return answer(null);
      case 'partial': {
        const refused = [...new Set(play.refused.map((at) => ids[at % ids.length] ?? ''))];
        accept(refused);
        return answer({ batchItemFailures: refused.map((itemIdentifier) => ({ itemIdentifier })) });
      }
      case 'garbage':
        return answer({ batchItemFailures: [{ itemIdentifier: 'f00' }] });
      case 'timeout':
      case 'crash':
        return { kind: play.kind };
    }
  };
}

function isInRange(record: PipeRecord, bench: PipeBench): boolean {
  const { SequenceNumber } = record.dynamodb;
  return bench.ranges.some(
    ({ DDBStreamBatchInfo: range }) =>
      range.startSequenceNumber <= SequenceNumber && SequenceNumber <= range.endSequenceNumber,
  );
}

describe('the local pipe, for any sequence of responses', () => {
  it('always has each record accepted or in a dead-letter range after it drains (I5)', async () => {
    await fc.assert(
      fc.asyncProperty(settings, keys, schedule, async (chosen, written, plan) => {
        const accepted = new Set<string>();
        const bench = createPipeBench({
          settings: chosen,
          target: playedTarget(plan, accepted),
          pageSize: 9,
        });
        const records = written.map((key) => bench.stream.write({ key: `k${key}` }));
        bench.pipe.start();
        await bench.drain();
        await bench.stop();
        const lost = records.filter((record) => !accepted.has(record.eventID) && !isInRange(record, bench));
        if (lost.length > 0)
          throw new Error(`lost: ${lost.map(({ dynamodb }) => dynamodb.SequenceNumber).join(', ')}`);
        const { recordsPending, recordsInFlight } = bench.pipe.counters;
        if (recordsPending !== 0 || recordsInFlight !== 0)
          throw new Error('some records are still pending or in flight');
        if (bench.checkpoints.saved['shard-1']?.sequenceNumber !== records.at(-1)?.dynamodb.SequenceNumber) {
          throw new Error('the checkpoint is not at the last record');
        }
      }),
      { numRuns: 300 },
    );
  });

  it('always keeps the order of one key’s records at their first delivery', async () => {
    await fc.assert(
      fc.asyncProperty(settings, keys, schedule, async (chosen, written, plan) => {
        const bench = createPipeBench({
          settings: chosen,
          target: playedTarget(plan, new Set()),
          pageSize: 9,
        });
        for (const key of written) bench.stream.write({ key: `k${key}` });
        bench.pipe.start();
        await bench.drain();
        await bench.stop();
        const newest = new Map<string, string>();
        const seen = new Set<unknown>();
        for (const record of bench.calls.flatMap(({ records }) => records)) {
          if (seen.has(record)) continue;
          seen.add(record);
          const { SequenceNumber } = (record as PipeRecord).dynamodb;
          if (SequenceNumber < (newest.get(keyOf(record)) ?? ''))
            throw new Error(`${keyOf(record)} is out of order`);
          newest.set(keyOf(record), SequenceNumber);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('never loses a record, however often it is killed and restarted, even with faults', async () => {
    await fc.assert(
      fc.asyncProperty(
        settings,
        keys,
        fc.array(fc.tuple(schedule, fc.nat(25)), { minLength: 1, maxLength: 4 }),
        fc.nat(),
        async (chosen, written, lives, seed) => {
          const accepted = new Set<string>();
          const faults = { duplicate: 0.3, reorder: 0.3 };
          let bench = createPipeBench({ settings: chosen, faults, seed, pageSize: 5 });
          const records = written.map((key) => bench.stream.write({ key: `k${key}` }));
          const benches: PipeBench[] = [];
          for (const [plan, calls] of lives) {
            bench = bench.restart(playedTarget(plan, accepted));
            benches.push(bench);
            bench.pipe.start();
            const endMs = bench.clock.now() + LIFE_MS;
            await bench.clock.until(() => bench.calls.length >= calls || bench.clock.now() >= endMs);
            /** The checkpoint file as a kill leaves it, without the checkpoints that `stop` saves. */
            const { saved } = bench.checkpoints;
            await bench.stop();
            bench.checkpoints.saved = saved;
          }
          bench = bench.restart(playedTarget([], accepted));
          benches.push(bench);
          bench.pipe.start();
          await bench.drain();
          await bench.stop();
          const lost = records.filter(
            (record) => !accepted.has(record.eventID) && !benches.some((life) => isInRange(record, life)),
          );
          if (lost.length > 0)
            throw new Error(`lost: ${lost.map(({ dynamodb }) => dynamodb.SequenceNumber).join(', ')}`);
        },
      ),
      { numRuns: 200 },
    );
  });
});
