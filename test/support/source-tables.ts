/**
 * A table of favourites of any shape, its registers, and a stream record for each write. Consistent reads
 * read each item at a different moment, so that any write may happen between two of them. A read that is not
 * consistent returns the oldest version of each item.
 */
import type { TransactionPlan } from '../../src/commit/plan.ts';
import type { CommitStore } from '../../src/commit/store.ts';
import type { StoredRegister } from '../../src/counting/counted-favourite.ts';
import type { FavouriteRow, Mapping } from '../../src/counting/mapping.ts';
import type { RegisterKey } from '../../src/counting/register-key.ts';
import type { Consistency, ItemsRead, LookReads } from '../../src/reconcile/look/reads.ts';
import type { Item } from '../../src/tables/dynamodb/scan.ts';
import { favouriteId } from './favourite-changes.ts';
import { type MemoryStore, storedRegister } from './memory-store.ts';
import { sequenceNumberOf, STREAM_ARN } from './stream-records.ts';

export interface SourceRecord {
  readonly eventID: string;
  readonly eventName: 'INSERT' | 'MODIFY' | 'REMOVE';
  readonly eventSourceARN: string;
  readonly dynamodb: {
    readonly ApproximateCreationDateTime: number;
    readonly SequenceNumber: string;
    readonly Keys: Item;
    readonly NewImage?: Item;
    readonly OldImage?: Item;
  };
}

export class SourceTables implements LookReads {
  /** The rows by their encoded key. */
  readonly rows = new Map<string, Item>();
  readonly store: MemoryStore;
  readonly #mapping: Mapping;
  readonly #pause: () => Promise<void>;
  readonly #rowVersions = new Map<string, Item | undefined>();
  readonly #registerVersions = new Map<string, StoredRegister | undefined>();
  #sequence = 0;

  constructor({
    mapping,
    store,
    pause = () => Promise.resolve(),
  }: {
    readonly mapping: Mapping;
    readonly store: MemoryStore;
    readonly pause?: () => Promise<void>;
  }) {
    this.#mapping = mapping;
    this.store = store;
    this.#pause = pause;
  }

  /** Changes a transaction just before its commit, so that a test can break a condition. */
  rewrite: (plan: TransactionPlan) => TransactionPlan = (plan) => plan;

  readonly commits: CommitStore = {
    commit: async (plan, options) => {
      await this.#pause();
      return this.store.commit(this.rewrite(plan), options);
    },
  };

  /** From now on, reads that are not consistent return what the tables hold now. */
  freeze(): void {
    for (const [id, item] of this.rows) this.#rowVersions.set(id, item);
    for (const [id, register] of this.store.registers) {
      this.#registerVersions.set(id, storedRegister(register));
    }
  }

  /** Writes the row like a user. @returns its stream record. */
  put(item: Item): SourceRecord {
    const id = this.#idOf(item);
    const before = this.rows.get(id);
    this.rows.set(id, item);
    return this.#record(item, {
      eventName: before === undefined ? 'INSERT' : 'MODIFY',
      NewImage: item,
      ...(before && { OldImage: before }),
    });
  }

  /** Deletes the row like a user. @param item attributes that include the key. */
  remove(item: Item): SourceRecord {
    const before = this.rows.get(this.#idOf(item));
    if (before === undefined) throw new Error('there is no row to delete');
    this.rows.delete(this.#idOf(item));
    return this.#record(item, { eventName: 'REMOVE', OldImage: before });
  }

  rowOf(key: RegisterKey): Item | undefined {
    const primaryKey = this.#mapping.primaryKeyOf(key);
    return primaryKey && this.rows.get(this.#idOf(primaryKey));
  }

  readFavourites(keys: readonly RegisterKey[], how: Consistency): Promise<ItemsRead<FavouriteRow>> {
    return this.#read(keys, (key) => {
      const primaryKey = this.#mapping.primaryKeyOf(key);
      const id = primaryKey && this.#idOf(primaryKey);
      const item = id && (how.consistent ? this.rows.get(id) : this.#rowVersions.get(id));
      return item ? this.#mapping.readRow(item) : undefined;
    });
  }

  readRegisters(keys: readonly RegisterKey[], how: Consistency): Promise<ItemsRead<StoredRegister>> {
    return this.#read(keys, (key) =>
      how.consistent
        ? storedRegister(this.store.registers.get(favouriteId(key)))
        : this.#registerVersions.get(favouriteId(key)),
    );
  }

  async #read<T>(
    keys: readonly RegisterKey[],
    itemOf: (key: RegisterKey) => T | undefined,
  ): Promise<ItemsRead<T>> {
    const items: (T | undefined)[] = [];
    for (const key of keys) {
      await this.#pause();
      items.push(itemOf(key));
    }
    return { items, readUnits: keys.length };
  }

  #record(
    item: Item,
    { eventName, ...images }: Pick<SourceRecord, 'eventName'> & Partial<SourceRecord['dynamodb']>,
  ): SourceRecord {
    this.#sequence += 1;
    const Keys = Object.fromEntries(this.#mapping.keyNames.map((name) => [name, item[name] ?? { S: '' }]));
    return {
      eventID: `event-${this.#sequence}`,
      eventName,
      eventSourceARN: STREAM_ARN,
      dynamodb: {
        ApproximateCreationDateTime: 1_660_000_000 + this.#sequence,
        SequenceNumber: sequenceNumberOf(this.#sequence),
        Keys,
        ...images,
      },
    };
  }

  #idOf(item: Item): string {
    return JSON.stringify(this.#mapping.keyNames.map((name) => item[name]));
  }
}
