/**
 * I4 on a real trace: 400 places of every kind are damaged, and one repair finds and corrects all of them,
 * beside live traffic and while its own steps are throttled, crash, lose their answers and are repeated. No
 * other item changes. The file of the trace may be missing; test/local/reconcile.test.ts needs none.
 */
import { readFileSync } from 'node:fs';
import {
  type AttributeValue,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
  type ScanCommandOutput,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLoadGenerator } from '../../infra/local/console/load-generator.ts';
import { seededRandom } from '../../infra/local/emulator/random.ts';
import { type LocalRun, startLocalRun } from '../../infra/local/local-run.ts';
import { Gate } from '../../infra/local/replay/pace.ts';
import { recount } from '../../infra/local/replay/drift.ts';
import { replaySettings } from '../../infra/local/replay/replay-settings.ts';
import { type DamagedFavourite, damageKinds } from '../support/damage-kinds.ts';
import { withSharedFiles } from '../support/shared-files.ts';
import { writeEvents } from '../support/write-events.ts';

const LONG_MS = 600_000;
const PLACES = 400;
/** Longer than the lag of the local pipe. */
const GRACE_MS = 3_000;
const LOAD_RATE = 50;
/** `REAL_DAMAGE_SEEDS=1,2,3` takes the whole trace, and a repair for each seed. */
const askedSeeds = process.env['REAL_DAMAGE_SEEDS'];
const SEEDS = (askedSeeds ?? '1').split(',').map(Number);
const FAVOURITES_MAX = askedSeeds === undefined ? 10_000 : Infinity;
const faults = { throttle: 0.02, conflict: 0.02, 'lost-answer': 0.03, crash: 0.2, duplicate: 0.1 };
const tableNames = ['favourites', 'countedFavourites', 'aggregatedFavourites'] as const;
type Item = Readonly<Record<string, AttributeValue>>;

withSharedFiles(['data/favourites-trace.csv'], (trace = '') => {
  describe('a repair of a real trace', () => {
    let run: LocalRun;
    const favourites = favouritesIn(readFileSync(trace, 'utf8')).slice(0, FAVOURITES_MAX);

    beforeAll(async () => {
      run = await startLocalRun({ settings: replaySettings(), seed: 1, isPipeOff: true });
      await writeEvents(
        run,
        favourites.map((favourite) => ({ kind: 'mark', ...favourite })),
      );
      const seeded = await run.reconcile({ mode: 'seed' });
      if (seeded.kind !== 'succeeded') throw new Error(`the seed ended with ${JSON.stringify(seeded)}`);
      // What was written so far reaches no pipe, so its events are lost.
    }, LONG_MS);
    afterAll(() => run.stop());

    it.each(SEEDS)(
      'finds and corrects 400 places of every kind, beside live traffic and faults, seed %i',
      async (seed) => {
        const chosen = chooseOnePerRestaurant(await live(run), seed);
        const kinds = Object.entries(damageKinds);
        const damaged = new Set<string>();
        for (const [index, favourite] of chosen.entries()) {
          const [, kind] = kinds[index % kinds.length] ?? [];
          for (const { table, key, change } of kind?.(favourite) ?? []) {
            await changeItem(run, { table, key, change });
          }
          damaged.add(favourite.restaurantId);
        }
        const before = await snapshot(run, damaged);
        const load = createLoadGenerator(run, { seed, gate: new Gate(), onWritten: () => {} });
        if (seed === SEEDS[0]) await run.startPipe();
        load.set({ rate: LOAD_RATE, skew: 1 });
        setFaults(run, 1);

        const outcome = await run.reconcile({ mode: 'repair', graceMs: GRACE_MS });
        await load.stop();
        setFaults(run, 0);
        await run.pipe.drain();

        expect(outcome).toMatchObject({ kind: 'succeeded', report: { notAudited: 0 } });
        const verified = await run.reconcile({ mode: 'verify', graceMs: GRACE_MS });
        expect(verified).toMatchObject({ kind: 'succeeded', report: { registersFound: 0, countsFound: 0 } });
        using recounted = await recount(run);
        expect(recounted.driftCount).toBe(0);
        expect(await snapshot(run, damaged)).toEqual(before);
        if (outcome.kind === 'succeeded') {
          const { registersFound, registersCorrected, countsFound, countsCorrected } = outcome.report;
          expect(registersCorrected).toBe(registersFound);
          expect(countsCorrected).toBe(countsFound);
          process.stdout.write(
            `seed ${seed}: ${chosen.length} places, ${registersFound} registers and ${countsFound} counts\n`,
          );
        }
      },
      LONG_MS,
    );
  });
});

// Jest fails a file without a test.
describe('the kinds of damage', () => {
  it('change items of all three tables', () => {
    const favourite = { restaurantId: 'r1', userId: 'u1', createdAt: '2022-08-01T12:00:00Z' };
    const tables = Object.values(damageKinds).flatMap((kind) => kind(favourite).map(({ table }) => table));
    expect(new Set(tables)).toEqual(new Set(tableNames));
  });
});

/** The favourites that are never un-marked. */
function favouritesIn(csv: string): readonly DamagedFavourite[] {
  return csv
    .trim()
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [restaurantId = '', userId = '', createdAt = '', removedAt = ''] = line.split(',');
      return removedAt === '' ? [{ restaurantId, userId, createdAt }] : [];
    });
}

function setFaults({ faults: plan }: LocalRun, factor: number): void {
  for (const [name, probability] of Object.entries(faults)) {
    plan.set(name as keyof typeof faults, probability * factor);
  }
}

/** What is counted right now, according to Favourites. */
async function live(run: LocalRun): Promise<readonly DamagedFavourite[]> {
  const rows = await scan(run, 'favourites');
  return rows
    .map((row) => ({
      restaurantId: row['restaurant_id']?.S ?? '',
      userId: row['user_id']?.S ?? '',
      createdAt: row['created_at']?.S ?? '',
    }))
    .filter(
      ({ restaurantId, userId, createdAt }) =>
        isOfTrace(restaurantId) && userId !== 'stranger' && createdAt < '2100',
    )
    .toSorted((a, b) => (`${a.restaurantId}#${a.userId}` < `${b.restaurantId}#${b.userId}` ? -1 : 1));
}

/** The live traffic has other restaurants. */
function isOfTrace(restaurantId: string): boolean {
  return /^r\d+$/.test(restaurantId);
}

function chooseOnePerRestaurant(
  some: readonly DamagedFavourite[],
  seed: number,
): readonly DamagedFavourite[] {
  const random = seededRandom(seed);
  const byRestaurant = Map.groupBy(some, ({ restaurantId }) => restaurantId);
  const restaurants = [...byRestaurant.values()]
    .map((ofRestaurant) => ({ ofRestaurant, at: random() }))
    .toSorted((a, b) => a.at - b.at);
  return restaurants.slice(0, PLACES).flatMap(({ ofRestaurant }) => ofRestaurant[0] ?? []);
}

async function changeItem(
  { dynamoDb, tables }: LocalRun,
  {
    table,
    key,
    change,
  }: {
    readonly table: (typeof tableNames)[number];
    readonly key: Item;
    readonly change: (before: Item) => Item | undefined;
  },
): Promise<void> {
  const TableName = tables[table];
  const { Item: before } = await dynamoDb.send(
    new GetItemCommand({ TableName, Key: key, ConsistentRead: true }),
  );
  const after = change(before ?? key);
  if (after === undefined) await dynamoDb.send(new DeleteItemCommand({ TableName, Key: key }));
  else await dynamoDb.send(new PutItemCommand({ TableName, Item: after }));
}

/** Every item of the restaurants of the trace, except those that are damaged, as text. */
async function snapshot(run: LocalRun, damaged: ReadonlySet<string>): Promise<readonly string[]> {
  const items = await Promise.all(tableNames.map((table) => scan(run, table)));
  return items
    .flat()
    .filter((item) => {
      const restaurantId = item['restaurant_id']?.S ?? '';
      return isOfTrace(restaurantId) && !damaged.has(restaurantId);
    })
    .map((item) => JSON.stringify(Object.entries(item).toSorted(([a], [b]) => (a < b ? -1 : 1))))
    .toSorted();
}

async function scan(
  { dynamoDb, tables }: LocalRun,
  table: (typeof tableNames)[number],
): Promise<readonly Item[]> {
  const items: Item[] = [];
  let after: Record<string, AttributeValue> | undefined;
  do {
    const page: ScanCommandOutput = await dynamoDb.send(
      new ScanCommand({ TableName: tables[table], ExclusiveStartKey: after }),
    );
    items.push(...(page.Items ?? []));
    after = page.LastEvaluatedKey;
  } while (after !== undefined);
  return items;
}
