/**
 * A table of favourites of any shape and its registers, with reads as stale as DynamoDB allows, which no
 * local engine produces. An eventually consistent read returns any version of each item since the test began.
 * A consistent read returns the present version of each item, but reads each item at a different moment.
 * Users write at the same time, and transactions commit when the schedule says so.
 */
import type { TransactionPlan } from '../../src/commit/plan.ts';
import type { CommitStore } from '../../src/commit/store.ts';
import type { FavouriteChange, StoredRegister } from '../../src/counting/counted-favourite.ts';
import type { FavouriteRow, Mapping } from '../../src/counting/mapping.ts';
import type { RegisterKey } from '../../src/counting/register-key.ts';
import type { HealReads } from '../../src/reconcile/heal/reads.ts';
import type { Consistency, ItemsRead } from '../../src/reconcile/look/reads.ts';
import type { Item, ScannedPage, ScanPosition } from '../../src/tables/dynamodb/scan.ts';
import type { Schedule } from './all-schedules.ts';
import { favouriteId, registerKeyOf } from './favourite-changes.ts';
import { type MemoryStore, storedRegister } from './memory-store.ts';

/** Rows per page; few, so that a segment has several pages. */
const PAGE_ROWS = 2;

export interface HostileSourceOptions {
  readonly mapping: Mapping;
  /** The primary key of every row that may ever exist, in the order of the source, and the row at first. */
  readonly rows: readonly { readonly key: Item; readonly item: Item | undefined }[];
  /** Registers that are scanned in this order, others after them. */
  readonly registers: readonly RegisterKey[];
  readonly store: MemoryStore;
  readonly schedule: Schedule;
}

export class HostileSource implements HealReads {
  readonly store: MemoryStore;
  readonly schedule: Schedule;
  readonly mapping: Mapping;
  readonly #rowVersions = new Map<string, (Item | undefined)[]>();
  readonly #registerVersions = new Map<string, (StoredRegister | undefined)[]>();
  readonly #underWay = new Set<Promise<unknown>>();
  reads = 0;

  constructor({ mapping, rows, registers, store, schedule }: HostileSourceOptions) {
    this.mapping = mapping;
    this.store = store;
    this.schedule = schedule;
    for (const { key, item } of rows) this.#rowVersions.set(rowIdOf(key), [item]);
    for (const key of registers) {
      const id = favouriteId(key);
      this.#registerVersions.set(id, [storedRegister(store.registers.get(id))]);
    }
  }

  /** Changes a transaction just before its commit, so that a test can break a condition. */
  rewrite: (plan: TransactionPlan) => TransactionPlan = (plan) => plan;

  /** Changes each correction just before its commit, so that a mutant commits another one. */
  rewriteCorrections(rewrite: (change: FavouriteChange) => FavouriteChange): void {
    this.rewrite = (plan) => ({
      ...plan,
      changes: plan.changes.map((change) => (change.requires.kind === 'exactly' ? rewrite(change) : change)),
    });
  }

  /** Keeps every committed version for the stale reads. */
  readonly commits: CommitStore = {
    commit: async (plan: TransactionPlan, options) => {
      await this.schedule.pause();
      const answer = await this.store.commit(this.rewrite(plan), options);
      for (const { key } of plan.changes) this.#keepVersion(favouriteId(key));
      return answer;
    },
  };

  /** The row as it is now. */
  itemOf(key: Item): Item | undefined {
    return this.#rowVersions.get(rowIdOf(key))?.at(-1);
  }

  /** Writes the row like a user; undefined deletes it. */
  writeItem(key: Item, item: Item | undefined): void {
    const id = rowIdOf(key);
    const versions = this.#rowVersions.get(id) ?? [undefined];
    this.#rowVersions.set(id, versions);
    versions.push(item);
  }

  /** From now on, no read returns a version from before now. */
  forgetVersions(): void {
    for (const versions of this.#rowVersions.values()) versions.splice(0, versions.length - 1);
    for (const versions of this.#registerVersions.values()) versions.splice(0, versions.length - 1);
  }

  /** Makes {@link arrivals} wait for a delivery. */
  isUnderWay<T>(delivery: Promise<T>): Promise<T> {
    this.#underWay.add(delivery);
    return delivery.finally(() => this.#underWay.delete(delivery));
  }

  /** A grace period longer than the lag: each record in flight at its start arrives before its end. */
  async arrivals(): Promise<void> {
    await this.schedule.pause();
    await Promise.all(this.#underWay);
  }

  async scanFavourites(position: ScanPosition): Promise<ScannedPage<FavouriteRow>> {
    return this.#scan(this.#rowVersions, position, (id) =>
      this.#rowOf(this.#anyOf(this.#rowVersions.get(id))),
    );
  }

  async scanRegisters(
    position: ScanPosition,
  ): Promise<ScannedPage<{ readonly key: RegisterKey; readonly register: StoredRegister }>> {
    return this.#scan(this.#registerVersions, position, (id) => {
      const register = this.#anyOf(this.#registerVersions.get(id));
      return register && { key: registerKeyOf(id), register };
    });
  }

  readFavourites(
    keys: readonly RegisterKey[],
    { consistent }: Consistency,
  ): Promise<ItemsRead<FavouriteRow>> {
    return this.#read(keys, (key) => {
      const primaryKey = this.mapping.primaryKeyOf(key);
      const versions = primaryKey && this.#rowVersions.get(rowIdOf(primaryKey));
      return this.#rowOf(consistent ? versions?.at(-1) : this.#anyOf(versions));
    });
  }

  readRegisters(
    keys: readonly RegisterKey[],
    { consistent }: Consistency,
  ): Promise<ItemsRead<StoredRegister>> {
    return this.#read(keys, (key) => {
      const id = favouriteId(key);
      return consistent
        ? storedRegister(this.store.registers.get(id))
        : this.#anyOf(this.#registerVersions.get(id));
    });
  }

  async #scan<T>(
    versions: ReadonlyMap<string, unknown>,
    position: ScanPosition,
    itemOf: (id: string) => T | undefined,
  ): Promise<ScannedPage<T>> {
    await this.schedule.pause();
    this.reads += 1;
    const ids = [...versions.keys()].filter(
      (_, index) => index % position.totalSegments === position.segment,
    );
    const from = Number(position.after ?? '0');
    const items = ids.slice(from, from + PAGE_ROWS).flatMap((id) => itemOf(id) ?? []);
    const next = from + PAGE_ROWS < ids.length ? String(from + PAGE_ROWS) : undefined;
    return { items, next, readUnits: 1 };
  }

  /** Reads item by item. Any write may happen between two items. */
  async #read<T>(
    keys: readonly RegisterKey[],
    itemOf: (key: RegisterKey) => T | undefined,
  ): Promise<ItemsRead<T>> {
    const items: (T | undefined)[] = [];
    for (const key of keys) {
      await this.schedule.pause();
      items.push(itemOf(key));
    }
    this.reads += keys.length > 0 ? 1 : 0;
    return { items, readUnits: keys.length };
  }

  #keepVersion(registerId: string): void {
    const versions = this.#registerVersions.get(registerId) ?? [undefined];
    this.#registerVersions.set(registerId, versions);
    versions.push(storedRegister(this.store.registers.get(registerId)));
  }

  #anyOf<T>(versions: readonly T[] = []): T | undefined {
    return versions[versions.length - 1 - this.schedule.choose(versions.length)];
  }

  #rowOf(item: Item | undefined): FavouriteRow | undefined {
    return item && this.mapping.readRow(item);
  }
}

function rowIdOf(key: Item): string {
  return JSON.stringify(key);
}
