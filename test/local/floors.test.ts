/**
 * The ranking with floors on the local stack: a row has its key exactly at the floor or above it, whenever
 * the test looks, under every fault, and after a repair. Readers get exactly those rows, also while the floor
 * changes.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { faultNames, type FaultProbabilities } from '../../infra/local/emulator/faults/fault-plan.ts';
import { hash32, seededRandom } from '../../infra/local/emulator/random.ts';
import { type LocalRun, startLocalRun } from '../../infra/local/local-run.ts';
import { replaySettings } from '../../infra/local/replay/replay-settings.ts';
import type { ReplayEvent } from '../../infra/local/replay/replay-write.ts';
import { type Settings, settingsFor } from '../../infra/settings/settings.ts';
import { BadInputError } from '../../src/client/client.ts';
import type { Ranked, RankedKind, RankingSettings } from '../../src/counting/ranking.ts';
import { itemsOf, operatedStack, type OperatedStack } from '../support/operated-stack.ts';
import { windowsByHand } from '../support/watch-sums.ts';
import { writeEvents } from '../support/write-events.ts';
import { clientOf } from './api-client.ts';
import { allPages, expectRanked, favouriteCountsOf } from './client-agreement.ts';

/** `FC_SEED=2 npm test -- test/local/floors.test.ts` draws other writes and faults. */
const SEED = Number(process.env['FC_SEED'] ?? 1);
const GRACE_MS = 300;
const RESTAURANTS = 30;
/** All faults after which the counts are exact without a repair. */
const harmless: FaultProbabilities = {
  ...{ duplicate: 0.6, 'lost-answer': 0.15, throttle: 0.1, conflict: 0.2 },
  ...{ crash: 0.25, reorder: 0.5, poison: 0.02 },
};
const lossy: FaultProbabilities = { drop: 0.3, vanish: 0.1 };

const base = replaySettings();
/** Batches in which the favourites of the viral restaurant do not fit into one transaction. */
function settingsOf(ranking: RankingSettings, previousRanking?: RankingSettings): Settings {
  return settingsFor('dev', {
    ...base,
    pipe: { batchSize: 250, maximumBatchingWindowSeconds: 0, parallelizationFactor: 2 },
    reconcile: { ...base.reconcile, secondReadingSeconds: 0 },
    ranking,
    ...(previousRanking && { previousRanking }),
  });
}

/** What an application did to Favourites, and the counts that follow from it without the product's code. */
class Application {
  readonly #random = seededRandom(hash32(`floors:${SEED}`));
  readonly #live = new Map<string, ReplayEvent>();
  #users = 0;

  /** Restaurant 0 is viral; most of the others have about as many favourites as a floor. */
  events(count: number, { unmarks }: { readonly unmarks: number }): readonly ReplayEvent[] {
    return Array.from({ length: count }, () => {
      const marked = [...this.#live.keys()];
      const key = marked[Math.floor(this.#random() * marked.length)];
      const mark = key === undefined ? undefined : this.#live.get(key);
      if (key === undefined || mark === undefined || this.#random() >= unmarks) return this.#mark();
      this.#live.delete(key);
      return { ...mark, kind: 'un-mark' as const };
    });
  }

  #mark(): ReplayEvent {
    const restaurant = this.#random() < 0.7 ? 0 : 1 + Math.floor(this.#random() ** 2 * RESTAURANTS);
    const [restaurantId, userId] = [`r${restaurant}`, `u${(this.#users += 1)}`];
    const createdAt = new Date(
      Date.UTC(2024, 0, 10 + 7 * Math.floor(this.#random() * 6), 12, 0, this.#users % 60),
    ).toISOString();
    const mark = { kind: 'mark', restaurantId, userId, createdAt } as const;
    this.#live.set(`${restaurantId}#${userId}`, mark);
    return mark;
  }

  /** By window, then by restaurant. */
  counts(): ReadonlyMap<string, ReadonlyMap<string, number>> {
    const counts = new Map<string, Map<string, number>>();
    for (const { restaurantId, createdAt } of this.#live.values()) {
      for (const window of windowsByHand(createdAt)) {
        const ofWindow = counts.get(window) ?? new Map<string, number>();
        counts.set(window, ofWindow.set(restaurantId, (ofWindow.get(restaurantId) ?? 0) + 1));
      }
    }
    return counts;
  }

  async write(run: LocalRun, count: number, options: { readonly unmarks: number }): Promise<void> {
    await writeEvents(run, this.events(count, options));
    await run.pipe.drain();
  }
}

function kindOf(window: string): RankedKind {
  if (window === 'ALL_TIME') return window;
  return /^\d{8}$/.test(window) ? 'DAY' : 'MONTH';
}

function isDue(ranked: Ranked | undefined, count: number): boolean {
  return ranked === 'off' ? false : count >= (typeof ranked === 'number' ? ranked : 0);
}

/** The rows as stored: `restaurant window` with its count, and whether it has its key. */
async function rowsOf({ dynamoDb, tables }: LocalRun) {
  const items = await itemsOf(dynamoDb, tables.aggregatedFavourites);
  return items.map((item) => ({
    restaurant: item['restaurant_id']?.S ?? '',
    window: item['time_window']?.S ?? '',
    count: Number(item['favourite_count']?.N),
    hasKey: item['ranking_key'] !== undefined,
  }));
}

async function wrongKeys(run: LocalRun, ranking: RankingSettings): Promise<readonly string[]> {
  return (await rowsOf(run))
    .filter(({ window, count, hasKey }) => hasKey !== isDue(ranking[kindOf(window)], count))
    .map((row) => JSON.stringify(row));
}

/** The rows that count are those of the favourites, each with its key exactly if the ranking asks for it. */
async function expectRows(run: LocalRun, application: Application, ranking: RankingSettings): Promise<void> {
  const counts = new Map<string, Map<string, number>>();
  for (const { restaurant, window, count } of await rowsOf(run)) {
    if (count === 0) continue;
    counts.set(window, (counts.get(window) ?? new Map<string, number>()).set(restaurant, count));
  }
  expect(counts).toEqual(application.counts());
  expect(await wrongKeys(run, ranking)).toEqual([]);
}

/** Client and API rank exactly the restaurants from the floor on, page by page, and refuse what is off. */
async function expectServed(
  run: LocalRun,
  application: Application,
  ranking: RankingSettings,
): Promise<void> {
  const [client, api] = [favouriteCountsOf(run), clientOf(run)];
  for (const [window, counts] of application.counts()) {
    const ranked = ranking[kindOf(window)];
    if (ranked === 'off') {
      const thrown = await client.ranking({ window }).catch((error: unknown) => error);
      expect(thrown).toBeInstanceOf(BadInputError);
      const message = `counts the window ${window}, but does not rank it`;
      expect(thrown).toMatchObject({ message: expect.stringContaining(message) });
      const { status, body } = await api.request('GET', `/restaurants?window=${window}`);
      expect({ status, body }).toMatchObject({
        status: 400,
        body: { detail: expect.stringContaining(message) },
      });
    } else {
      const due = new Map([...counts].filter(([, count]) => isDue(ranked, count)));
      expectRanked(await allPages({ client, api }, window, 7), due);
    }
    const [[restaurant, count] = ['', 0]] = counts;
    expect((await client.counts(restaurant, { windows: [window] })).counts).toEqual({ [window]: count });
  }
}

describe(`a ranking with floors, under every fault (FC_SEED=${SEED})`, () => {
  const ranking: RankingSettings = { ALL_TIME: 6, MONTH: 3, DAY: 'off' };
  const application = new Application();
  let run: LocalRun;
  beforeAll(async () => {
    run = await startLocalRun({ settings: settingsOf(ranking), faults: harmless, seed: SEED });
  });
  afterAll(() => run.stop());

  it('has its keys exactly at the floor or above it, at every look and at the end', async () => {
    const traffic = { isOver: false };
    const wrong: string[] = [];
    let looks = 0;
    const writing = application.write(run, 1_400, { unmarks: 0.4 }).finally(() => {
      traffic.isOver = true;
    });
    while (!traffic.isOver) {
      wrong.push(...(await wrongKeys(run, ranking)));
      looks += 1;
    }
    await writing;

    expect(wrong).toEqual([]);
    expect(looks).toBeGreaterThan(5);
    await expectRows(run, application, ranking);
    const rows = (await rowsOf(run)).filter(({ window }) => kindOf(window) !== 'DAY');
    for (const hasKey of [true, false]) {
      expect(rows.filter((row) => row.hasKey === hasKey).length).toBeGreaterThan(10);
    }
    const { requests, faults } = run.counters();
    expect(requests['BatchGetItem']).toBeGreaterThan(0);
    const expected = faultNames.filter((name) => harmless[name]);
    expect(expected.filter((name) => faults[name] === 0)).toEqual([]);
  });

  it('serves exactly the rows from the floor on, and refuses the ranking of a kind that is off', async () => {
    await expectServed(run, application, ranking);
  });

  it('is as the audit wants it: a repair finds no count to correct', async () => {
    for (const name of faultNames) run.faults.set(name, 0);
    const outcome = await run.reconcile({ mode: 'repair', graceMs: GRACE_MS });
    expect(outcome).toMatchObject({ kind: 'succeeded', report: { registersFound: 0, countsFound: 0 } });
  });

  it('stays so when redrive and heal count what the pipe lost', async () => {
    for (const name of faultNames) run.faults.set(name, lossy[name] ?? 0);
    await application.write(run, 300, { unmarks: 0.6 });
    for (const name of faultNames) run.faults.set(name, 0);
    expect(await wrongKeys(run, ranking)).toEqual([]);

    const outcome = await run.reconcile({ mode: 'repair', graceMs: GRACE_MS });

    expect(outcome).toMatchObject({ kind: 'succeeded', report: { countsFound: 0, notAudited: 0 } });
    expect(run.counters().faults.vanish).toBeGreaterThan(0);
    expect(run.counters().reconcile.requests['TransactWriteItems']).toBeGreaterThan(0);
    await expectRows(run, application, ranking);
    await expectServed(run, application, ranking);
  });
});

describe('a change of the floor by a deployment', () => {
  let stack: OperatedStack;
  let application: Application;
  beforeEach(() => {
    stack = operatedStack();
    application = new Application();
  });
  afterEach(() => stack.stop());

  const deploy = (ranking: RankingSettings, previous?: RankingSettings): Promise<LocalRun> =>
    stack.deploy({ settings: settingsOf(ranking, previous) });

  it.each<readonly [string, Record<'before' | 'after' | 'served', RankingSettings>]>([
    [
      'from rows that were all ranked to floors',
      {
        before: {},
        after: { ALL_TIME: 6, MONTH: 3, DAY: 'off' },
        served: { ALL_TIME: 6, MONTH: 3, DAY: 'off' },
      },
    ],
    [
      'up and down, on and off',
      {
        before: { ALL_TIME: 8, MONTH: 2, DAY: 'off' },
        after: { ALL_TIME: 3, MONTH: 4 },
        served: { ALL_TIME: 8, MONTH: 4, DAY: 'off' },
      },
    ],
  ])('%s serves exactly the higher floor, until a repair has made every key right', async (_, rankings) => {
    const { before, after, served } = rankings;
    const first = await deploy(before);
    await application.write(first, 300, { unmarks: 0.3 });
    await expectRows(first, application, before);
    await expectServed(first, application, before);

    const between = await deploy(after, before);
    await expectServed(between, application, served);
    await application.write(between, 60, { unmarks: 0.5 });
    await expectServed(between, application, served);
    const wrong = await wrongKeys(between, after);
    expect(wrong.length).toBeGreaterThan(10);

    expect(await between.reconcile({ mode: 'repair', graceMs: GRACE_MS })).toMatchObject({
      kind: 'succeeded',
      report: { registersFound: 0, countsFound: wrong.length, countsCorrected: wrong.length },
    });
    await expectRows(between, application, after);
    await expectServed(between, application, served);

    const done = await deploy(after);
    await application.write(done, 60, { unmarks: 0.5 });
    await expectRows(done, application, after);
    await expectServed(done, application, after);
  });

  it('to a lower one, without previousRanking, ranks too few restaurants until the repair', async () => {
    await application.write(await deploy({ ALL_TIME: 8 }), 200, { unmarks: 0.2 });

    const run = await deploy({ ALL_TIME: 2 });
    const due = [...(application.counts().get('ALL_TIME')?.values() ?? [])].filter((count) => count >= 2);
    expect((await clientOf(run).ranking('ALL_TIME', 100)).length).toBeLessThan(due.length);
    expect(await run.reconcile({ mode: 'repair', graceMs: GRACE_MS })).toMatchObject({ kind: 'succeeded' });
    await expectServed(run, application, { ALL_TIME: 2 });
  });

  it('reads no counts before a commit as long as no kind has a floor', async () => {
    const run = await deploy({ MONTH: 'off', DAY: 'on' });
    await application.write(run, 100, { unmarks: 0.3 });
    await expectRows(run, application, { MONTH: 'off' });
    expect(run.counters().requests['BatchGetItem']).toBeUndefined();
  });
});
