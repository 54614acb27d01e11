/**
 * Controls when writes to Favourites may begin: a pace limits their rate, and a gate can block all of them.
 */
import { setTimeout as delay } from 'node:timers/promises';

export interface Pace {
  /** Number of events to write together: few at a low rate, to spread them evenly, and more when behind. */
  readonly batchEventsMax: number;
  /** Resolves when `events` more may be written, or when the signal is aborted. */
  next(events: number, signal?: AbortSignal): Promise<void>;
}

export const fullSpeed: Pace = { batchEventsMax: Number.POSITIVE_INFINITY, next: () => Promise.resolve() };

/** Time between the batches of a paced replay. Twenty batches a second look continuous on the page. */
const BATCHES_APART_MS = 50;
/** When the machine was suspended, a paced replay catches up on at most this much time. */
const CATCH_UP_MAX_MS = 250;

export function pacedAt(eventsPerSecond: number): Pace {
  let dueMs = performance.now();
  return {
    get batchEventsMax() {
      const overdueMs = Math.min(CATCH_UP_MAX_MS, performance.now() - dueMs);
      const spanMs = Math.max(BATCHES_APART_MS, overdueMs);
      return Math.max(1, Math.floor((eventsPerSecond * spanMs) / 1000));
    },
    async next(events, signal) {
      const nowMs = performance.now();
      dueMs = Math.max(dueMs, nowMs - CATCH_UP_MAX_MS);
      if (dueMs > nowMs) await delay(dueMs - nowMs, undefined, signal && { signal }).catch(() => undefined);
      dueMs += (events * 1000) / eventsPerSecond;
    },
  };
}

const LAG_POLL_MS = 20;

/** Writes at full speed, but waits while the pipe lags too far behind. */
export function heldBackByLag(options: { readonly lagMs: () => number; readonly lagMaxMs: number }): Pace {
  return {
    batchEventsMax: Number.POSITIVE_INFINITY,
    async next(_events, signal) {
      while (options.lagMs() > options.lagMaxMs) {
        if (signal?.aborted === true) return;
        await delay(LAG_POLL_MS);
      }
    },
  };
}

/** Every write to Favourites passes this gate. A recount closes it, so that the tables do not change. */
export class Gate {
  #inside = 0;
  #open: PromiseWithResolvers<void> | undefined;
  #empty: PromiseWithResolvers<void> | undefined;

  /** Runs `work` as soon as the gate is open. */
  async pass<T>(work: () => Promise<T>): Promise<T> {
    while (this.#open) await this.#open.promise;
    this.#inside += 1;
    try {
      return await work();
    } finally {
      this.#inside -= 1;
      if (this.#inside === 0) this.#empty?.resolve();
    }
  }

  /** Closes the gate, waits for running writes, then runs `work`. Concurrent calls run one after another. */
  async closedDuring<T>(work: () => Promise<T>): Promise<T> {
    while (this.#open) await this.#open.promise;
    const open = (this.#open = Promise.withResolvers<void>());
    try {
      if (this.#inside > 0) await (this.#empty = Promise.withResolvers<void>()).promise;
      return await work();
    } finally {
      this.#open = undefined;
      this.#empty = undefined;
      open.resolve();
    }
  }
}
