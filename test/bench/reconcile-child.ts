/**
 * One measurement of `npm run bench:reconcile`, in a process of its own, so that its peak memory is that of
 * one run alone. It uses only what the compared revision has too, because it also runs there.
 *
 *     fill DIRECTORY FAVOURITES | verify DIRECTORY CHANGES_A_SECOND
 */
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { type AttributeValue, type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { createLoadGenerator } from '../../infra/local/console/load-generator.ts';
import { seededRandom } from '../../infra/local/emulator/random.ts';
import { type LocalRun, startLocalRun } from '../../infra/local/local-run.ts';
import { Gate } from '../../infra/local/replay/pace.ts';
import { replaySettings } from '../../infra/local/replay/replay-settings.ts';
import type { ReplayEvent } from '../../infra/local/replay/replay-write.ts';
import { type Settings, settingsFor } from '../../infra/settings/settings.ts';
import type { ReconcileMode, ReconcileReport } from '../../src/reconcile/run.ts';
import { writeEvents } from '../support/write-events.ts';

const RESTAURANTS = 10_000;
/**
 * Age of the oldest favourite. With the deployed windows, old favourites have months, and the newest have
 * days too.
 */
const SPAN_MS = 3 * 365 * 86_400_000;
/**
 * Each table is one segment at any size, because the engine takes as long to find a segment's rows as to scan
 * the table.
 */
const SEGMENT_MEGABYTES = 100_000;
/** Both directions of heal run at once. */
const AT_ONCE = 2;
/** Longer than the lag of the local pipe, which waits up to a second for a batch. */
const GRACE_MS = 3_000;
const SAMPLE_ITEMS = 1_000;
/** The changes begin this long before the run. */
const WARM_UP_MS = 3_000;

export interface Measured {
  readonly favourites: number;
  readonly seconds: number;
  readonly peakMegabytes: number;
  /** Memory of the process before the run: the CDK, the clients, the loader of the bundles. */
  readonly startMegabytes: number;
  /** Of an item of Favourites and of a register, on average. */
  readonly rowBytes: number;
  readonly registerBytes: number;
  readonly report: ReconcileReport;
}

async function fill(directory: string, favourites: number): Promise<Measured> {
  const run = await startLocalRun({ settings: settings(), directory, seed: 1, isPipeOff: true });
  try {
    await writeEvents(run, synthetic(favourites));
    return await reconciled(run, 'seed', 1_000);
  } finally {
    await run.stop();
  }
}

async function verify(directory: string, changesPerSecond: number): Promise<Measured> {
  const run = await startLocalRun({ settings: settings(), directory, seed: 1, isPipeOff: true });
  try {
    if (changesPerSecond === 0) return await reconciled(run, 'verify', GRACE_MS);
    await run.startPipe();
    const load = createLoadGenerator(run, { seed: 1, gate: new Gate(), onWritten: () => {} });
    load.set({ rate: changesPerSecond, skew: 1 });
    await delay(WARM_UP_MS);
    const measured = await reconciled(run, 'verify', GRACE_MS);
    await load.stop();
    await run.pipe.drain();
    return measured;
  } finally {
    await run.stop();
  }
}

async function reconciled(run: LocalRun, mode: ReconcileMode, graceMs: number): Promise<Measured> {
  const startMegabytes = Math.round(process.memoryUsage.rss() / 2 ** 20);
  const outcome = await run.reconcile({ mode, graceMs });
  if (outcome.kind !== 'succeeded') throw new Error(`${mode} ended with ${JSON.stringify(outcome)}`);
  const { report, seconds } = outcome;
  const drift = mode === 'seed' ? 0 : report.registersFound + report.countsFound;
  if (drift > 0) throw new Error(`${mode} found drift where there is none: ${JSON.stringify(report)}`);
  const { favourites, countedFavourites } = run.tables;
  return {
    favourites: report.stages.heal.checked,
    seconds,
    peakMegabytes: peakMegabytes(),
    startMegabytes,
    rowBytes: await itemBytes(run.dynamoDb, favourites),
    registerBytes: await itemBytes(run.dynamoDb, countedFavourites),
    report,
  };
}

/** Of the whole process with its workers. The maxRSS of a child contains the peak of its parent. */
function peakMegabytes(): number {
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return Math.round(Number(kilobytes) / 1024);
}

/** DynamoDB bills the bytes of names and values (DynamoDB guide, "Item sizes"); here all values are text. */
async function itemBytes(client: DynamoDBClient, TableName: string): Promise<number> {
  const { Items = [] } = await client.send(new ScanCommand({ TableName, Limit: SAMPLE_ITEMS }));
  const bytesOf = ([name, value]: readonly [string, AttributeValue]) =>
    Buffer.byteLength(name) + Buffer.byteLength(value.S ?? '');
  const bytes = Items.flatMap((item) => Object.entries(item).map(bytesOf));
  return Math.round(bytes.reduce((sum, some) => sum + some, 0) / Math.max(1, Items.length));
}

function settings(): Settings {
  const base = replaySettings();
  const { timeWindows } = settingsFor('dev');
  return {
    ...base,
    timeWindows,
    reconcile: { ...base.reconcile, segmentMegabytes: SEGMENT_MEGABYTES, segmentsMax: AT_ONCE },
  };
}

/** Some restaurants have a hundred times as many favourites as others. */
function synthetic(favourites: number): readonly ReplayEvent[] {
  const random = seededRandom(1);
  const nowMs = Date.now();
  return Array.from({ length: favourites }, (_, i) => ({
    kind: 'mark',
    restaurantId: `restaurant-${Math.floor(RESTAURANTS * random() ** 1.5)}`,
    userId: `user-${i}`,
    createdAt: new Date(nowMs - Math.floor(random() * SPAN_MS)).toISOString(),
  }));
}

const [step, directory = '', number] = process.argv.slice(2);
const measured = await (step === 'fill' ? fill : verify)(directory, Number(number));
process.stdout.write(JSON.stringify(measured));
