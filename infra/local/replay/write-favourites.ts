/**
 * Writes a list of events to Favourites, a few transactions at a time. The events of one favourite stay in order:
 * a batch holds each favourite once, and starts only when no batch under way holds one of its favourites.
 */
import {
  favouriteKey,
  TRANSACTION_ACTIONS_MAX,
  type WritableFavourites,
  writeTransaction,
} from './favourite-writes.ts';
import type { Gate, Pace } from './pace.ts';
import type { ReplayEvent } from './replay-file.ts';

/** Enough to keep an engine on the same machine busy; more would only queue in front of it. */
const BATCHES_IN_FLIGHT_MAX = 4;

export interface WriteFavouritesOptions extends WritableFavourites {
  readonly events: readonly ReplayEvent[];
  /** The number of events that are written already. */
  readonly from: number;
  readonly pace: Pace;
  /** Passed by every batch. */
  readonly gate: Gate;
  /** Gets the number of events, from the first on, that are written without a gap. It only grows. */
  readonly onWritten: (written: number) => void;
  readonly signal: AbortSignal;
}

/** Resolves when all are written, or when `signal` is aborted and the batches under way have ended. */
export async function writeFavourites(options: WriteFavouritesOptions): Promise<void> {
  const { events, from, pace, signal } = options;
  const underWay = new BatchesUnderWay(options);
  for (let next = from; next < events.length; ) {
    const batch = takeBatch(events, next, pace.batchEventsMax);
    await underWay.roomFor(batch);
    await pace.next(batch.length, signal);
    if (signal.aborted) break;
    underWay.start(batch);
    next += batch.length;
  }
  await underWay.all();
}

/** The next events, up to the first whose favourite is in the batch already. */
function takeBatch(events: readonly ReplayEvent[], from: number, paceMax: number): readonly ReplayEvent[] {
  const keys = new Set<string>();
  const batch: ReplayEvent[] = [];
  const max = Math.min(TRANSACTION_ACTIONS_MAX, paceMax);
  for (let event = events[from]; event && batch.length < max; event = events[from + batch.length]) {
    const key = favouriteKey(event);
    if (keys.has(key)) break;
    keys.add(key);
    batch.push(event);
  }
  return batch;
}

interface Batch {
  readonly keys: ReadonlySet<string>;
  readonly events: number;
  /** Settles with the batch and never rejects: the failure is thrown when somebody waits next. */
  readonly ended: Promise<void>;
  hasEnded: boolean;
}

class BatchesUnderWay {
  readonly #options: WriteFavouritesOptions;
  /** In the order of their events, from the first that has not ended. */
  readonly #batches: Batch[] = [];
  #written: number;
  #failure: Error | undefined;

  constructor(options: WriteFavouritesOptions) {
    this.#options = options;
    this.#written = options.from;
  }

  async roomFor(events: readonly ReplayEvent[]): Promise<void> {
    const keys = events.map(favouriteKey);
    for (;;) {
      this.#throwFailure();
      const unfinished = this.#batches.filter(({ hasEnded }) => !hasEnded);
      const conflicting = unfinished.filter((batch) => keys.some((key) => batch.keys.has(key)));
      if (conflicting.length > 0) await Promise.all(conflicting.map(({ ended }) => ended));
      else if (unfinished.length >= BATCHES_IN_FLIGHT_MAX) {
        await Promise.race(unfinished.map(({ ended }) => ended));
      } else return;
    }
  }

  start(events: readonly ReplayEvent[]): void {
    const { gate } = this.#options;
    const ended = gate
      .pass(() => writeTransaction(this.#options, events))
      .then(
        () => this.#finish(batch),
        (cause: unknown) => {
          this.#failure ??= cause as Error;
        },
      );
    const batch: Batch = {
      keys: new Set(events.map(favouriteKey)),
      events: events.length,
      ended,
      hasEnded: false,
    };
    this.#batches.push(batch);
  }

  async all(): Promise<void> {
    await Promise.all(this.#batches.map(({ ended }) => ended));
    this.#throwFailure();
  }

  #finish(batch: Batch): void {
    batch.hasEnded = true;
    const before = this.#written;
    for (let first = this.#batches[0]; first?.hasEnded; first = this.#batches[0]) {
      this.#batches.shift();
      this.#written += first.events;
    }
    if (this.#written > before) this.#options.onWritten(this.#written);
  }

  #throwFailure(): void {
    if (this.#failure) throw this.#failure;
  }
}
