/** Runs every scenario, the ordinary day and the curve. */
import { join } from 'node:path';
import { startEngine } from '../../../infra/local/emulator/engine/start-engine.ts';
import { startQueueServer } from '../../../infra/local/emulator/queue/queue-server.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import type { ContenderName } from './contender-list.ts';
import { synthesizeOurs } from './deploy.ts';
import { loadOf } from './loads.ts';
import { nightlyScan } from './nightly-scan.ts';
import { engineClient } from './processes.ts';
import { type BenchResults, type Crossing, rounded } from './results.ts';
import { type Measured, runScenario, type Scenario } from './scenario.ts';
import { sizeFromWhich, steadyUnits, UnitsBySize, windowCurve } from './steady-state.ts';

export interface BenchOptions {
  /** Only these; undefined for all. */
  readonly only: readonly ContenderName[] | undefined;
  /** Events of the largest scenario; the others shrink with it. */
  readonly events: number;
  readonly say: (line: string) => void;
  /** Gets all lines so far after each scenario, so that an interrupted run keeps them. */
  readonly onLines: (lines: readonly Measured[]) => void;
}

/** Of the largest scenario, unless the command line says otherwise. */
export const EVENTS = 20_000;

const four: readonly ContenderName[] = ['a-add', 'b-net-deltas', 'c-idempotency', 'd-ours'];
const variants: readonly ContenderName[] = [
  'a-add-top100',
  'a-add-unranked',
  'd-ours-top100',
  'd-ours-unranked',
];

/**
 * The scenario that the goals name has all events. The others have fewer, because (a) and (c) take minutes
 * for 20,000 events.
 */
const scenarios: readonly (Omit<Scenario, 'events'> & { readonly share: number })[] = [
  { load: 'trace', batchSize: 1000, delayMs: 5, share: 1, contenders: four },
  { load: 'trace', batchSize: 1000, delayMs: 0, share: 0.1, contenders: four },
  { load: 'trace', batchSize: 80, delayMs: 0, share: 0.06, contenders: four },
  { load: 'trace', batchSize: 80, delayMs: 5, share: 0.06, contenders: [...four, 'e-in-request'] },
  { load: 'trace', batchSize: 8, delayMs: 0, share: 0.02, contenders: four },
  { load: 'trace', batchSize: 8, delayMs: 5, share: 0.02, contenders: four },
  { load: 'zipf', batchSize: 1000, delayMs: 0, share: 0.1, contenders: four },
  { load: 'zipf', batchSize: 1000, delayMs: 5, share: 0.1, contenders: four },
  { load: 'zipf', batchSize: 80, delayMs: 0, share: 0.1, contenders: [...four, ...variants] },
  { load: 'zipf', batchSize: 80, delayMs: 5, share: 0.06, contenders: four },
  { load: 'zipf', batchSize: 8, delayMs: 0, share: 0.02, contenders: four },
  { load: 'zipf', batchSize: 8, delayMs: 5, share: 0.02, contenders: four },
  { load: 'viral', batchSize: 80, delayMs: 5, share: 0.04, contenders: ['d-ours', 'e-in-request'] },
];

const windows = [1, 2, 5, 10, 30, 60, 120, 300];
/** The largest `pipe.maximumBatchingWindowSeconds`. */
const WINDOW_MAX = 300;
const rates = [8, 80];
/** The default of `pipe.batchSize`, and the largest. */
const batchSizes = [1_000, 10_000];

export async function runBench(options: BenchOptions): Promise<BenchResults> {
  const { only, events, say, onLines } = options;
  using scratch = temporaryDirectory();
  const assembly = synthesizeOurs(scratch.path);
  const lines: Measured[] = [];
  for (const { share, ...scenario } of scenarios) {
    const contenders = scenario.contenders.filter((name) => only === undefined || only.includes(name));
    if (contenders.length === 0) continue;
    const size = Math.max(scenario.batchSize, Math.round(events * share));
    say(`${scenario.load} in batches of ${scenario.batchSize}, ${scenario.delayMs} ms: ${size} events …`);
    const measured = await runScenario(
      { ...scenario, contenders, events: size },
      { assembly, directory: scratch.path },
    );
    lines.push(...measured.map(rounded));
    onLines(lines);
  }
  const traceTitle = loadOf('trace', 1).title;
  if (only !== undefined)
    return { traceTitle, lines, ordinaryDay: [], curve: [], crossings: [], nightlyScan: undefined };

  await using stack = new AsyncDisposableStack();
  const directory = join(scratch.path, 'ordinary-day');
  const engine = stack.adopt(await startEngine({ engine: 'embedded', directory }), (it) => it.stop());
  const queues = stack.adopt(await startQueueServer({ directory }), (it) => it.stop());
  const client = stack.adopt(engineClient(engine.endpoint), (it) => it.destroy());
  const surroundings = { client, queues, assembly, directory };
  say('The ordinary day, by AWS’s rules, in memory …');
  const ordinaryDay = (await steadyUnits(events, surroundings)).map(rounded);
  say('The batching window …');
  const units = new UnitsBySize(surroundings);
  const curve = (await windowCurve(units, { windows, rates, batchSizes })).map(rounded);
  const crossings = await crossingsOf(units, ordinaryDay);
  say('The nightly scan …');
  const nightly = rounded(await nightlyScan(client, loadOf('trace', events).events));
  return { traceTitle, lines, ordinaryDay, curve, crossings, nightlyScan: nightly };
}

async function crossingsOf(
  units: UnitsBySize,
  ordinaryDay: BenchResults['ordinaryDay'],
): Promise<readonly Crossing[]> {
  const unitsMax = ordinaryDay.find(({ contender }) => contender === 'a-add')?.writeUnitsPerEventAws ?? 0;
  const [smallest = 0, largest = 0] = batchSizes;
  const size = await sizeFromWhich(units, unitsMax, { smallest: Math.min(smallest, 100), largest });
  return rates.flatMap((eventsPerSecond) =>
    batchSizes.map((batchSizeMax) => {
      const windowSeconds = size === undefined ? undefined : Math.ceil(size / eventsPerSecond);
      const isReached = size !== undefined && size <= batchSizeMax && (windowSeconds ?? 0) <= WINDOW_MAX;
      return { eventsPerSecond, batchSizeMax, windowSeconds: isReached ? windowSeconds : undefined };
    }),
  );
}
