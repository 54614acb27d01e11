/** How fast events are written: at full speed, or so many a second by the clock. */
import { setTimeout as delay } from 'node:timers/promises';

export interface Pace {
  /** Events that may be written together: with a low rate few, so that they come evenly. */
  readonly batchEventsMax: number;
  /** Resolves when `events` more may be written, or the signal is aborted. */
  next(events: number, signal: AbortSignal): Promise<void>;
}

export const fullSpeed: Pace = { batchEventsMax: Number.POSITIVE_INFINITY, next: () => Promise.resolve() };

/** Batches a second that a paced replay aims at: often enough to look like a flow. */
const BATCHES_PER_SECOND = 20;
/** After a pause of the machine the replay goes on at its rate, it does not catch up more than this. */
const CATCH_UP_MAX_MS = 250;

export function pacedAt(eventsPerSecond: number): Pace {
  let dueMs = performance.now();
  return {
    batchEventsMax: Math.max(1, Math.floor(eventsPerSecond / BATCHES_PER_SECOND)),
    async next(events, signal) {
      const nowMs = performance.now();
      dueMs = Math.max(dueMs, nowMs - CATCH_UP_MAX_MS);
      if (dueMs > nowMs) await delay(dueMs - nowMs, undefined, { signal }).catch(() => undefined);
      dueMs += (events * 1000) / eventsPerSecond;
    },
  };
}

const LAG_POLL_MS = 20;

/** Full speed, but never far ahead of the pipe. */
export function heldBackByLag(o: { readonly lagMs: () => number; readonly lagMaxMs: number }): Pace {
  return {
    batchEventsMax: Number.POSITIVE_INFINITY,
    async next(_events, signal) {
      while (o.lagMs() > o.lagMaxMs && !signal.aborted) await delay(LAG_POLL_MS);
    },
  };
}
