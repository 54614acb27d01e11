/**
 * I5 No loss, for the redrive: it deletes a dead letter only after the registers contain its events, and in
 * the end the registers contain all events.
 */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Clock } from '../../src/lambda/clock.ts';
import { encodeDeadLetter } from '../../src/dead-letters/dead-letter.ts';
import { redriveStep } from '../../src/reconcile/redrive/redrive.ts';
import { type RedriveStep } from '../../src/reconcile/run.ts';
import { noTotals } from '../../src/reconcile/totals.ts';
import type { FavouritesStream } from '../../src/tables/favourites-stream.ts';
import { defaultMapping } from '../support/favourite-changes.ts';
import { expectedCounts, HISTORY_TABLE_ARN, historyArbitrary } from '../support/histories.ts';
import { MemoryLetters } from '../support/memory-letters.ts';
import { type InjectedFault, MemoryStore } from '../support/memory-store.ts';
import { bothWindows, keepInto } from '../support/run-batches.ts';
import { SourceTables } from '../support/source-tables.ts';

const faultArbitrary = fc.constantFrom<InjectedFault>(
  'none',
  'lost-answer',
  'lost-request',
  'conflict',
  'throttle',
  'throttled-actions',
);
/** The records of each dead letter. Dead letters may overlap, and some records are in no dead letter. */
const cutArbitrary = fc.array(
  fc.record({ from: fc.nat(30), length: fc.integer({ min: 1, max: 12 }), isRange: fc.boolean() }),
  {
    minLength: 1,
    maxLength: 25,
  },
);
/** A test gives up after this many runs; the faults end long before. */
const RUNS_MAX = 40;
const LONG_STEP_MS = 120_000;

describe('I5: redrive under faults of every kind', () => {
  it('never deletes a dead letter before its events are applied, and applies all events', async () => {
    const history = historyArbitrary({ restaurants: 3, users: 3, length: 24 });
    await fc.assert(
      fc.asyncProperty(
        history,
        cutArbitrary,
        fc.array(faultArbitrary, { maxLength: 300, size: 'max' }),
        // These steps may run out of time anywhere. Later steps have time for every dead letter they receive.
        fc.array(fc.integer({ min: 2_001, max: 4_000 }), { maxLength: 20, size: 'max' }),
        fc.integer({ min: 1, max: 200 }),
        async ({ records, rows }, cuts, faults, shortStepsMs, transactionMs) => {
          let nowMs = Date.UTC(2024, 5, 1);
          const clock: Clock = {
            nowMs: () => nowMs,
            sleep: (ms) => {
              nowMs += ms;
              return Promise.resolve();
            },
            timeout: () => new AbortController().signal,
          };
          const injected = faults.values();
          const stepsMs = shortStepsMs.values();
          const store = new MemoryStore({
            timeWindows: bothWindows,
            latency: () => Promise.resolve(),
            fault: () => {
              nowMs += transactionMs;
              return injected.next().value ?? 'none';
            },
          });
          const reads = new SourceTables({ mapping: defaultMapping, store });
          for (const [key, createdAt] of rows) {
            reads.put({ restaurant_id_user_id: { S: key }, created_at: { S: createdAt } });
          }
          const letters = new MemoryLetters({ nowMs: () => nowMs, store });
          const ranges = new Map<string, readonly unknown[]>();
          const stream: FavouritesStream = {
            async *read({ shardId }) {
              const [...held] = ranges.get(shardId) ?? [];
              while (held.length > 0) {
                await Promise.resolve();
                yield { records: held.splice(0, 5), isExpired: false };
              }
            },
          };
          for (const { from, length, isRange } of [
            ...cuts,
            { from: 0, length: records.length, isRange: true },
          ]) {
            const held = records.slice(from, from + length);
            const [first, last] = [held[0], held.at(-1)];
            if (first === undefined || last === undefined) continue;
            if (!isRange) {
              letters.put(encodeDeadLetter({ reason: 'unreadable-key', detail: '', record: first }), [first]);
              continue;
            }
            const shardId = `shard-${ranges.size}`;
            ranges.set(shardId, held);
            const DDBStreamBatchInfo = {
              shardId,
              startSequenceNumber: first.dynamodb.SequenceNumber,
              endSequenceNumber: last.dynamodb.SequenceNumber,
              batchSize: held.length,
              streamArn: first.eventSourceARN,
            };
            letters.put(JSON.stringify({ DDBStreamBatchInfo }), held);
          }
          const poison: never[] = [];
          for (let runs = 0; letters.kept.length > 0; runs += 1) {
            if (runs === RUNS_MAX)
              throw new Error(`${letters.kept.length} dead letters are still in the queue`);
            let step: RedriveStep = {
              run: { runId: `run-${runs}`, mode: 'redrive', graceMs: 0, startedAtMs: nowMs },
              totals: noTotals,
              done: false,
            };
            while (!step.done) {
              step = await redriveStep(step, {
                mapping: defaultMapping,
                letters,
                stream,
                reads,
                favouritesTableArn: HISTORY_TABLE_ARN,
                store,
                clock,
                deadLetters: keepInto(poison),
                random: () => 0.5,
                timeWindows: bothWindows,
                timeZone: 'UTC',
                concurrency: 3,
                deadlineMs: nowMs + (stepsMs.next().value ?? LONG_STEP_MS),
                onLeft: () => undefined,
              });
            }
            nowMs += 900_000;
          }
          expect(letters.violations).toEqual([]);
          expect(poison).toEqual([]);
          expect(store.counts()).toEqual(expectedCounts(rows));
        },
      ),
      { numRuns: 300 },
    );
  });
});
