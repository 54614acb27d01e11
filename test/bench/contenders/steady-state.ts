/**
 * Write units on an ordinary day, by AWS's rules and in memory: Zipf 1.0 over 160,000 restaurants, on tables
 * that have counted for months. Ours runs as its bundle; (a) in this process, because its units do not depend
 * on how its updates are sent.
 */
import { join } from 'node:path';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import type { StreamRecord } from '../../support/stream-records.ts';
import { createHandler } from './add-per-record.ts';
import { Child } from './child-process.ts';
import { type ContenderName, contenderNamed } from './contender-list.ts';
import { deliver } from './delivery.ts';
import { deploy, type Surroundings } from './deploy.ts';
import { cut, recordsOf, loadOf } from './loads.ts';
import { floorsOf } from './ranking-setting.ts';
import { startHandler, tsx } from './processes.ts';
import type { SteadyBill, SteadyRequest } from './steady-engine.ts';
import { clientOver, steadyFloors, SteadyTables } from './steady-tables.ts';

export interface SteadyUnits {
  readonly contender: ContenderName;
  /** Such as `zipf/80`. */
  readonly load: string;
  readonly events: number;
  readonly writeUnitsPerEventAws: number;
  readonly readUnitsPerEvent: number;
  readonly requestsPerEvent: number;
}

const RANKED = 100;
const BATCH = 80;
/** Events that each point of the curve measures, or two batches if these have more. */
const CURVE_EVENTS = 8_000;
/** The search for a batch size ends when the size is known to within this share. */
const SIZE_PRECISION = 0.02;

export async function steadyUnits(
  events: number,
  surroundings: Surroundings,
): Promise<readonly SteadyUnits[]> {
  const batches = cut(recordsOf(loadOf('zipf', events).events), BATCH);
  const names = ['a-add', 'a-add-top100', 'a-add-unranked'] as const;
  const ofOthers = await Promise.all(
    names.map(async (name) => ({ name, bill: await billOfAdd(rankingOf(name), batches) })),
  );
  const ofOurs = [];
  for (const name of ['d-ours', 'd-ours-top100', 'd-ours-unranked'] as const) {
    await using steady = await startSteady(name, surroundings);
    ofOurs.push({ name, bill: await steady.run(batches) });
  }
  return [...ofOthers, ...ofOurs].map(({ name, bill }) => ({
    contender: name,
    load: `zipf/${BATCH}`,
    events,
    ...perEvent(bill, events),
  }));
}

export interface CurvePoint {
  readonly eventsPerSecond: number;
  readonly windowSeconds: number;
  readonly batchSizeMax: number;
  readonly writeUnitsPerEventAws: number;
}

/** What an event of ours costs, everything ranked, in batches of a size; each size is measured once. */
export class UnitsBySize {
  readonly #surroundings: Surroundings;
  readonly #known = new Map<number, number>();

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  async of(size: number): Promise<number> {
    const known = this.#known.get(size);
    if (known !== undefined) return known;
    const events = Math.max(CURVE_EVENTS, 2 * size);
    const batches = cut(recordsOf(loadOf('zipf', events).events), size).filter(
      ({ length }) => length === size,
    );
    await using steady = await startSteady('d-ours', this.#surroundings);
    const { writeUnits } = await steady.run(batches);
    const units = writeUnits / (batches.length * size);
    this.#known.set(size, units);
    return units;
  }
}

/** What an event costs, for each batching window. At a steady rate all batches have the same size. */
export async function windowCurve(
  units: UnitsBySize,
  {
    windows,
    rates,
    batchSizes,
  }: {
    readonly windows: readonly number[];
    readonly rates: readonly number[];
    readonly batchSizes: readonly number[];
  },
): Promise<readonly CurvePoint[]> {
  const points: CurvePoint[] = [];
  for (const eventsPerSecond of rates) {
    for (const windowSeconds of windows) {
      for (const batchSizeMax of batchSizes) {
        const size = Math.min(batchSizeMax, windowSeconds * eventsPerSecond);
        const writeUnitsPerEventAws = await units.of(size);
        points.push({ eventsPerSecond, windowSeconds, batchSizeMax, writeUnitsPerEventAws });
      }
    }
  }
  return points;
}

/** The smallest batches in which an event costs at most this; undefined if the largest cost more. */
export async function sizeFromWhich(
  units: UnitsBySize,
  unitsMax: number,
  { smallest, largest }: { readonly smallest: number; readonly largest: number },
): Promise<number | undefined> {
  let [low, high] = [smallest, largest];
  if ((await units.of(high)) > unitsMax) return undefined;
  while (high - low > low * SIZE_PRECISION) {
    const middle = Math.round((low + high) / 2);
    if ((await units.of(middle)) <= unitsMax) high = middle;
    else low = middle;
  }
  return high;
}

function rankingOf(name: ContenderName): string {
  const { ranking } = contenderNamed(name);
  return ranking === 'top-100' ? steadyFloors(RANKED) : ranking;
}

async function billOfAdd(
  ranking: string,
  batches: readonly (readonly StreamRecord[])[],
): Promise<SteadyBill> {
  const TableName = 'AggregatedFavourites';
  const keys = ['restaurant_id', 'time_window'];
  const tables = new SteadyTables({
    tables: { [TableName]: { keys, indexes: [{ keys: ['ranking_key', 'favourite_count'], projected: [] }] } },
    countsTable: TableName,
    ranking,
    rankingKeyOf: (_, window) => window,
  });
  const client = clientOver(tables) as unknown as Parameters<typeof createHandler>[0]['client'];
  const handler = createHandler({ client, TableName, floors: floorsOf(ranking) });
  for (const Records of batches) {
    const { batchItemFailures } = await handler({ Records } as unknown as DynamoDBStreamEvent);
    if (batchItemFailures.length > 0) throw new Error('(a) failed on the tables in memory');
  }
  return tables.bill;
}

let runs = 0;

async function startSteady(name: ContenderName, surroundings: Surroundings) {
  const stack = new AsyncDisposableStack();
  const contender = contenderNamed(name);
  const ranking = rankingOf(name);
  runs += 1;
  const deployed = await deploy(contender, surroundings, { prefix: `steady-${runs}`, ranking });
  const engine = stack.use(
    new Child<SteadyRequest>(join(import.meta.dirname, 'steady-engine.ts'), {
      execArgv: tsx,
      env: process.env,
    }),
  );
  const shards = Number(deployed.environment['RANKING_SHARDS']);
  const { countsTable, tables } = deployed;
  const { port } = await engine.ask<{ readonly port: number }>({
    kind: 'open',
    options: { tables, countsTable, ranking, shards },
  });
  const child = stack.use(startHandler(deployed, { port, queueEndpoint: `http://127.0.0.1:${port}` }));
  await child.next();
  return {
    async run(batches: readonly (readonly StreamRecord[])[]): Promise<SteadyBill> {
      for (const batch of batches) {
        const { givenUp } = await deliver(child, contender, batch);
        if (givenUp > 0) throw new Error(`${name} failed on the tables in memory`);
      }
      return engine.ask<SteadyBill>({ kind: 'bill' });
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

function perEvent({ writeUnits, readUnits, requests }: SteadyBill, events: number) {
  return {
    writeUnitsPerEventAws: writeUnits / events,
    readUnitsPerEvent: readUnits / events,
    requestsPerEvent: requests / events,
  };
}
