/** The load of the console: a number of events a second, written to Favourites as applications do. */
import type { Gate } from '../replay/pace.ts';
import {
  TRANSACTION_ACTIONS_MAX,
  type WritableFavourites,
  writeTransaction,
} from '../replay/favourite-writes.ts';
import type { ReplayEvent } from '../replay/replay-file.ts';
import { createLoadEvents } from './load-events.ts';
import type { LoadState } from './protocol.ts';

/** Events a second that engine, pipe and page sustain together on two cores. */
export const LOAD_RATE_MAX = 1_000;
export const LOAD_SKEW_MAX = 2;
const LOAD_SKEW_DEFAULT = 1;

/** Between batches: twenty a second look like a flow. */
const TICK_MS = 50;
/** After a hold or a pause of the machine, the load catches up with the events of this time and no more. */
const CATCH_UP_MS = 250;
const BATCHES_IN_FLIGHT_MAX = 4;

export interface LoadGenerator {
  state(): LoadState;
  /** Takes effect at once. */
  set(options: { readonly rate: number; readonly skew: number }): void;
  /** Resolves when the writes under way have ended. */
  stop(): Promise<void>;
}

export interface LoadGeneratorOptions extends WritableFavourites {
  readonly seed: number;
  /** Passed by every batch. */
  readonly gate: Gate;
  readonly onWritten: (event: ReplayEvent) => void;
}

export function createLoadGenerator(options: LoadGeneratorOptions): LoadGenerator {
  const { seed, gate, onWritten } = options;
  const events = createLoadEvents({ seed, skew: LOAD_SKEW_DEFAULT });
  const underWay = new Set<Promise<void>>();
  let asked = { rate: 0, skew: LOAD_SKEW_DEFAULT };
  let problem: string | undefined;
  let written = 0;
  let due = 0;
  let tickedAtMs = 0;
  let timer: NodeJS.Timeout | undefined;

  const turnOff = (): void => {
    clearInterval(timer);
    timer = undefined;
    asked = { ...asked, rate: 0 };
  };

  const writeBatch = (batch: readonly ReplayEvent[]): Promise<void> =>
    gate.pass(async () => {
      try {
        const done = await writeTransaction(options, batch);
        for (const event of done) onWritten(event);
        written += done.length;
        events.ended(done, { areWritten: true });
      } catch (error) {
        problem = `The load stopped: ${(error as Error).message}`;
        turnOff();
      } finally {
        events.ended(batch, { areWritten: false });
      }
    });

  const tick = (): void => {
    const nowMs = performance.now();
    due += ((nowMs - tickedAtMs) * asked.rate) / 1000;
    due = Math.min(due, Math.max(1, (CATCH_UP_MS * asked.rate) / 1000));
    tickedAtMs = nowMs;
    while (due >= 1 && underWay.size < BATCHES_IN_FLIGHT_MAX) {
      const count = Math.min(Math.floor(due), TRANSACTION_ACTIONS_MAX);
      due -= count;
      const batch = events.next(count, Date.now());
      const writing: Promise<void> = writeBatch(batch).finally(() => underWay.delete(writing));
      underWay.add(writing);
    }
  };

  return {
    state: () => ({ ...asked, rateMax: LOAD_RATE_MAX, written, ...(problem !== undefined && { problem }) }),
    set({ rate, skew }) {
      problem = undefined;
      if (skew !== asked.skew) events.setSkew(skew);
      asked = { rate, skew };
      if (rate === 0) return turnOff();
      if (timer !== undefined) return;
      due = 0;
      tickedAtMs = performance.now();
      timer = setInterval(tick, TICK_MS);
    },
    async stop() {
      turnOff();
      await Promise.all(underWay);
    },
  };
}
