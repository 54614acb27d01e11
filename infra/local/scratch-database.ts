/**
 * A temporary SQLite database on disk, to sort and to add up more than fits into memory. SQLite deletes its
 * files when they are closed, also when the process is killed.
 *
 * Keep ids in columns of type BLOB: node:sqlite reads a text only up to its first NUL. SQLite orders blobs by
 * their bytes.
 */
import { DatabaseSync } from 'node:sqlite';

/** Pages that stay in memory. The rest is on disk, in TMPDIR or /var/tmp. */
const CACHE_KIBIBYTES = 32_768;

/** Close it when it is no longer needed. */
export function openScratchDatabase(): DatabaseSync {
  // An empty path is a database without a name (SQLite, "Temporary databases").
  const database = new DatabaseSync('');
  database.exec(`PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA temp_store = FILE`);
  database.exec(`PRAGMA cache_size = -${CACHE_KIBIBYTES}`);
  return database;
}
