/**
 * The truth meter: holds the writes, waits until the pipe has counted what was written, and compares every count with a recount of
 * Favourites. By itself whenever something has changed, but never for more than a fifth of the time.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { LocalRun } from '../local-run.ts';
import { findDrift } from '../replay/drift.ts';
import type { Gate } from '../replay/gate.ts';
import { readCounts, readFavourites } from '../replay/read-tables.ts';
import type { TruthState } from './protocol.ts';

const APART_MIN_MS = 5_000;
/** The writes flow for so many times as long as they were held. */
const FLOW_PER_HOLD = 4;
const CHECK_EVERY_MS = 250;
/** With faults on the pipe may take for ever; writers are not held that long. */
const DRAIN_MAX_MS = 15_000;

export interface TruthMeter {
  state(): TruthState;
  /** Joins one that is under way. Never rejects: why it failed is in the state. */
  recount(): Promise<void>;
  stop(): void;
}

export interface TruthMeterOptions {
  readonly run: Pick<LocalRun, 'dynamoDb' | 'tables' | 'settings'> & {
    readonly pipe: Pick<LocalRun['pipe'], 'drain'>;
  };
  /** Of all writes to Favourites. */
  readonly gate: Gate;
  /** Differs from an earlier value whenever favourites or counts may have changed in between. */
  readonly version: () => string;
  /** While true it does not recount by itself. */
  readonly isHeldOff: () => boolean;
  readonly drainMaxMs?: number;
}

export function createTruthMeter(o: TruthMeterOptions): TruthMeter {
  let state: TruthState = { state: 'unknown' };
  let recounting: Promise<void> | undefined;
  let countedVersion: string | undefined;
  let restUntilMs = 0;

  const hold = async (): Promise<TruthState> => {
    await drained(o.run.pipe, o.drainMaxMs ?? DRAIN_MAX_MS);
    const version = o.version();
    const known = await countAnew(o.run);
    countedVersion = version;
    return known;
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
    restUntilMs = endedAtMs + Math.max(APART_MIN_MS, FLOW_PER_HOLD * (endedAtMs - startedAtMs));
  };
  const join = (): Promise<void> =>
    (recounting ??= recount().finally(() => {
      recounting = undefined;
    }));

  const timer = setInterval(() => {
    if (performance.now() < restUntilMs || o.isHeldOff() || o.version() === countedVersion) return;
    void join();
  }, CHECK_EVERY_MS);

  return { state: () => state, recount: join, stop: () => clearInterval(timer) };
}

async function drained(pipe: TruthMeterOptions['run']['pipe'], waitMaxMs: number): Promise<void> {
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

/** For tables that hold still. */
async function countAnew(run: TruthMeterOptions['run']): Promise<TruthState> {
  const atMs = Date.now();
  const [favourites, counts] = [tallied(readFavourites(run)), tallied(readCounts(run))];
  const calendar = { settings: run.settings.timeWindows, nowMs: atMs };
  const found = await findDrift({ favourites: favourites.rows, counts: counts.rows, calendar });
  return {
    state: 'known',
    drift: found.length,
    favourites: favourites.seen(),
    countsCompared: counts.seen(),
    atMs,
  };
}

function tallied<T>(rows: AsyncIterable<T>): {
  readonly rows: AsyncIterable<T>;
  readonly seen: () => number;
} {
  let seen = 0;
  async function* counted(): AsyncGenerator<T> {
    for await (const row of rows) {
      seen += 1;
      yield row;
    }
  }
  return { rows: counted(), seen: () => seen };
}
