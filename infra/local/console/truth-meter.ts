/**
 * The truth meter pauses the writes, waits until the pipe has counted everything, and compares every count
 * with a recount of Favourites. It does this automatically after changes, but pauses the writes for at most a
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
  /** With faults the pipe may never catch up, so do not pause the writes longer than this. */
  drainMaxMs: 15_000,
  /** At a larger lag the pipe would probably not finish in time, so do not recount automatically. */
  lagMaxMs: 8_000,
};
/** After each pause, writes may run for this many times as long. */
const FLOW_PER_HOLD = 4;

export interface TruthMeter {
  state(): TruthState;
  /** Waits for a running recount, or starts one. Never rejects: `state().problem` says why it failed. */
  recount(): Promise<void>;
  stop(): void;
}

export interface TruthMeterOptions {
  readonly pipe: Pick<LocalRun['pipe'], 'drain'> & { readonly counters: Pick<PipeCounters, 'lagMs'> };
  /** Called while nothing writes to the tables. */
  readonly countAnew: () => Promise<Recount>;
  /** The gate that all writes to Favourites pass. */
  readonly gate: Gate;
  /** Changes whenever favourites or counts may have changed. */
  readonly version: () => string;
  /** While true, the meter does not recount automatically. */
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
  // It may still reject after the time-out.
  draining.catch(() => undefined);
  const isDrained = await Promise.race([
    draining.then(() => true),
    delay(waitMaxMs, false, { signal: late.signal }),
  ]).finally(() => late.abort());
  if (isDrained) return;
  throw new Error(
    `The pipe was still busy after ${Math.round(waitMaxMs / 1000)} s, so nothing was compared: ` +
      'lower the probabilities of the faults and recount.',
  );
}
