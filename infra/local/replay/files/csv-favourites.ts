/**
 * Keeps the favourites of a CSV file on disk, compares those of the same restaurant and user, and puts the
 * writes in time order.
 */
import { shown } from '../../../command-line/text.ts';
import type { ReplayEvent, WriteSequence } from '../replay-write.ts';
import { compareInstants, type Instant } from './csv-dates.ts';
import { DiskNumbers } from './disk-numbers.ts';
import { DiskSorter } from './disk-sorter.ts';
import { LookAlikes } from './look-alikes.ts';
import { Smallest } from './issues.ts';
import type { Reading } from './reading.ts';
import { hashOf, writesOrderedBy } from './staged-rows.ts';

/** A favourite, from its mark to its un-mark. */
export interface Favourite {
  readonly line: number;
  readonly restaurantId: string;
  readonly userId: string;
  readonly createdAt: Instant;
  /** Undefined if there is no un-mark. */
  readonly removedAt: Instant | undefined;
}

/** Restaurant, user and `created_at` of the row. */
type StagedText = readonly [string, string, string];

/** The end of a favourite that is still marked: later than every date. */
const STILL_MARKED: Instant = { ms: 9e15, ns: 0 };
const REPEATS_SHOWN_MAX = 5;

/** A row of `#byPair`: the hash of restaurant and user as two numbers, start, end, and the row's number. */
interface Span {
  readonly pair: readonly [number, number];
  readonly start: Instant;
  readonly end: Instant;
  readonly row: number;
}

/** A row that repeats an earlier one. It is replayed too, but the table holds each favourite once. */
interface Repeat {
  readonly line: number;
  readonly firstLine: number;
}

export class StagedFavourites {
  readonly #reading: Reading;
  readonly #lookAlikes: LookAlikes;
  readonly #byPair: DiskSorter;
  readonly #byTime: DiskSorter;

  constructor(reading: Reading) {
    this.#reading = reading;
    this.#lookAlikes = new LookAlikes(reading);
    this.#byPair = new DiskSorter(reading.scratch, { name: 'favourites_by_pair', columns: 7 });
    this.#byTime = new DiskSorter(reading.scratch, { name: 'writes_by_time', columns: 7 });
  }

  add({ line, restaurantId, userId, createdAt, removedAt }: Favourite): void {
    const text: StagedText = [restaurantId, userId, new Date(createdAt.ms).toISOString()];
    const row = this.#reading.rows.add(JSON.stringify(text), { file: 0, line });
    this.#lookAlikes.add({ restaurant: restaurantId, user: userId }, row);
    const end = removedAt ?? STILL_MARKED;
    const span = [createdAt.ms, createdAt.ns, end.ms, end.ns];
    // An id with '#' has been refused.
    this.#byPair.add([...hashOf(`${restaurantId}#${userId}`), ...span, row]);
    // Writes of the same instant are ordered by the start and the end of their row. So an un-mark comes
    // before the mark of the next row, and a mark before its own un-mark.
    this.#byTime.add([createdAt.ms, createdAt.ns, ...span, 2 * row]);
    if (removedAt !== undefined) this.#byTime.add([removedAt.ms, removedAt.ns, ...span, 2 * row + 1]);
  }

  /**
   * Finds rows of the same restaurant and user that overlap in time. They are an issue, because the un-mark
   * of one would end the other. A row may begin at the instant at which another ends. A row with the same
   * times as another only repeats it.
   */
  async compare(): Promise<void> {
    const repeats = new Smallest<Repeat>(REPEATS_SHOWN_MAX, (a, b) => a.line - b.line);
    let previous: Span | undefined;
    for await (const batch of this.#reading.paused(this.#byPair.sorted(), 'Comparing', this.#byPair.length)) {
      for (const span of batch.map(spanOf)) {
        if (previous?.pair[0] !== span.pair[0] || previous.pair[1] !== span.pair[1]) previous = undefined;
        if (previous !== undefined && isRepeat(previous, span)) {
          repeats.add({ line: this.#lineOf(span), firstLine: this.#lineOf(previous) });
          continue;
        }
        if (previous !== undefined && compareInstants(span.start, previous.end) < 0) {
          this.#reportOverlap(previous, span);
        }
        // The next row must begin after the latest end so far.
        if (previous === undefined || compareInstants(previous.end, span.end) <= 0) previous = span;
      }
    }
    if (repeats.count > 0) this.#reading.warnings.push(this.#describeRepeats(repeats));
    await this.#lookAlikes.warn((text) => {
      const [restaurant, user] = JSON.parse(text) as StagedText;
      return { restaurant, user };
    });
  }

  async writes(): Promise<WriteSequence> {
    const { rows, scratch } = this.#reading;
    const order = new DiskNumbers(scratch, 'write_order');
    for await (const batch of this.#reading.paused(this.#byTime.sorted(), 'Sorting', this.#byTime.length)) {
      for (const write of batch) order.append(write.at(-1) ?? 0);
    }
    return writesOrderedBy(order, (entry): ReplayEvent => {
      const text = rows.textOf(Math.floor(entry / 2));
      const [restaurantId, userId, createdAt] = JSON.parse(text) as StagedText;
      return { kind: entry % 2 === 0 ? 'mark' : 'un-mark', restaurantId, userId, createdAt };
    });
  }

  #reportOverlap(a: Span, b: Span): void {
    const { rows, issues } = this.#reading;
    const [first, second] = this.#lineOf(a) < this.#lineOf(b) ? [a, b] : [b, a];
    const [restaurantId, userId] = JSON.parse(rows.textOf(first.row)) as StagedText;
    const who = `restaurant ${shown(restaurantId)} and user ${shown(userId)}`;
    const where = this.#reading.placeText(rows.placeOf(first.row));
    const remedy = 'give the earlier row a removed_at before the later created_at, or remove a row';
    issues.add(rows.placeOf(second.row), `this favourite of ${who} overlaps the one at ${where}; ${remedy}`);
  }

  #lineOf({ row }: Span): number {
    return this.#reading.rows.placeOf(row).line;
  }

  /** One line for the user. */
  #describeRepeats(repeats: Smallest<Repeat>): string {
    const path = this.#reading.files.paths[0];
    const places = repeats.list().map(({ line, firstLine }) => `${path}:${line} repeats line ${firstLine}`);
    const more = repeats.count > places.length ? `, and ${repeats.count - places.length} more` : '';
    const why = 'because the table holds each favourite once';
    return `Repeated rows count once, ${why}: ${places.join(', ')}${more}.`;
  }
}

function spanOf(columns: readonly number[]): Span {
  const [a = 0, b = 0, startMs = 0, startNs = 0, endMs = 0, endNs = 0, row = 0] = columns;
  return { pair: [a, b], start: { ms: startMs, ns: startNs }, end: { ms: endMs, ns: endNs }, row };
}

function isRepeat(a: Span, b: Span): boolean {
  return compareInstants(a.start, b.start) === 0 && compareInstants(a.end, b.end) === 0;
}
