/**
 * The truth meter holds the writes, waits until the pipe has counted everything, and compares every count
 * with a recount of Favourites. It does so on its own after a change, but holds the writes for at most a
 * fifth of the time.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { LocalRun } from '../local-run.ts';
import type { PipeCounters } from '../emulator/pipe/pipe-meter.ts';
import type { Gate } from '../replay/pace.ts';
import type { TruthState } from './protocol.ts';

const usualPace = {
  apartMinMs: 5_000,
  checkEveryMs: 250,
  /** With faults the pipe may never catch up. The writes are not held longer than this. */
  drainMaxMs: 15_000,
  /** At a larger lag the pipe would likely not finish in time, so the meter does not start on its own. */
  lagMaxMs: 8_000,
};
/** After a hold the writes flow for this many times as long. */
const FLOW_PER_HOLD = 4;

export interface TruthMeter {
  state(): TruthState;
  /** Joins a recount that is under way. Never rejects: the state says why it failed. */
  recount(): Promise<void>;
  stop(): void;
}

export interface TruthMeterOptions {
  readonly pipe: Pick<LocalRun['pipe'], 'drain'> & { readonly counters: Pick<PipeCounters, 'lagMs'> };
  /** Called while the tables hold still. */
  readonly countAnew: () => Promise<Recount>;
  /** Of all writes to Favourites. */
  readonly gate: Gate;
  /** Changes whenever favourites or counts may have changed. */
  readonly version: () => string;
  /** While true, the meter does not recount on its own. */
  readonly isHeldOff: () => boolean;
  /** For tests. */
  readonly pace?: Partial<typeof usualPace>;
}

type Recount = Required<Pick<TruthState, 'drift' | 'favourites' | 'countsCompared' | 'atMs'>>;

export function createTruthMeter(options: TruthMeterOptions): TruthMeter {
  const { pipe, gate, countAnew, version: currentVersion, isHeldOff } = options;
  const pace = { ...usualPace, ...options.pace };
  let state: TruthState = { state: 'unknown' };
  let recounting: Promise<void> | undefined;
  let countedVersion: string | undefined;
  let restUntilMs = 0;

  const hold = async (): Promise<TruthState> => {
    await drained(pipe, pace.drainMaxMs);
    const version = currentVersion();
    const found = await countAnew();
    countedVersion = version;
    return { state: 'known', ...found };
  };

  const recount = async (): Promise<void> => {
    const { problem: _, ...before } = state;
    const back = before.drift === undefined ? ('unknown' as const) : ('known' as const);
    state = { ...before, state: 'counting' };
    const startedAtMs = performance.now();
    try {
      state = await gate.closedDuring(hold);
    } catch (error) {
      state = { ...before, state: back, problem: (error as Error).message };
    }
    const endedAtMs = performance.now();
    restUntilMs = endedAtMs + Math.max(pace.apartMinMs, FLOW_PER_HOLD * (endedAtMs - startedAtMs));
  };
  const join = (): Promise<void> =>
    (recounting ??= recount().finally(() => {
      recounting = undefined;
    }));

  const timer = setInterval(() => {
    if (recounting || performance.now() < restUntilMs || isHeldOff()) return;
    if (currentVersion() === countedVersion) return;
    const { lagMs } = pipe.counters;
    const problem = `The pipe is ${Math.round(lagMs / 1000)} s behind: the next recount waits for it.`;
    if (lagMs > pace.lagMaxMs) state = { ...state, problem };
    else void join();
  }, pace.checkEveryMs);

  return { state: () => state, recount: join, stop: () => clearInterval(timer) };
}

async function drained(pipe: TruthMeterOptions['pipe'], waitMaxMs: number): Promise<void> {
  const late = new AbortController();
  const draining = pipe.drain();
  // It may fail after nobody waits for it any longer.
  draining.catch(() => undefined);
  const isDrained = await Promise.race([
    draining.then(() => true),
    delay(waitMaxMs, false, { signal: late.signal }),
  ]).finally(() => late.abort());
  if (isDrained) return;
  throw new Error(
    `The pipe was still busy after ${Math.round(waitMaxMs / 1000)} s, so nothing was compared: ` +
      'turn down the faults and recount.',
  );
}
