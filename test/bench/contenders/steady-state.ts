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

/** Ours with everything ranked: what an event costs when the pipe waits this long for a batch. */
export async function windowCurve(
  {
    windows,
    rates,
    batchSizes,
    seconds,
  }: {
    readonly windows: readonly number[];
    readonly rates: readonly number[];
    readonly batchSizes: readonly number[];
    readonly seconds: number;
  },
  surroundings: Surroundings,
): Promise<readonly CurvePoint[]> {
  const points: CurvePoint[] = [];
  const known = new Map<string, number>();
  for (const eventsPerSecond of rates) {
    const events = Math.round(seconds * eventsPerSecond);
    const records = recordsOf(loadOf('zipf', events).events);
    for (const windowSeconds of windows) {
      for (const batchSizeMax of batchSizes) {
        const size = Math.min(batchSizeMax, Math.round(windowSeconds * eventsPerSecond));
        const id = `${events} ${size}`;
        const units = known.get(id) ?? (await unitsInBatches(records, size, surroundings));
        known.set(id, units);
        points.push({ eventsPerSecond, windowSeconds, batchSizeMax, writeUnitsPerEventAws: units });
      }
    }
  }
  return points;
}

/** The pipe's clock starts with the first record of a batch; at a steady rate, all batches are as large. */
async function unitsInBatches(
  records: readonly StreamRecord[],
  size: number,
  surroundings: Surroundings,
): Promise<number> {
  await using steady = await startSteady('d-ours', surroundings);
  const bill = await steady.run(cut(records, size));
  return bill.writeUnits / records.length;
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
