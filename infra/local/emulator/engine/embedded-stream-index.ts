import { DatabaseSync } from 'node:sqlite';

/** The engine holds the file open and may be writing: how long to wait for its lock. */
const BUSY_TIMEOUT_MS = 5_000;

/**
 * Gives the embedded engine's stream table the index that it lacks. Without it every write looks up the highest sequence number by
 * reading the whole stream, and every GetRecords sorts it.
 */
export function indexStreamRecords(databaseFile: string): void {
  const database = new DatabaseSync(databaseFile, { timeout: BUSY_TIMEOUT_MS });
  try {
    database.exec(
      'CREATE INDEX IF NOT EXISTS stream_records_by_sequence_number ' +
        'ON _stream_records (table_name, CAST(sequence_number AS INTEGER))',
    );
  } finally {
    database.close();
  }
}
