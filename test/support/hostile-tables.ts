/**
 * Favourites and CountedFavourites with reads as stale as DynamoDB allows, which no local engine produces. An
 * eventually consistent read returns any version of each item since the test began. A consistent read returns
 * the present version of each item, but reads each item at a different moment. Users write at the same time,
 * and the aggregator's code applies the events.
 */
import { type TransactionPlan } from '../../src/commit/plan.ts';
import type { FavouriteRow } from '../../src/counting/mapping.ts';
import type { RegisterKey } from '../../src/counting/register-key.ts';
import type { CommitStore } from '../../src/commit/store.ts';
import type { ScannedPage, ScanPosition } from '../../src/tables/dynamodb/scan.ts';
import type { Schedule } from './all-schedules.ts';
import { defaultMapping, favouriteId, favouriteKey } from './favourite-changes.ts';
import { type MemoryStore, storedRegister } from './memory-store.ts';
import { deliverUntilHandled, stillClock } from './run-batches.ts';
import { markRecord, type StreamRecord, unmarkRecord } from './stream-records.ts';
import type { StoredRegister } from '../../src/counting/counted-favourite.ts';
import type { HealReads } from '../../src/reconcile/heal/reads.ts';
import type { Consistency, ItemsRead } from '../../src/reconcile/look/reads.ts';

/** Rows per page; few, so that a segment has several pages. */
const PAGE_ROWS = 2;

export class HostileTables implements HealReads {
  /** The `created_at` of each row by `<restaurant>#<user>`. It may be unreadable. */
  readonly rows = new Map<string, string>();
  readonly store: MemoryStore;
  readonly #schedule: Schedule;
  readonly #rowVersions = new Map<string, (string | undefined)[]>();
  readonly #registerVersions = new Map<string, (StoredRegister | undefined)[]>();
  readonly #underWay = new Set<Promise<void>>();
  reads = 0;

  /** @param ids every favourite that may ever exist. */
  constructor(options: {
    readonly ids: readonly string[];
    readonly rows: ReadonlyMap<string, string>;
    readonly store: MemoryStore;
    readonly schedule: Schedule;
  }) {
    this.store = options.store;
    this.#schedule = options.schedule;
    for (const id of options.ids) {
      this.#rowVersions.set(id, [options.rows.get(id)]);
      this.#registerVersions.set(id, [storedRegister(options.store.registers.get(id))]);
    }
    for (const [id, createdAt] of options.rows) this.rows.set(id, createdAt);
  }

  /** Changes a transaction just before its commit, so that a test can break a condition. */
  rewrite: (plan: TransactionPlan) => TransactionPlan = (plan) => plan;

  /** Keeps every committed version for the stale reads. */
  readonly commits: CommitStore = {
    commit: async (plan: TransactionPlan, options) => {
      await this.#schedule.pause();
      const answer = await this.store.commit(this.rewrite(plan), options);
      for (const { key } of plan.changes) {
        const id = favouriteId(key);
        this.#registerVersions.get(id)?.push(storedRegister(this.store.registers.get(id)));
      }
      return answer;
    },
  };

  /**
   * Marks like a user, or un-marks when `created_at` is undefined. @returns the stream record of that write.
   */
  write(
    id: string,
    { createdAt, sequence }: { readonly createdAt?: string; readonly sequence: number },
  ): StreamRecord {
    const { restaurantId, rowId: userId } = keyOf(id);
    const before = this.rows.get(id);
    if (createdAt === undefined) this.rows.delete(id);
    else this.rows.set(id, createdAt);
    this.#rowVersions.get(id)?.push(createdAt);
    return createdAt === undefined
      ? unmarkRecord({ restaurantId, userId, sequenceNumber: sequence, ...(before && { createdAt: before }) })
      : markRecord({ restaurantId, userId, sequenceNumber: sequence, createdAt });
  }

  /** Delivers when the schedule says so. {@link arrivals} waits for this delivery. */
  deliver(record: StreamRecord): Promise<void> {
    const delivery = this.deliverLate(record);
    this.#underWay.add(delivery);
    return delivery.finally(() => this.#underWay.delete(delivery));
  }

  /** Delivers at any later time. {@link arrivals} does not wait for this delivery. */
  deliverLate(record: StreamRecord): Promise<void> {
    const clock = { ...stillClock, sleep: () => this.#schedule.pause() };
    return deliverUntilHandled([record], { store: this.commits, clock });
  }

  /** A grace period longer than the lag: each record in flight at its start arrives before its end. */
  async arrivals(): Promise<void> {
    await this.#schedule.pause();
    await Promise.all(this.#underWay);
  }

  async scanFavourites(position: ScanPosition): Promise<ScannedPage<FavouriteRow>> {
    return this.#scan(position, (id) => rowOf(id, this.#anyOf(this.#rowVersions.get(id))));
  }

  async scanRegisters(
    position: ScanPosition,
  ): Promise<ScannedPage<{ readonly key: RegisterKey; readonly register: StoredRegister }>> {
    return this.#scan(position, (id) => {
      const register = this.#anyOf(this.#registerVersions.get(id));
      return register && { key: keyOf(id), register };
    });
  }

  readFavourites(keys: readonly RegisterKey[], options: Consistency): Promise<ItemsRead<FavouriteRow>> {
    return this.#read(keys, (id) =>
      rowOf(id, options.consistent ? this.rows.get(id) : this.#anyOf(this.#rowVersions.get(id))),
    );
  }

  readRegisters(keys: readonly RegisterKey[], options: Consistency): Promise<ItemsRead<StoredRegister>> {
    return this.#read(keys, (id) =>
      options.consistent
        ? storedRegister(this.store.registers.get(id))
        : this.#anyOf(this.#registerVersions.get(id)),
    );
  }

  async #scan<T>(position: ScanPosition, itemOf: (id: string) => T | undefined): Promise<ScannedPage<T>> {
    await this.#schedule.pause();
    this.reads += 1;
    const ids = [...this.#rowVersions.keys()].filter(
      (_, index) => index % position.totalSegments === position.segment,
    );
    const from = Number(position.after ?? '0');
    const items = ids.slice(from, from + PAGE_ROWS).flatMap((id) => itemOf(id) ?? []);
    const next = from + PAGE_ROWS < ids.length ? String(from + PAGE_ROWS) : undefined;
    return { items, next, readUnits: 1 };
  }

  /** Reads item by item. Any write may happen between two items. */
  async #read<T>(keys: readonly RegisterKey[], itemOf: (id: string) => T | undefined): Promise<ItemsRead<T>> {
    const items: (T | undefined)[] = [];
    for (const key of keys) {
      await this.#schedule.pause();
      items.push(itemOf(favouriteId(key)));
    }
    this.reads += keys.length > 0 ? 1 : 0;
    return { items, readUnits: keys.length };
  }

  #anyOf<T>(versions: readonly T[] = []): T | undefined {
    return versions[versions.length - 1 - this.#schedule.choose(versions.length)];
  }
}

function keyOf(id: string): RegisterKey {
  const [restaurantId, userId] = id.split('#');
  return favouriteKey(restaurantId, userId);
}

function rowOf(id: string, createdAt: string | undefined): FavouriteRow | undefined {
  if (createdAt === undefined) return undefined;
  const item = { restaurant_id_user_id: { S: id }, created_at: { S: createdAt } };
  return defaultMapping.readRow(item);
}
