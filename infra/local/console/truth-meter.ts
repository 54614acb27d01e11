/**
 * The truth meter: holds the writes, waits until the pipe has counted what was written, and compares every count with a recount of
 * Favourites. By itself whenever something has changed, but never for more than a fifth of the time.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { LocalRun } from '../local-run.ts';
import type { PipeCounters } from '../emulator/pipe/pipe-meter.ts';
import type { Gate } from '../replay/gate.ts';
import type { TruthState } from './protocol.ts';

const usualPace = {
  apartMinMs: 5_000,
  checkEveryMs: 250,
  /** With faults on the pipe may take for ever; writers are not held that long. */
  drainMaxMs: 15_000,
  /** Farther behind, the pipe would likely not be done in time: nobody is held for that unasked. */
  lagMaxMs: 8_000,
};
/** The writes flow for so many times as long as they were held. */
const FLOW_PER_HOLD = 4;

export interface TruthMeter {
  state(): TruthState;
  /** Joins one that is under way. Never rejects: why it failed is in the state. */
  recount(): Promise<void>;
  stop(): void;
}

export interface TruthMeterOptions {
  readonly pipe: Pick<LocalRun['pipe'], 'drain'> & { readonly counters: Pick<PipeCounters, 'lagMs'> };
  /** Compares, on tables that hold still. */
  readonly countAnew: () => Promise<Recount>;
  /** Of all writes to Favourites. */
  readonly gate: Gate;
  /** Differs from an earlier value whenever favourites or counts may have changed in between. */
  readonly version: () => string;
  /** While true it does not recount by itself. */
  readonly isHeldOff: () => boolean;
  /** For tests. */
  readonly pace?: Partial<typeof usualPace>;
}

export type Recount = Required<Pick<TruthState, 'drift' | 'favourites' | 'countsCompared' | 'atMs'>>;

export function createTruthMeter(o: TruthMeterOptions): TruthMeter {
  const pace = { ...usualPace, ...o.pace };
  let state: TruthState = { state: 'unknown' };
  let recounting: Promise<void> | undefined;
  let countedVersion: string | undefined;
  let restUntilMs = 0;

  const hold = async (): Promise<TruthState> => {
    await drained(o.pipe, pace.drainMaxMs);
    const version = o.version();
    const found = await o.countAnew();
    countedVersion = version;
    return { state: 'known', ...found };
  };

  const recount = async (): Promise<void> => {
    const { problem: _, ...before } = state;
    const back = before.drift === undefined ? ('unknown' as const) : ('known' as const);
    state = { ...before, state: 'counting' };
    const startedAtMs = performance.now();
    try {
      state = await o.gate.closedDuring(hold);
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
    if (recounting || performance.now() < restUntilMs || o.isHeldOff()) return;
    if (o.version() === countedVersion) return;
    const { lagMs } = o.pipe.counters;
    if (lagMs <= pace.lagMaxMs) void join();
    else
      state = {
        ...state,
        problem: `The pipe is ${Math.round(lagMs / 1000)} s behind: the next recount waits for it.`,
      };
  }, pace.checkEveryMs);

  return { state: () => state, recount: join, stop: () => clearInterval(timer) };
}

async function drained(pipe: TruthMeterOptions['pipe'], waitMaxMs: number): Promise<void> {
  const late = new AbortController();
  const draining = pipe.drain();
  // It ends some time after everybody has stopped waiting for it.
  draining.catch(() => undefined);
  const isDrained = await Promise.race([
    draining.then(() => true),
    delay(waitMaxMs, false, { signal: late.signal }),
  ]).finally(() => late.abort());
  if (isDrained) return;
  throw new Error(
    `The pipe was still busy after ${Math.round(waitMaxMs / 1000)} s, so nothing was compared: turn faults down, and recount.`,
  );
}
