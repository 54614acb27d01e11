/**
 * The default table of favourites with hostile reads. Users mark and un-mark, and the aggregator's code
 * applies the events.
 */
import type { Item } from '../../src/tables/dynamodb/scan.ts';
import type { Schedule } from './all-schedules.ts';
import { defaultMapping, registerKeyOf } from './favourite-changes.ts';
import { HostileSource } from './hostile-source.ts';
import type { MemoryStore } from './memory-store.ts';
import { deliverUntilHandled, stillClock } from './run-batches.ts';
import { markRecord, type StreamRecord, unmarkRecord } from './stream-records.ts';

export class HostileTables extends HostileSource {
  /** The `created_at` of each row by `<restaurant>#<user>`. It may be unreadable. */
  readonly rows = new Map<string, string>();

  /** @param ids every favourite that may ever exist. */
  constructor({
    ids,
    rows,
    store,
    schedule,
  }: {
    readonly ids: readonly string[];
    readonly rows: ReadonlyMap<string, string>;
    readonly store: MemoryStore;
    readonly schedule: Schedule;
  }) {
    super({
      mapping: defaultMapping,
      rows: ids.map((id) => ({ key: keyOf(id), item: itemOf(id, rows.get(id)) })),
      registers: ids.map(registerKeyOf),
      store,
      schedule,
    });
    for (const [id, createdAt] of rows) this.rows.set(id, createdAt);
  }

  /**
   * Marks like a user, or un-marks when `created_at` is undefined. @returns the stream record of that write.
   */
  write(
    id: string,
    { createdAt, sequence }: { readonly createdAt?: string; readonly sequence: number },
  ): StreamRecord {
    const { restaurantId, rowId: userId } = registerKeyOf(id);
    const before = this.rows.get(id);
    if (createdAt === undefined) this.rows.delete(id);
    else this.rows.set(id, createdAt);
    this.writeItem(keyOf(id), itemOf(id, createdAt));
    return createdAt === undefined
      ? unmarkRecord({ restaurantId, userId, sequenceNumber: sequence, ...(before && { createdAt: before }) })
      : markRecord({ restaurantId, userId, sequenceNumber: sequence, createdAt });
  }

  /** Delivers when the schedule says so. {@link arrivals} waits for this delivery. */
  deliver(record: StreamRecord): Promise<void> {
    return this.isUnderWay(this.deliverLate(record));
  }

  /** Delivers at any later time. {@link arrivals} does not wait for this delivery. */
  deliverLate(record: StreamRecord): Promise<void> {
    const clock = { ...stillClock, sleep: () => this.schedule.pause() };
    return deliverUntilHandled([record], { store: this.commits, clock });
  }
}

function keyOf(id: string): Item {
  return { restaurant_id_user_id: { S: id } };
}

function itemOf(id: string, createdAt: string | undefined): Item | undefined {
  return createdAt === undefined ? undefined : { ...keyOf(id), created_at: { S: createdAt } };
}
