/**
 * Events as real writes to `Favourites`, a few batches at a time, only as fast as the engine takes them. The
 * events of one favourite stay in order: a batch holds each key once, and starts only when no batch under way
 * holds one of its keys.
 */
import {
  type DynamoDBClient,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { setTimeout as delay } from 'node:timers/promises';
import { favouriteKey, writeAction } from './favourite-item.ts';
import type { Gate } from './gate.ts';
import type { Pace } from './pace.ts';
import type { ReplayEvent } from './replay-file.ts';

/**
 * Actions in one TransactWriteItems (DynamoDB quotas). A transaction, because an engine on this machine flushes its
 * disk once for it, and once for every single item of a BatchWriteItem.
 */
const BATCH_EVENTS_MAX = 100;
/** Enough to keep an engine on the same machine busy; more only queue in front of it. */
const BATCHES_IN_FLIGHT_MAX = 4;
/** With the delays below about 20 s: an engine that refuses for longer has another fault. */
const ATTEMPTS_MAX = 12;
const RETRY_DELAY_FIRST_MS = 20;
const RETRY_DELAY_MAX_MS = 3_000;

export interface WriteFavouritesOptions {
  readonly dynamoDb: Pick<DynamoDBClient, 'send'>;
  readonly table: string;
  readonly events: readonly ReplayEvent[];
  /** The number of events that are written already. */
  readonly from: number;
  readonly pace: Pace;
  /** Passed by every batch. */
  readonly gate: Gate;
  /** The number of events, from the first on, that are written without a gap. It only grows. */
  readonly onWritten: (written: number) => void;
  readonly signal: AbortSignal;
}

/** Resolves when all are written, or when `signal` is aborted and what was under way has ended. */
export async function writeFavourites(options: WriteFavouritesOptions): Promise<void> {
  const { events, from, pace, gate, signal } = options;
  const underWay = new BatchesUnderWay(options);
  for (let next = from; next < events.length; ) {
    const batch = takeBatch(events, next, pace.batchEventsMax);
    await underWay.roomFor(batch);
    await pace.next(batch.length, signal);
    await gate.enter();
    if (signal.aborted) {
      gate.leave();
      break;
    }
    underWay.start(batch);
    next += batch.length;
  }
  await underWay.all();
}

/** The next events, up to the first whose key is in the batch already. */
function takeBatch(events: readonly ReplayEvent[], from: number, paceMax: number): readonly ReplayEvent[] {
  const keys = new Set<string>();
  const batch: ReplayEvent[] = [];
  const max = Math.min(BATCH_EVENTS_MAX, paceMax);
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
  /** Settles with the batch and never rejects: a failure is kept until it is asked for. */
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
      const meeting = unfinished.filter((batch) => keys.some((key) => batch.keys.has(key)));
      if (meeting.length > 0) await Promise.all(meeting.map(({ ended }) => ended));
      else if (unfinished.length >= BATCHES_IN_FLIGHT_MAX) {
        await Promise.race(unfinished.map(({ ended }) => ended));
      } else return;
    }
  }

  start(events: readonly ReplayEvent[]): void {
    const ended = writeBatch(
      this.#options,
      events.map((event) => writeAction(event, this.#options.table)),
    )
      .then(
        () => this.#hasEnded(batch),
        (cause: unknown) => {
          this.#failure ??= cause as Error;
        },
      )
      .finally(() => this.#options.gate.leave());
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

  #hasEnded(batch: Batch): void {
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

async function writeBatch(
  { dynamoDb, table }: WriteFavouritesOptions,
  actions: readonly TransactWriteItem[],
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await dynamoDb.send(new TransactWriteItemsCommand({ TransactItems: [...actions] }));
      return;
    } catch (cause) {
      // The SDK tries all else again by itself, throttling of the whole request included.
      if ((cause as Error).name !== 'TransactionCanceledException') throw cause;
      if (attempt === ATTEMPTS_MAX) {
        throw new Error(
          `DynamoDB cancelled a write of ${actions.length} favourites ${ATTEMPTS_MAX} times in a row; ` +
            `give ${table} more write capacity or a lower --rate.`,
          { cause },
        );
      }
      await delay(Math.min(RETRY_DELAY_MAX_MS, RETRY_DELAY_FIRST_MS * 2 ** attempt));
    }
  }
}
