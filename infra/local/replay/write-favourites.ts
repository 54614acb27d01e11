/**
 * Writes events to Favourites, a few transactions at a time. The writes of a row stay in order: a batch
 * contains each row once, and waits for running batches that contain one of its rows.
 */
import { TRANSACTION_ACTIONS_MAX, type FavouritesWriter, writeTransaction } from './favourite-writes.ts';
import { fullSpeed, Gate, type Pace } from './pace.ts';
import { type ReplayWrite, rowOf } from './replay-write.ts';

/** Enough to keep a local engine busy. More batches would only wait. */
const BATCHES_IN_FLIGHT_MAX = 4;
/** A transaction has at most 4 MB (DynamoDB quotas). A write counts as the bytes of its line. */
const TRANSACTION_BYTES_MAX = 3_500_000;

export interface WriteFavouritesOptions {
  /** Taken as they are needed, one ahead. */
  readonly events: Iterable<ReplayWrite>;
  /** The number of events before these, which are already written. */
  readonly from?: number;
  readonly pace?: Pace;
  /** Every batch passes this gate. */
  readonly gate?: Gate;
  /** Called with the number of leading events that are all written. The number only grows. */
  readonly onWritten?: (written: number) => void;
  /** Called with each batch that is written. Batches may end in another order. */
  readonly onBatch?: (batch: readonly ReplayWrite[]) => void;
  readonly signal?: AbortSignal;
}

interface Batch {
  readonly keys: ReadonlySet<string>;
  readonly events: number;
  readonly ended: Promise<void>;
  isWritten: boolean;
}

/**
 * Resolves when all events are written, or when `signal` is aborted and the running batches have ended.
 * @throws the error of the first batch that fails
 */
export async function writeFavourites(
  writer: FavouritesWriter,
  options: WriteFavouritesOptions,
): Promise<void> {
  const { from = 0, pace = fullSpeed, gate = new Gate(), onWritten, onBatch, signal } = options;
  using events = peekable(options.events);
  /** Batches in the order of their events, from the first that is not written. */
  const batches: Batch[] = [];
  let written = from;
  const finish = (batch: Batch): void => {
    batch.isWritten = true;
    const before = written;
    for (let first = batches[0]; first?.isWritten; first = batches[0]) {
      batches.shift();
      written += first.events;
    }
    if (written > before) onWritten?.(written);
  };
  const roomFor = async (keys: ReadonlySet<string>): Promise<void> => {
    for (;;) {
      const underWay = batches.filter(({ isWritten }) => !isWritten);
      const conflicting = underWay.filter((batch) => !batch.keys.isDisjointFrom(keys));
      if (conflicting.length === 0 && underWay.length < BATCHES_IN_FLIGHT_MAX) return;
      const ended = (conflicting.length > 0 ? conflicting : underWay).map((batch) => batch.ended);
      await (conflicting.length > 0 ? Promise.all(ended) : Promise.race(ended));
    }
  };

  while (events.peek() !== undefined) {
    const taken = takeBatch(events, pace.batchEventsMax);
    const keys = new Set(taken.map(rowOf));
    await roomFor(keys);
    await pace.next(taken.length, signal);
    if (signal?.aborted === true) break;
    const writing = gate.pass(() => writeTransaction(writer, taken));
    const batch: Batch = {
      keys,
      events: taken.length,
      ended: writing.then(() => {
        onBatch?.(taken);
        finish(batch);
      }),
      isWritten: false,
    };
    // The code below that waits for the batch throws this error.
    batch.ended.catch(() => {});
    batches.push(batch);
  }
  await Promise.all(batches.map(({ ended }) => ended));
}

/** Takes the next events, up to the first whose row is already in the batch, or that makes it too large. */
function takeBatch(events: Peekable, paceMax: number): readonly ReplayWrite[] {
  const rows = new Set<string>();
  const batch: ReplayWrite[] = [];
  const max = Math.min(TRANSACTION_ACTIONS_MAX, paceMax);
  let bytes = 0;
  for (let event = events.peek(); event !== undefined && batch.length < max; event = events.peek()) {
    bytes += 'bytes' in event ? event.bytes : 0;
    if (rows.has(rowOf(event)) || (batch.length > 0 && bytes > TRANSACTION_BYTES_MAX)) break;
    rows.add(rowOf(event));
    batch.push(event);
    events.take();
  }
  return batch;
}

interface Peekable extends Disposable {
  /** The next event, which stays the next one until it is taken. */
  peek(): ReplayWrite | undefined;
  take(): void;
}

function peekable(events: Iterable<ReplayWrite>): Peekable {
  const iterator = events[Symbol.iterator]();
  let next: IteratorResult<ReplayWrite, unknown> | undefined;
  return {
    peek() {
      next ??= iterator.next();
      return next.done === true ? undefined : next.value;
    },
    take() {
      next = undefined;
    },
    [Symbol.dispose]: () => void iterator.return?.(),
  };
}
