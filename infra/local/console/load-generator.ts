/** Generates load: writes a number of events a second to Favourites, as an application does. */
import {
  type FavouritesWriter,
  TRANSACTION_ACTIONS_MAX,
  writeTransaction,
} from '../replay/favourite-writes.ts';
import { type Gate, pacedAt } from '../replay/pace.ts';
import type { ReplayEvent, ReplayWrite } from '../replay/replay-write.ts';
import { createLoadEvents } from './load-events.ts';
import type { LoadState } from './protocol.ts';

/** Events per second that the engine, the pipe and the page together sustain on two cores. */
export const LOAD_RATE_MAX = 1_000;
export const LOAD_SKEW_MAX = 2;
const LOAD_SKEW_DEFAULT = 1;

const BATCHES_IN_FLIGHT_MAX = 4;

export interface LoadGenerator {
  state(): LoadState;
  /** Sets the load at once, without waiting for running writes. */
  set(options: { readonly rate: number; readonly skew: number }): void;
  /** Resolves when the running writes have ended. */
  stop(): Promise<void>;
}

export function createLoadGenerator(
  writer: FavouritesWriter,
  options: {
    readonly seed: number;
    /** Every batch passes this gate. */
    readonly gate: Gate;
    readonly onWritten: (event: ReplayEvent) => void;
    /** The write of an event to a table of another shape than the default one. */
    readonly writeOf?: ((event: ReplayEvent) => ReplayWrite) | undefined;
  },
): LoadGenerator {
  const { seed, gate, onWritten, writeOf = (event: ReplayEvent): ReplayWrite => event } = options;
  const events = createLoadEvents({ seed, skew: LOAD_SKEW_DEFAULT });
  const underWay = new Set<Promise<void>>();
  let asked = { rate: 0, skew: LOAD_SKEW_DEFAULT };
  let problem: string | undefined;
  let written = 0;
  /** Aborted when the rate changes. */
  let running = new AbortController();

  const setRate = (rate: number): void => {
    asked = { ...asked, rate };
    running.abort();
    running = new AbortController();
    if (rate > 0) void writeAt(rate, running.signal);
  };

  const writeAt = async (rate: number, signal: AbortSignal): Promise<void> => {
    const pace = pacedAt(rate);
    while (!signal.aborted) {
      while (underWay.size >= BATCHES_IN_FLIGHT_MAX) await Promise.race(underWay);
      const count = Math.min(TRANSACTION_ACTIONS_MAX, pace.batchEventsMax);
      await pace.next(count, signal);
      if (signal.aborted) return;
      const writing: Promise<void> = gate
        .pass(() => writeBatch(events.next(count, Date.now())))
        .finally(() => underWay.delete(writing));
      underWay.add(writing);
    }
  };

  const writeBatch = async (batch: readonly ReplayEvent[]): Promise<void> => {
    try {
      const writes = new Map(batch.map((event) => [writeOf(event), event]));
      const changed = await writeTransaction(writer, [...writes.keys()]);
      const done = changed.flatMap((write) => writes.get(write) ?? []);
      for (const event of done) onWritten(event);
      written += done.length;
      events.ended(done, { areWritten: true });
    } catch (error) {
      problem = `The load stopped: ${(error as Error).message}`;
      setRate(0);
    } finally {
      events.ended(batch, { areWritten: false });
    }
  };

  return {
    state: () => ({ ...asked, rateMax: LOAD_RATE_MAX, written, ...(problem !== undefined && { problem }) }),
    set({ rate, skew }) {
      problem = undefined;
      if (skew !== asked.skew) events.setSkew(skew);
      asked = { ...asked, skew };
      if (rate !== asked.rate) setRate(rate);
    },
    async stop() {
      setRate(0);
      await Promise.all(underWay);
    },
  };
}
