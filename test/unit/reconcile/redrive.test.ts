import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Clock } from '../../../src/lambda/clock.ts';
import { decodeDeadLetter, encodeDeadLetter } from '../../../src/dead-letters/dead-letter.ts';
import type { DeadLetters } from '../../../src/dead-letters/dead-letter-queue.ts';
import type { RedriveContext } from '../../../src/reconcile/redrive/context.ts';
import { REDRIVE_WINDOW_SECONDS, redriveStep } from '../../../src/reconcile/redrive/redrive.ts';
import { type ReconcileMode, type RedriveStep } from '../../../src/reconcile/run.ts';
import { noTotals } from '../../../src/reconcile/totals.ts';
import type { FavouritesStream, StreamPage } from '../../../src/tables/favourites-stream.ts';
import { defaultMapping } from '../../support/favourite-changes.ts';
import { MemoryLetters } from '../../support/memory-letters.ts';
import { type InjectedFault, MemoryStore } from '../../support/memory-store.ts';
import { bothWindows } from '../../support/run-batches.ts';
import { SourceTables } from '../../support/source-tables.ts';
import {
  type AnyTableRecord,
  FAVOURITES_ARN,
  sequenceNumberOf,
  STREAM_ARN,
} from '../../support/stream-records.ts';

const START_MS = Date.UTC(2024, 5, 1);
const STEP_MS = 60_000;

let nowMs: number;
let clock: Clock;
let fault: (restaurants: readonly string[]) => InjectedFault;
let store: MemoryStore;
let tables: SourceTables;
let queue: MemoryLetters;
/** The pages of each shard. A page that is an error cannot be read. */
let shards: Map<string, readonly (StreamPage | Error)[]>;
let left: { readonly messageId: string; readonly reason: string }[];
let deadLetters: DeadLetters;

beforeEach(() => {
  nowMs = START_MS;
  clock = {
    nowMs: () => nowMs,
    sleep: (ms) => {
      nowMs += ms;
      return Promise.resolve();
    },
    timeout: () => new AbortController().signal,
  };
  fault = () => 'none';
  store = new MemoryStore({
    timeWindows: bothWindows,
    fault: (plan) => fault(plan.changes.map(({ key }) => key.restaurantId)),
  });
  tables = new SourceTables({ mapping: defaultMapping, store });
  queue = new MemoryLetters({ nowMs: () => nowMs, store });
  shards = new Map();
  left = [];
  deadLetters = {
    send: (letters) => {
      for (const letter of letters) queue.put(encodeDeadLetter(letter));
      return Promise.resolve(letters.map(() => ({ kind: 'kept' as const })));
    },
  };
});

afterEach(() => {
  if (queue.violations.length > 0) throw new Error(queue.violations.join('\n'));
});

const stream: FavouritesStream = {
  async *read({ shardId }) {
    for (const page of shards.get(shardId) ?? []) {
      await Promise.resolve();
      if (page instanceof Error) throw page;
      yield page;
    }
  },
};
const stepOf = (mode: ReconcileMode = 'repair', startedAtMs = START_MS): RedriveStep => ({
  run: { runId: 'run-1', mode, graceMs: 0, startedAtMs },
  totals: noTotals,
  done: false,
});
const step = (input: RedriveStep = stepOf(), options: Partial<RedriveContext> = {}): Promise<RedriveStep> =>
  redriveStep(input, {
    mapping: defaultMapping,
    letters: queue,
    stream,
    reads: tables,
    favouritesTableArn: FAVOURITES_ARN,
    store,
    clock,
    deadLetters,
    random: () => 0.5,
    timeWindows: bothWindows,
    timeZone: 'UTC',
    concurrency: 4,
    deadlineMs: nowMs + STEP_MS,
    onLeft: ({ messageId }, reason) => left.push({ messageId, reason }),
    ...options,
  });
const itemOf = (restaurantId: string, createdAt: string) => ({
  restaurant_id_user_id: { S: `${restaurantId}#ada` },
  restaurant_id: { S: restaurantId },
  user_id: { S: 'ada' },
  created_at: { S: createdAt },
});
const markOf = (restaurantId: string, createdAt = '2024-05-06T07:08:09.000Z'): AnyTableRecord =>
  tables.put(itemOf(restaurantId, createdAt));
const unmarkOf = (restaurantId: string): AnyTableRecord => tables.remove(itemOf(restaurantId, ''));
/** A record that can never be applied, because its created_at is not a time. */
const poisonOf = (restaurantId: string) => markOf(restaurantId, 'yesterday');
const putPoison = (record: unknown) =>
  queue.put(encodeDeadLetter({ reason: 'unreadable-created-at', detail: '', record }), [record]);
const rangeBody = (shardId: string) =>
  JSON.stringify({
    context: { partnerResourceArn: 'arn:aws:pipes:eu-west-1:1:pipe/p', condition: 'RetryAttemptsExhausted' },
    version: '1.0',
    timestamp: '2024-06-01T00:00:00.000Z',
    DDBStreamBatchInfo: {
      shardId,
      startSequenceNumber: sequenceNumberOf(1),
      endSequenceNumber: sequenceNumberOf(2),
      batchSize: 2,
      streamArn: STREAM_ARN,
    },
  });
const putRange = (shardId: string, pages: readonly (StreamPage | Error | readonly AnyTableRecord[])[]) => {
  const asPages = pages.map((page) =>
    page instanceof Error || 'records' in page ? page : { records: page, isExpired: false },
  );
  shards.set(shardId, asPages);
  const holds = asPages.flatMap((page) => (page instanceof Error ? [] : page.records));
  return queue.put(rangeBody(shardId), holds);
};

describe('one step of redrive', () => {
  it('ends after one receive of an empty queue, and writes nothing', async () => {
    const answer = await step();
    expect(answer).toEqual({ ...stepOf(), done: true });
    expect(queue.receives).toBe(1);
    expect(store.sent).toBe(0);
  });

  it('adds to the totals of the earlier steps', async () => {
    putPoison(markOf('osteria'));
    const before = { ...noTotals, redriven: 3, left: 2, writeUnits: 7, durationMs: 11 };
    const { totals } = await step({ ...stepOf(), totals: before });
    expect(totals).toMatchObject({ redriven: 4, left: 2, checked: 1, durationMs: 11 });
    expect(totals.writeUnits).toBeGreaterThan(7);
  });
});

describe('redrive of a range', () => {
  it('applies its records, page by page, and deletes the dead letter', async () => {
    putRange('shard-1', [[markOf('a'), markOf('b')], [], [markOf('c')]]);
    const { totals, done } = await step();
    expect([...store.registers.keys()].toSorted()).toEqual(['a#ada', 'b#ada', 'c#ada']);
    expect(store.counts()).toMatchObject({ 'a/ALL_TIME': 1, 'b/ALL_TIME': 1, 'c/ALL_TIME': 1 });
    expect(queue.kept).toEqual([]);
    expect(totals).toMatchObject({ checked: 1, redriven: 1, left: 0, expired: 0 });
    expect(done).toBe(true);
  });

  it('treats records that are already counted as stale', async () => {
    const records = [markOf('a'), markOf('b')];
    putRange('shard-1', [records]);
    await step();
    const sent = store.counts();
    putRange('shard-1', [records]);
    putRange('shard-2', [records]);
    const { totals } = await step();
    expect(store.counts()).toEqual(sent);
    expect(totals).toMatchObject({ redriven: 2, left: 0 });
  });

  it('keeps a dead letter if a page of it does not commit, and deletes other dead letters', async () => {
    fault = (restaurants) => (restaurants.includes('broken') ? 'throttle' : 'none');
    const id = putRange('shard-1', [[markOf('a'), markOf('broken')], [markOf('c')]]);
    putRange('shard-2', [[markOf('d')]]);
    const { totals, done } = await step(stepOf(), { deadlineMs: Number.POSITIVE_INFINITY });
    expect(queue.kept).toEqual([id]);
    expect(totals).toMatchObject({ checked: 2, redriven: 1, left: 1 });
    expect(left).toEqual([{ messageId: id, reason: expect.stringContaining('could not be committed') }]);
    expect(store.counts()).toMatchObject({ 'd/ALL_TIME': 1 });
    expect(done).toBe(true);
  });

  it('makes a failed dead letter visible to the next run, but not to the same run', async () => {
    fault = () => 'throttle';
    const id = putRange('shard-1', [[markOf('a')]]);
    await step(stepOf(), { deadlineMs: Number.POSITIVE_INFINITY });
    expect(queue.receptions.get(id)).toBe(1);
    expect(queue.visible).toEqual([id]);
    fault = () => 'none';
    expect((await step()).totals).toMatchObject({ redriven: 1, left: 0 });
  });

  it.each(['AccessDeniedException', 'ExpiredIteratorException', 'RangeUnreadableError'])(
    'keeps the dead letter when the stream cannot be read (%s), even after some pages',
    async (name) => {
      const id = putRange('shard-1', [[markOf('a')], Object.assign(new Error('not now'), { name })]);
      expect((await step()).totals).toMatchObject({ redriven: 0, left: 1, expired: 0 });
      expect(queue.kept).toEqual([id]);
      expect(left).toEqual([{ messageId: id, reason: 'not now' }]);
    },
  );

  it('sends a dead letter for each poison record before it deletes that of the range', async () => {
    const poison = poisonOf('a');
    const id = putRange('shard-1', [[markOf('b'), poison], [markOf('c')]]);
    const { totals, done } = await step();
    expect(queue.kept).not.toContain(id);
    expect(queue.kept.map((kept) => decodeDeadLetter(queue.bodyOf(kept)))).toEqual([
      { reason: 'unreadable-created-at', detail: expect.any(String), record: poison },
    ]);
    // The same run also receives the new dead letter, and keeps it.
    expect(totals).toMatchObject({ checked: 2, redriven: 1, left: 1 });
    expect(done).toBe(true);
  });

  it('keeps the dead letter when SQS does not confirm the dead letter of a poison record', async () => {
    const id = putRange('shard-1', [[markOf('b'), poisonOf('a')]]);
    deadLetters = {
      send: (letters) => Promise.resolve(letters.map(() => ({ kind: 'failed' as const, detail: 'full' }))),
    };
    expect((await step()).totals).toMatchObject({ redriven: 0, left: 1 });
    expect(queue.kept).toEqual([id]);
    expect(left[0]?.reason).toContain('full');
  });

  it('sends no dead letter for a poison record while its range stays in the queue', async () => {
    fault = (restaurants) => (restaurants.includes('broken') ? 'throttle' : 'none');
    const id = putRange('shard-1', [[poisonOf('a'), markOf('broken')]]);
    for (let run = 0; run < 5; run += 1) await step(stepOf(), { deadlineMs: Number.POSITIVE_INFINITY });
    expect(queue.kept).toEqual([id]);
  });
});

describe('redrive of a range whose start has left the stream', () => {
  const partly = (...records: readonly AnyTableRecord[]): StreamPage => ({ records, isExpired: true });
  const gone = Object.assign(new Error('no such shard'), { name: 'ResourceNotFoundException' });

  it('applies the remaining records, and deletes the dead letter only in mode repair', async () => {
    putRange('shard-1', [partly(), partly(markOf('a'))]);
    expect((await step(stepOf('repair'))).totals).toMatchObject({ redriven: 1, left: 0, expired: 1 });
    expect(store.counts()).toMatchObject({ 'a/ALL_TIME': 1 });
    expect(queue.kept).toEqual([]);
  });

  it.each(['redrive', 'seed'] as const)(
    'keeps the dead letter in mode %s, in which heal does not correct the rest',
    async (mode) => {
      const id = putRange('shard-1', [partly(markOf('a'))]);
      expect((await step(stepOf(mode))).totals).toMatchObject({ redriven: 0, left: 1, expired: 1 });
      expect(store.counts()).toMatchObject({ 'a/ALL_TIME': 1 });
      expect(queue.kept).toEqual([id]);
      expect(left[0]?.reason).toContain('mode repair');
    },
  );

  it('counts a range as expired when its whole shard is gone', async () => {
    putRange('shard-1', [gone]);
    expect((await step(stepOf('repair'))).totals).toMatchObject({ redriven: 1, expired: 1 });
    const id = putRange('shard-1', [gone]);
    expect((await step(stepOf('redrive'))).totals).toMatchObject({ left: 1, expired: 1 });
    expect(queue.kept).toEqual([id]);
  });
});

describe('redrive of a poison record', () => {
  it('applies a record that can be applied now, and deletes its dead letter', async () => {
    putPoison(markOf('a'));
    expect((await step()).totals).toMatchObject({ redriven: 1, left: 0 });
    expect(store.counts()).toMatchObject({ 'a/ALL_TIME': 1 });
    expect(queue.kept).toEqual([]);
  });

  it('deletes the dead letter of a record that a newer event overtook', async () => {
    const mark = markOf('a');
    putPoison(unmarkOf('a'));
    await step();
    putPoison(mark);
    expect((await step()).totals).toMatchObject({ redriven: 1, left: 0 });
    expect(store.counts()).toEqual({});
  });

  it('leaves a record that is still poison, counts it once, and says why', async () => {
    const id = putPoison(poisonOf('a'));
    const body = queue.bodyOf(id);
    expect((await step()).totals).toMatchObject({ redriven: 0, left: 1 });
    expect(queue.kept).toEqual([id]);
    expect(queue.bodyOf(id)).toBe(body);
    expect(left).toEqual([{ messageId: id, reason: expect.stringContaining('unreadable-created-at') }]);
    expect(queue.visible).toEqual([]);
  });

  it('leaves a record that does not commit', async () => {
    fault = () => 'throttle';
    const id = putPoison(markOf('a'));
    const { totals } = await step(stepOf(), { deadlineMs: Number.POSITIVE_INFINITY });
    expect(totals).toMatchObject({ redriven: 0, left: 1 });
    expect(queue.kept).toEqual([id]);
  });

  it.each([
    [
      'a truncated dead letter',
      encodeDeadLetter({ reason: 'unreadable-key', detail: '', record: 'x'.repeat(99) }, 10),
      'too large for a message',
    ],
    [
      'a dead letter without a record',
      encodeDeadLetter({ reason: 'unreadable-key', detail: '' }),
      'no record',
    ],
    ['an unrelated text', 'hello', 'not a dead letter'],
    ['an empty body', '', 'not a dead letter'],
    ['a body that inflates to 200 MB', gzipSync(Buffer.alloc(200_000_000)).toString('base64'), 'inflates to'],
    ['unrelated JSON', '{"hello":1}', 'DDBStreamBatchInfo of the message is missing'],
  ])('leaves %s', async (_, body, reason) => {
    const id = queue.put(body);
    expect((await step()).totals).toMatchObject({ redriven: 0, left: 1 });
    expect(queue.kept).toEqual([id]);
    expect(left).toEqual([{ messageId: id, reason: expect.stringContaining(reason) }]);
  });
});

describe('the deletion of dead letters', () => {
  it('counts as redriven only the dead letters whose deletion SQS confirmed', async () => {
    const [one, other] = [putPoison(markOf('a')), putPoison(markOf('b'))];
    queue.undeletable = new Set([one]);
    expect((await step()).totals).toMatchObject({ redriven: 1, left: 1 });
    expect(queue.kept).toEqual([one]);
    expect(left).toEqual([{ messageId: one, reason: expect.stringContaining('not confirmed') }]);
    expect(other).not.toBe(one);
  });

  it('keeps all dead letters when SQS does not respond, and lets the step continue', async () => {
    const id = putPoison(markOf('a'));
    queue.undeletable = 'throws';
    const { totals, done } = await step();
    expect([totals.redriven, totals.left, done]).toEqual([0, 1, true]);
    expect(left).toEqual([{ messageId: id, reason: expect.stringContaining('not confirmed: no answer') }]);
    expect(queue.kept).toEqual([id]);
  });
});

describe('a redrive with limited time', () => {
  /** Every transaction takes a second. */
  const slowly = (): void => {
    fault = () => {
      nowMs += 1_000;
      return 'none';
    };
  };

  it('ends a step before its deadline and continues in the next, until the queue is empty', async () => {
    slowly();
    const ids = Array.from({ length: 45 }, (_, index) => putPoison(markOf(`restaurant-${index}`)));
    let state = stepOf();
    const steps: number[] = [];
    while (!state.done) {
      const deadlineMs = nowMs + 15_000;
      state = await step(state, { deadlineMs });
      expect(nowMs).toBeLessThanOrEqual(deadlineMs + 1_000);
      steps.push(state.totals.redriven);
      if (steps.length > 20) throw new Error('the redrive does not end');
    }
    expect(steps.length).toBeGreaterThan(2);
    // A dead letter that commits at the very end of a step has no time for its look, and is tried again.
    expect(state.totals).toMatchObject({ redriven: ids.length, left: 0, durationMs: 48_000 });
    expect(queue.kept).toEqual([]);
    expect(Object.keys(store.counts())).toHaveLength(3 * ids.length);
  });

  it('returns unfinished dead letters at once, so that the next step can receive them', async () => {
    slowly();
    for (let index = 0; index < 10; index += 1) putPoison(markOf(`restaurant-${index}`));
    const { totals, done } = await step(stepOf(), { deadlineMs: nowMs + 5_500, concurrency: 1 });
    expect(totals).toMatchObject({ redriven: 5, left: 0, checked: 5 });
    expect(done).toBe(false);
    expect(queue.visible).toHaveLength(5);
    expect(left).toEqual([]);
  });

  it('returns a range when the deadline interrupts its reading', async () => {
    const id = putRange('shard-1', [
      [markOf('a')],
      Object.assign(new Error('aborted'), { name: 'AbortError' }),
    ]);
    fault = () => {
      nowMs += 5_000;
      return 'none';
    };
    const { totals, done } = await step(stepOf(), { deadlineMs: nowMs + 5_000 });
    expect([totals.left, done]).toEqual([0, false]);
    expect(queue.visible).toEqual([id]);
  });

  it('receives no dead letters when hardly any time is left', async () => {
    putPoison(markOf('a'));
    const { totals, done } = await step(stepOf(), { deadlineMs: nowMs + 2_000 });
    expect([totals.checked, done, queue.receives]).toEqual([0, false, 0]);
  });

  it('ends when messages that it has received could become visible again', async () => {
    for (let index = 0; index < 3; index += 1) putPoison(poisonOf(`restaurant-${index}`));
    nowMs += REDRIVE_WINDOW_SECONDS * 1000;
    const { totals, done } = await step(stepOf('repair', START_MS));
    expect([totals.checked, done, queue.receives]).toEqual([0, true, 0]);
  });

  it('returns failed dead letters only at the end, so that no step receives them again', async () => {
    fault = (restaurants) => {
      nowMs += 1_000;
      return restaurants.includes('broken') ? 'throttled-actions' : 'none';
    };
    const id = putPoison(markOf('broken'));
    for (let index = 0; index < 30; index += 1) putPoison(markOf(`restaurant-${index}`));
    let state = stepOf();
    for (let steps = 0; !state.done; steps += 1) {
      if (steps > 50) throw new Error('the redrive does not end');
      expect(queue.visible.includes(id)).toBe(steps === 0);
      state = await step(state, { deadlineMs: nowMs + 100_000, concurrency: 1 });
    }
    expect(queue.kept).toEqual([id]);
  });

  it('never tries a dead letter twice in one run, however long its steps take', async () => {
    const ids = Array.from({ length: 25 }, (_, index) => putPoison(poisonOf(`restaurant-${index}`)));
    let state = stepOf();
    for (let steps = 0; !state.done; steps += 1) {
      if (steps > 20) throw new Error('the redrive does not end');
      state = await step(state, { deadlineMs: nowMs + 3_000 });
      nowMs += 100_000;
    }
    expect(ids.map((id) => queue.receptions.get(id))).toEqual(ids.map(() => 1));
    expect(state.totals).toMatchObject({ left: 25, redriven: 0 });
  });
});

describe('redrive in mode verify', () => {
  it('receives no dead letter, because it changes nothing', async () => {
    putPoison(markOf('a'));
    const { totals, done } = await step(stepOf('verify'));
    expect([totals, done, queue.receives]).toEqual([noTotals, true, 0]);
  });
});
