/** A hostile table of any shape that makes a stream record of each write. */
import type { Mapping } from '../../src/counting/mapping.ts';
import type { RegisterKey } from '../../src/counting/register-key.ts';
import type { Item } from '../../src/tables/dynamodb/scan.ts';
import type { Schedule } from './all-schedules.ts';
import { HostileSource } from './hostile-source.ts';
import type { MemoryStore } from './memory-store.ts';
import { type AnyTableRecord, anyTableRecord } from './stream-records.ts';

export interface SourceTablesOptions {
  readonly mapping: Mapping;
  readonly store: MemoryStore;
  readonly schedule?: Schedule;
}

/** Nothing waits, and every read returns what is in the table. */
const atOnce: Schedule = { pause: () => Promise.resolve(), choose: () => 0 };

export class SourceTables extends HostileSource {
  #sequence = 0;

  constructor({ schedule = atOnce, ...options }: SourceTablesOptions) {
    super({ ...options, schedule, rows: [], registers: [] });
  }

  /** Writes the row like a user. @returns its stream record: the first has sequence number 1. */
  put(item: Item): AnyTableRecord {
    const key = this.#keyOf(item);
    const before = this.itemOf(key);
    this.writeItem(key, item);
    return this.#recordOf(key, before, item);
  }

  /** Deletes the row like a user. @param item attributes that include the key. */
  remove(item: Item): AnyTableRecord {
    const key = this.#keyOf(item);
    const before = this.itemOf(key);
    if (before === undefined) throw new Error('there is no row to delete');
    this.writeItem(key, undefined);
    return this.#recordOf(key, before, undefined);
  }

  /** The row that the register belongs to, as it is now. */
  rowOf(register: RegisterKey): Item | undefined {
    const key = this.mapping.primaryKeyOf(register);
    return key && this.itemOf(key);
  }

  #keyOf(item: Item): Item {
    return Object.fromEntries(this.mapping.keyNames.map((name) => [name, item[name] ?? { S: '' }]));
  }

  #recordOf(key: Item, before: Item | undefined, after: Item | undefined): AnyTableRecord {
    this.#sequence += 1;
    return anyTableRecord({ key, before, after, sequence: this.#sequence });
  }
}
