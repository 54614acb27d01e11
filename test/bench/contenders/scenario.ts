/**
 * One scenario: a load, a size of the batches and a delay. All contenders run on the same engine, batch by
 * batch in turn, so that the noise of the machine hits all of them. Then comes the schedule of redeliveries
 * and lost answers.
 */
import { join } from 'node:path';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { startEngine } from '../../../infra/local/emulator/engine/start-engine.ts';
import { startQueueServer } from '../../../infra/local/emulator/queue/queue-server.ts';
import type { SynthesizedStack } from '../../../infra/synthesize.ts';
import { Child } from './child-process.ts';
import { type ContenderName, contenderNamed, windowNamesOf } from './contender-list.ts';
import { deliver } from './delivery.ts';
import { deploy, type Deployed } from './deploy.ts';
import { top100Of } from './floors.ts';
import { cut, type LoadEvent, loadOf, type LoadName, recordsOf, warmUpEvents } from './loads.ts';
import { engineClient, startHandler, tsx } from './processes.ts';
import { readCounts, recount, wrongCounts } from './recount.ts';
import type { RelayBill, RelayRequest } from './relay.ts';
import { hostileDeliveries } from './schedule.ts';

export interface Scenario {
  readonly load: LoadName;
  readonly batchSize: number;
  readonly delayMs: number;
  /** Measured events of each contender. */
  readonly events: number;
  readonly contenders: readonly ContenderName[];
}

/** One line of the output. Readers of `--out` rely on the names of the members up to `wrongCounts`. */
export interface Measured {
  readonly contender: ContenderName;
  /** Such as `trace/1000`: the load and the size of the batches. */
  readonly load: string;
  readonly delayMs: number;
  readonly eventsPerSecond: number;
  readonly requestsPerEvent: number;
  /** As the engine says. */
  readonly writeUnitsPerEvent: number;
  readonly writeUnitsPerEventAws: number;
  readonly cpuMsPer100Events: number;
  readonly peakMb: number;
  /** After the schedule of redeliveries and lost answers. */
  readonly wrongCounts: number;
  readonly batchSize: number;
  readonly events: number;
  readonly readUnitsPerEvent: number;
  /** Counts that are not 0, after the schedule. */
  readonly counts: number;
  /** Before the schedule. */
  readonly wrongCountsUndisturbed: number;
  /** Transactions that met an item of another one, and records that failed because of it. */
  readonly conflictsPerEvent: number;
  readonly failedPerEvent: number;
  readonly lostAnswers: number;
}

/** A tenth as many events as are measured come before them, to warm up. */
const WARM_UP_SHARE = 0.1;
/** A tenth as many come after them, and lose answers. */
const HOSTILE_SHARE = 0.1;
interface Runner {
  readonly name: ContenderName;
  readonly deployed: Deployed;
  readonly child: Child<object>;
  readonly totals: { wallMs: number; cpuMs: number; peakMb: number; failed: number };
}

interface Bench {
  readonly client: DynamoDBClient;
  readonly relay: Child<RelayRequest>;
  readonly runners: readonly Runner[];
  readonly plan: Plan;
}

type Plan = ReturnType<typeof planOf>;

export async function runScenario(
  scenario: Scenario,
  places: { readonly assembly: SynthesizedStack; readonly directory: string },
): Promise<readonly Measured[]> {
  await using stack = new AsyncDisposableStack();
  const bench = await start(scenario, places, stack);
  const { runners, plan } = bench;
  for (const { deployed, child } of runners) {
    for (const batch of plan.warmUp) await deliver(child, deployed.contender, batch);
  }
  const before = await billsOf(bench);
  for (const [index, batch] of plan.measured.entries()) {
    for (const { deployed, child, totals } of inTurn(runners, index)) {
      const { wallMs, cpuMs, peakMb, failed } = await deliver(child, deployed.contender, batch);
      totals.wallMs += wallMs;
      totals.cpuMs += cpuMs;
      totals.peakMb = peakMb;
      totals.failed += failed;
    }
  }
  const after = await billsOf(bench);
  const lines: Measured[] = [];
  for (const [index, runner] of runners.entries()) {
    const bill = difference(after[index], before[index]);
    lines.push({ ...lineOf(scenario, runner, bill), ...(await disturb(bench, runner)) });
  }
  return lines;
}

/** The events of the scenario, and the batches that deliver them. */
function planOf({ load, events, batchSize }: Scenario) {
  const warmUp = warmUpEvents(Math.max(batchSize, Math.ceil(events * WARM_UP_SHARE)));
  const all = [...warmUp, ...loadOf(load, events + Math.ceil(events * HOSTILE_SHARE)).events];
  const clean = warmUp.length + events;
  const records = recordsOf(all);
  const measured = cut(records.slice(warmUp.length, clean), batchSize);
  return {
    all,
    clean: all.slice(0, clean),
    warmUp: cut(records.slice(0, warmUp.length), batchSize),
    measured,
    hostile: hostileDeliveries(measured, cut(records.slice(clean), batchSize)),
  };
}

/** Starts engine, relay and contenders. The stack ends them. */
async function start(
  scenario: Scenario,
  { assembly, directory }: { readonly assembly: SynthesizedStack; readonly directory: string },
  stack: AsyncDisposableStack,
): Promise<Bench> {
  const database = join(directory, `${scenario.load}-${scenario.batchSize}-${scenario.delayMs}`);
  const engine = stack.adopt(await startEngine({ engine: 'embedded', directory: database }), (it) =>
    it.stop(),
  );
  const queues = stack.adopt(await startQueueServer({ directory: database }), (it) => it.stop());
  const client = stack.adopt(engineClient(engine.endpoint), (it) => it.destroy());
  const relay = stack.use(
    new Child<RelayRequest>(join(import.meta.dirname, 'relay.ts'), { execArgv: tsx, env: process.env }),
  );
  const plan = planOf(scenario);
  const surroundings = { client, queues, assembly, directory: database };
  const enginePort = Number(new URL(engine.endpoint).port);
  const runners: Runner[] = [];
  for (const name of scenario.contenders) {
    const contender = contenderNamed(name);
    const ranking = contender.ranking === 'top-100' ? top100Of(plan.all) : contender.ranking;
    const deployed = await deploy(contender, surroundings, { prefix: 'bench', ranking });
    const { delayMs } = scenario;
    const hasConflicts = contender.isContext === true || scenario.load === 'viral';
    const route = { name, enginePort, delayMs, tables: deployed.tables, hasConflicts };
    const { port } = await relay.ask<{ readonly port: number }>({ kind: 'open', route });
    const child = stack.use(startHandler(deployed, { port, queueEndpoint: queues.endpoint }));
    await child.next();
    runners.push({ name, deployed, child, totals: { wallMs: 0, cpuMs: 0, peakMb: 0, failed: 0 } });
  }
  return { client, relay, runners, plan };
}

async function billsOf({ relay, runners }: Bench): Promise<readonly RelayBill[]> {
  const bills: RelayBill[] = [];
  for (const { name } of runners) bills.push(await relay.ask<RelayBill>({ kind: 'bill', name }));
  return bills;
}

function difference(after: RelayBill | undefined, before: RelayBill | undefined): RelayBill {
  const of = (name: keyof RelayBill): number => (after?.[name] ?? 0) - (before?.[name] ?? 0);
  return {
    requests: of('requests'),
    writeUnitsOfEngine: of('writeUnitsOfEngine'),
    writeUnits: of('writeUnits'),
    readUnits: of('readUnits'),
    lostAnswers: of('lostAnswers'),
    conflicts: of('conflicts'),
  };
}

function lineOf({ load, batchSize, delayMs, events }: Scenario, { name, totals }: Runner, bill: RelayBill) {
  return {
    contender: name,
    load: `${load}/${batchSize}`,
    delayMs,
    eventsPerSecond: (events / totals.wallMs) * 1000,
    requestsPerEvent: bill.requests / events,
    writeUnitsPerEvent: bill.writeUnitsOfEngine / events,
    writeUnitsPerEventAws: bill.writeUnits / events,
    cpuMsPer100Events: (totals.cpuMs / events) * 100,
    peakMb: totals.peakMb,
    batchSize,
    events,
    readUnitsPerEvent: bill.readUnits / events,
    conflictsPerEvent: bill.conflicts / events,
    failedPerEvent: totals.failed / events,
  };
}

/** Runs the schedule of redeliveries and lost answers, and compares the counts before and after it. */
async function disturb({ client, relay, plan }: Bench, { name, deployed, child }: Runner) {
  const isContext = deployed.contender.isContext === true;
  const undisturbed = await differencesOf(deployed, client, plan.clean);
  // Only a stream delivers a record again. A request that repeats an old mark is a new mark.
  const deliveries = plan.hostile.filter(({ loss }) => !isContext || loss !== undefined);
  for (const { records, loss } of deliveries) {
    await relay.ask({ kind: 'lose', name, loss });
    await deliver(child, deployed.contender, records);
  }
  const { lostAnswers } = await relay.ask<RelayBill>({ kind: 'bill', name });
  const { wrong, counts } = await differencesOf(deployed, client, plan.all);
  return { wrongCounts: wrong, counts, wrongCountsUndisturbed: undisturbed.wrong, lostAnswers };
}

async function differencesOf(
  { contender, countsTable }: Deployed,
  client: DynamoDBClient,
  events: readonly LoadEvent[],
): Promise<{ readonly wrong: number; readonly counts: number }> {
  const expected = recount(events, (createdAt) => windowNamesOf(contender, createdAt));
  const actual = await readCounts(client, countsTable);
  return { wrong: wrongCounts(expected, actual), counts: expected.size };
}

/** Each batch starts with another contender. */
function inTurn<T>(items: readonly T[], turn: number): readonly T[] {
  const first = turn % items.length;
  return [...items.slice(first), ...items.slice(0, first)];
}
