/**
 * The ranking with floors: after every commit a count row has its ranking key exactly if its count is at the
 * floor or above it. Several lanes run at once, deliveries come again and in any order, answers are lost,
 * transactions conflict, and guesses may use counts of any age. The commits use the
 * real expressions, on DynamoDB in memory. Each wrong variant of the rules fails here.
 */
import type { TransactWriteItem, Update } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createCommitStore } from '../../src/commit/store.ts';
import { higherFloors, isRanked, rankedOf, type RankingSettings } from '../../src/counting/ranking.ts';
import type { TimeWindow } from '../../src/counting/time-window.ts';
import { auditStep } from '../../src/reconcile/audit/step.ts';
import { createAuditStore } from '../../src/reconcile/audit/store.ts';
import { deliveriesOf, expectedCounts, type History, historyArbitrary } from '../support/histories.ts';
import { MemoryDynamoDb, type TransactionFault } from '../support/memory-dynamodb.ts';
import { choicesArbitrary, scheduleOf } from '../support/random-schedule.ts';
import { bothWindows, deliverUntilHandled, stillClock } from '../support/run-batches.ts';

const LANES = 3;
const tableNames = { countedFavouritesTable: 'registers', aggregatedFavouritesTable: 'counts' };
const tables = { registers: ['restaurant_id', 'user_id'], counts: ['restaurant_id', 'time_window'] };

const ranked = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 4 }) },
  { weight: 1, arbitrary: fc.constantFrom('on' as const, 'off' as const) },
);
const rankings = fc.record({ ALL_TIME: ranked, MONTH: ranked, DAY: ranked });

interface World {
  readonly past: History;
  readonly batches: readonly (readonly unknown[])[];
  readonly faults: readonly TransactionFault[];
  /** The settings of each lane: of one version, or of the old and the new one during a deployment. */
  readonly rankingOf: (lane: number) => RankingSettings;
  readonly scheduler: fc.Scheduler;
  readonly choices: readonly number[];
}

interface Options {
  readonly rewrite?: (actions: readonly TransactWriteItem[]) => readonly TransactWriteItem[];
  /** Called after every commit. @throws what it finds wrong */
  readonly check: (database: MemoryDynamoDb) => void;
}

/** Delivers everything in lanes that run at once. */
async function run(world: World, { rewrite, check }: Options): Promise<MemoryDynamoDb> {
  const { scheduler, choices, faults, batches } = world;
  const schedule = scheduleOf(scheduler, choices);
  let sent = 0;
  let violation: Error | undefined;
  const database = new MemoryDynamoDb({
    tables,
    pause: () => schedule.pause(),
    choose: (options) => schedule.choose(options),
    fault: () => faults[sent++] ?? 'none',
    ...(rewrite && { rewrite }),
    onCommit: () => {
      // Thrown inside a request it would look like a lost answer.
      try {
        check(database);
      } catch (thrown) {
        violation ??= thrown as Error;
      }
    },
  });
  const clock = { ...stillClock, sleep: () => schedule.pause() };
  const lanes = Array.from({ length: LANES }, async (_, lane) => {
    const ranking = world.rankingOf(lane);
    const store = createCommitStore(
      database.client,
      { ...tableNames, timeWindows: bothWindows, timeZone: 'UTC', rankingShards: 2, ranking },
      { sleep: () => schedule.pause(), random: () => 0.5 },
    );
    for (const batch of batches.filter((__, index) => index % LANES === lane)) {
      await deliverUntilHandled(batch, { store, clock, ranking, concurrency: 2 });
    }
  });
  await scheduler.waitFor(Promise.all(lanes));
  if (violation !== undefined) throw violation;
  return database;
}

/** @throws naming the first row whose key is not as the ranking says */
function checkKeys(database: MemoryDynamoDb, ranking: RankingSettings): void {
  for (const { restaurant, window, count, hasKey } of rowsOf(database)) {
    if (hasKey !== isRanked(window, count, ranking)) {
      throw new Error(`${restaurant} counts ${count} in ${window} and ${hasKey ? 'has' : 'lacks'} its key`);
    }
  }
}

/** During a change: a reader that asks from the higher floor misses no restaurant. */
function checkReader(database: MemoryDynamoDb, ranking: RankingSettings): void {
  for (const { restaurant, window, count, hasKey } of rowsOf(database)) {
    if (rankedOf(window, ranking) !== 'off' && isRanked(window, count, ranking) && !hasKey) {
      throw new Error(`a reader misses ${restaurant}, which counts ${count} in ${window}`);
    }
  }
}

function rowsOf(database: MemoryDynamoDb) {
  return database.itemsOf('counts').map((item) => ({
    restaurant: item['restaurant_id']?.S ?? '',
    window: (item['time_window']?.S ?? '') as TimeWindow,
    count: Number(item['favourite_count']?.N),
    hasKey: item['ranking_key'] !== undefined,
  }));
}

function countsOf(database: MemoryDynamoDb): Readonly<Record<string, number>> {
  return Object.fromEntries(
    rowsOf(database)
      .filter(({ count }) => count !== 0)
      .map(({ restaurant, window, count }) => [`${restaurant}/${window}`, count]),
  );
}

async function audit(database: MemoryDynamoDb, ranking: RankingSettings): Promise<number> {
  let nowMs = stillClock.nowMs();
  const step = await auditStep(
    {
      run: { runId: 'run-1', mode: 'repair', graceMs: 0, startedAtMs: 0 },
      work: { table: 'countedFavourites', segment: 0, totalSegments: 1 },
    },
    {
      store: createAuditStore(database.client, tableNames),
      clock: {
        nowMs: () => nowMs,
        sleep: (ms) => {
          nowMs += ms;
          return Promise.resolve();
        },
      },
      timeWindows: bothWindows,
      timeZone: 'UTC',
      rankingShards: 2,
      ranking,
      secondReadingMs: 10_000,
      holdMs: 10_000,
      concurrency: 1,
      deadlineMs: nowMs + 1e9,
      notice: () => undefined,
    },
  );
  expect(step.done).toBe(true);
  return step.totals.corrected;
}

const faultsArbitrary = fc.array(
  fc.constantFrom<TransactionFault>('none', 'none', 'lost-answer', 'lost-request'),
  {
    maxLength: 30,
  },
);
const worlds = (rankingOf: fc.Arbitrary<World['rankingOf']>): fc.Arbitrary<World> =>
  historyArbitrary({ restaurants: 2, users: 5, length: 24 }).chain((past) =>
    fc.record({
      past: fc.constant(past),
      batches: deliveriesOf(past.records),
      faults: faultsArbitrary,
      rankingOf,
      scheduler: fc.scheduler(),
      choices: choicesArbitrary,
    }),
  );
const oneVersion = rankings.map((ranking) => () => ranking);
const twoVersions = fc.tuple(rankings, rankings).map(
  ([old, next]) =>
    (lane: number) =>
      lane === 0 ? old : next,
);

describe('the ranking key', () => {
  it('is always there exactly at the floor or above it, after every commit', async () => {
    await fc.assert(
      fc.asyncProperty(worlds(oneVersion), async (world) => {
        const ranking = world.rankingOf(0);
        const database = await run(world, { check: (now) => checkKeys(now, ranking) });
        expect(countsOf(database)).toEqual(expectedCounts(world.past.rows));
        await world.scheduler
          .waitFor(audit(database, ranking))
          .then((corrected) => expect(corrected).toBe(0));
      }),
      { numRuns: 800 },
    );
  }, 240_000);

  it('is always enough for readers while the floor changes, and exact after the audit', async () => {
    await fc.assert(
      fc.asyncProperty(worlds(twoVersions), async (world) => {
        const [old, next] = [world.rankingOf(0), world.rankingOf(1)];
        const higher = higherFloors(old, next);
        const database = await run(world, { check: (now) => checkReader(now, higher) });
        expect(countsOf(database)).toEqual(expectedCounts(world.past.rows));
        await world.scheduler.waitFor(audit(database, next));
        checkKeys(database, next);
      }),
      { numRuns: 800 },
    );
  }, 240_000);
});

type Change = (update: Update) => Update;

/** Changes the updates of count rows. */
const rewriting =
  (change: Change): NonNullable<Options['rewrite']> =>
  (actions) =>
    actions.map((action) =>
      action.Update?.TableName === 'counts' ? { Update: change(action.Update) } : action,
    );

const floorAt = (floor: number): RankingSettings => ({ ALL_TIME: floor, MONTH: floor, DAY: floor });
const isAbove = ({ UpdateExpression = '' }: Update) => UpdateExpression.includes('ranking_key = ');
const hasFloor = ({ ConditionExpression = '' }: Update) => ConditionExpression.includes(':least');
const NOTHING = 'attribute_not_exists(favourite_count) OR ';
const conditionOf = (update: Update, change: (text: string) => string): Update =>
  hasFloor(update) ? { ...update, ConditionExpression: change(update.ConditionExpression ?? '') } : update;
/** Rewrites only a step that leaves the count as it is. */
const onStepOfZero =
  (change: (expression: string) => string): Change =>
  (update) => {
    const { ExpressionAttributeValues: values, UpdateExpression: expression } = update;
    const isZero = values?.[':delta']?.N === '0' && expression !== undefined;
    return isZero ? { ...update, UpdateExpression: change(expression) } : update;
  };
const withoutNothing: Change = (update) => conditionOf(update, (text) => text.replace(NOTHING, ''));

const mutants: readonly (readonly [string, Change])[] = [
  [
    'compares with the floor itself instead of the floor less the delta',
    (update) =>
      hasFloor(update)
        ? {
            ...update,
            ExpressionAttributeValues: { ...update.ExpressionAttributeValues, ':least': { N: '2' } },
          }
        : update,
  ],
  [
    'puts a row that does not exist on the other side',
    (update) => {
      const had = (update.ConditionExpression ?? '').includes(NOTHING);
      const without = withoutNothing(update);
      return had
        ? without
        : conditionOf(without, (text) => text.replace('favourite_count', `${NOTHING}favourite_count`));
    },
  ],
  ['puts a row that does not exist on no side', withoutNothing],
  [
    'trusts the guess without a condition',
    (update) => conditionOf(update, () => 'attribute_not_exists(no_such_attribute)'),
  ],
  [
    'does not remove the key below the floor',
    (update) => ({
      ...update,
      UpdateExpression: update.UpdateExpression?.replace('REMOVE ranking_key ', ''),
    }),
  ],
  [
    'compares on the wrong side of the boundary',
    (update) =>
      conditionOf(update, (text) => (isAbove(update) ? text : text.replace('< :least', '>= :least'))),
  ],
  [
    'sets the key by a step of zero',
    onStepOfZero((expression) => expression.replace('SET ', 'SET ranking_key = :now, ')),
  ],
  [
    'removes the key by a step of zero',
    onStepOfZero((expression) => expression.replace(' ADD ', ' REMOVE ranking_key ADD ')),
  ],
  [
    'does not ask for the row that failed, and takes every floor for a hold',
    (update) => ({ ...update, ReturnValuesOnConditionCheckFailure: 'NONE' }),
  ],
];

/** Whether some random run violates what `check` demands, or never ends. */
async function breaks(
  worldsOf: fc.Arbitrary<World>,
  options: Omit<Options, 'check'> & { readonly check: (database: MemoryDynamoDb, world: World) => void },
): Promise<boolean> {
  const outcome = await fc.check(
    fc.asyncProperty(worldsOf, async (world) => {
      const { check, ...others } = options;
      await run(world, { ...others, check: (now) => check(now, world) });
    }),
    { numRuns: 150, endOnFailure: true },
  );
  return outcome.failed;
}

describe('the ranking with floors, without one of its rules,', () => {
  const ranking = floorAt(2);
  const atTwo = worlds(fc.constant(() => ranking));

  it('is sound in the worlds that break the mutants', async () => {
    expect(await breaks(atTwo, { check: (now) => checkKeys(now, ranking) })).toBe(false);
  });

  it.each(mutants)('fails when it %s', async (_, change) => {
    const check = (now: MemoryDynamoDb): void => checkKeys(now, ranking);
    expect(await breaks(atTwo, { rewrite: rewriting(change), check })).toBe(true);
  });

  it('fails during a change of the floor when readers ask from the lower of the two', async () => {
    const changing = worlds(fc.constant((lane) => (lane === 0 ? floorAt(4) : floorAt(1))));
    expect(await breaks(changing, { check: (now) => checkReader(now, floorAt(1)) })).toBe(true);
    expect(await breaks(changing, { check: (now) => checkReader(now, floorAt(4)) })).toBe(false);
  });

  it('fails when the audit begins before the last function of the old version has ended', async () => {
    const outcome = await fc.check(
      fc.asyncProperty(worlds(fc.constant(() => floorAt(4))), async (world) => {
        const half = Math.ceil(world.batches.length / 2);
        const database = await run({ ...world, batches: world.batches.slice(0, half) }, { check: () => {} });
        await world.scheduler.waitFor(audit(database, floorAt(1)));
        checkKeys(database, floorAt(1));
        // A function of the old version commits once more.
        const store = createCommitStore(
          database.client,
          { ...tableNames, timeWindows: bothWindows, timeZone: 'UTC', rankingShards: 2, ranking: floorAt(4) },
          { sleep: () => Promise.resolve(), random: () => 0.5 },
        );
        const late = world.batches
          .slice(half)
          .map((batch) => deliverUntilHandled(batch, { store, ranking: floorAt(4) }));
        await world.scheduler.waitFor(Promise.all(late));
        checkKeys(database, floorAt(1));
      }),
      { numRuns: 150, endOnFailure: true },
    );
    expect(outcome.failed).toBe(true);
  });
});
