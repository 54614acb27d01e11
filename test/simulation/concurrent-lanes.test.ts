/**
 * I1, I2, I5 and I6 together: several lanes of a pipe deliver to the aggregator at once, transactions overlap
 * and conflict, responses are lost, and requests are throttled at times. fast-check decides the schedule, and
 * prints a seed that replays a failing run.
 */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { deliveriesOf, expectedCounts, historyArbitrary, historyOf } from '../support/histories.ts';
import { type InjectedFault, MemoryStore } from '../support/memory-store.ts';
import { bothWindows, deliver, deliverUntilHandled, keepInto, stillClock } from '../support/run-batches.ts';

const FAULTS: readonly InjectedFault[] = [
  'lost-answer',
  'lost-request',
  'conflict',
  'throttle',
  'throttled-actions',
];
const LANES = 3;

/**
 * The fault of each request, in order. Requests beyond the end of the list have no fault, so that the work
 * always ends.
 */
const faultPlan = fc.array(fc.option(fc.constantFrom(...FAULTS), { nil: 'none' as const, freq: 2 }), {
  minLength: 1,
  maxLength: 40,
});

describe('concurrent lanes with lost responses, conflicts and throttling', () => {
  it('always lead to the counts that Favourites implies, and keep I1 after every commit', async () => {
    const run = historyArbitrary({ restaurants: 3, users: 3, length: 18 }).chain((past) =>
      fc.record({
        past: fc.constant(past),
        batches: deliveriesOf(past.records),
        faults: faultPlan,
        scheduler: fc.scheduler(),
        seed: fc.integer(),
      }),
    );
    await fc.assert(
      fc.asyncProperty(run, async ({ past, batches, faults, scheduler, seed }) => {
        const random = randomOf(seed);
        const store = new MemoryStore({
          timeWindows: bothWindows,
          latency: () => scheduler.schedule(Promise.resolve(), 'transaction'),
          fault: () => faults[store.sent - 1] ?? 'none',
          pick: (actions) => Math.floor(random() * actions),
        });
        const clock = { ...stillClock, sleep: () => scheduler.schedule(Promise.resolve(), 'pause') };
        const lanes = Array.from({ length: LANES }, async (_, lane) => {
          for (const batch of batches.filter((__, index) => index % LANES === lane)) {
            await deliverUntilHandled(batch, { store, clock, random, concurrency: 2 });
          }
        });
        await scheduler.waitFor(Promise.all(lanes));
        expect(store.counts()).toEqual(expectedCounts(past.rows));
      }),
      { numRuns: 700 },
    );
  }, 240_000);

  it('always converge when invocations run out of time and the pipe redelivers their records', async () => {
    const run = historyArbitrary({ restaurants: 2, users: 3, length: 12 }).chain((past) =>
      fc.record({
        past: fc.constant(past),
        batches: deliveriesOf(past.records),
        budgets: fc.array(fc.nat({ max: 6 }), { minLength: 1, maxLength: 8 }),
        faults: faultPlan,
      }),
    );
    await fc.assert(
      fc.asyncProperty(run, async ({ past, batches, budgets, faults }) => {
        const store = new MemoryStore({
          timeWindows: bothWindows,
          fault: () => faults[store.sent - 1] ?? 'none',
        });
        for (const [index, batch] of batches.entries()) {
          // Each call of nowMs advances the clock, so that a small time budget can end between any two steps.
          let readings = 0;
          const clock = { ...stillClock, nowMs: () => stillClock.nowMs() + readings++ };
          const deadlineMs = stillClock.nowMs() + (budgets[index % budgets.length] ?? 0);
          const failed = await deliver(batch, { store, clock, deadlineMs });
          await deliverUntilHandled(failed, { store });
        }
        expect(store.counts()).toEqual(expectedCounts(past.rows));
      }),
      { numRuns: 700 },
    );
  });
});

describe('I6: a poison record', () => {
  it('never delays or changes the records in its batch', async () => {
    const run = historyArbitrary({ restaurants: 2, users: 2, length: 10 }).chain((past) =>
      fc.record({
        past: fc.constant(past),
        at: fc.array(fc.nat({ max: past.records.length }), { minLength: 1, maxLength: 4 }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(run, async ({ past, at }) => {
        const store = new MemoryStore({ timeWindows: bothWindows });
        const batch: unknown[] = [...past.records];
        for (const index of at) batch.splice(index, 0, { eventID: `poison-${index}`, eventName: 'INSERT' });
        const letters: Parameters<typeof keepInto>[0] = [];
        expect(await deliver(batch, { store, deadLetters: keepInto(letters) })).toEqual([]);
        expect(letters).toHaveLength(at.length);
        expect(store.counts()).toEqual(expectedCounts(past.rows));
      }),
    );
  });

  it('is the only record redelivered when the dead-letter queue did not confirm it', async () => {
    const past = historyOf([{ restaurant: 0, user: 0, createdAt: '2022-08-01T00:00:00Z' }]);
    const store = new MemoryStore({ timeWindows: bothWindows });
    const poison = { eventID: 'poison', eventName: 'INSERT' };
    const failed = await deliver([poison, ...past.records], {
      store,
      deadLetters: { send: (some) => Promise.resolve(some.map(() => ({ kind: 'failed', detail: 'full' }))) },
    });
    expect(failed).toEqual([poison]);
    expect(store.counts()).toEqual(expectedCounts(past.rows));
  });
});

/** Mulberry32 (Tommy Ettinger): a small seeded generator, uniform in [0, 1). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
