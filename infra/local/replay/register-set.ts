/** A set of registers on disk, which takes no memory and no file while it is empty. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { registerIdOf, type RegisterKey } from '../../../src/counting/register-key.ts';
import { openScratchDatabase } from '../scratch-database.ts';

interface Opened {
  readonly database: DatabaseSync;
  readonly add: StatementSync;
  readonly find: StatementSync;
}

/** Dispose of it when it is no longer needed. */
export class RegisterSet implements Disposable {
  #opened: Opened | undefined;

  get isEmpty(): boolean {
    return this.#opened === undefined;
  }

  add(key: RegisterKey): void {
    this.#opened ??= open();
    this.#opened.add.run(Buffer.from(registerIdOf(key)));
  }

  has(key: RegisterKey): boolean {
    return this.#opened?.find.get(Buffer.from(registerIdOf(key))) !== undefined;
  }

  [Symbol.dispose](): void {
    this.#opened?.database.close();
    this.#opened = undefined;
  }
}

function open(): Opened {
  const database = openScratchDatabase();
  // One transaction that never ends: nobody else reads this database.
  database.exec('CREATE TABLE register (id BLOB PRIMARY KEY) STRICT, WITHOUT ROWID; BEGIN');
  return {
    database,
    add: database.prepare('INSERT OR IGNORE INTO register VALUES (?)'),
    find: database.prepare('SELECT 1 FROM register WHERE id = ?'),
  };
}
