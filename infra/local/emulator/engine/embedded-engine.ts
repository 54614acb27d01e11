/**
 * The embedded engine: dynoxide, a DynamoDB-compatible server on top of SQLite. Its binary comes with an
 * optional dependency.
 */
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { listenOnLoopback } from '../http-server.ts';
import type { StartedEngine } from './engine.ts';
import { startTiedProcess, unexpectedEnd, type TiedProcess } from './tied-process.ts';

/** The engine starts in 0.1 s, but may take far longer on a busy machine. */
const START_TIMEOUT_MS = 20_000;

/** The engine gets another port if another process takes the port before the engine binds it. */
const START_ATTEMPTS_MAX = 5;

/** How long SQLite waits while the engine writes to the file. */
const BUSY_TIMEOUT_MS = 5_000;

/** The path of the binary; undefined when it is not installed, or not built for this platform. */
export function findEmbeddedBinary(
  packageName = `@dynoxide/${process.platform}-${process.arch}`,
): string | undefined {
  try {
    return join(
      dirname(
        createRequire(join(import.meta.dirname, 'package.json')).resolve(`${packageName}/package.json`),
      ),
      'dynoxide',
    );
  } catch {
    return undefined;
  }
}

/** Call only if `findEmbeddedBinary` finds the binary. */
export async function startEmbedded(directory: string): Promise<StartedEngine> {
  const databaseFile = join(directory, 'dynamodb.sqlite');
  const { child, port } = await startOnFreePort(findEmbeddedBinary() ?? 'dynoxide', databaseFile);
  return {
    name: 'embedded',
    processId: child.pid,
    endpoint: `http://127.0.0.1:${port}`,
    died: unexpectedEnd('The embedded DynamoDB engine', child),
    afterTablesCreated: async () => indexStreamRecords(databaseFile),
    stop: () => child.stop(),
  };
}

async function startOnFreePort(
  binary: string,
  databaseFile: string,
): Promise<{ readonly child: TiedProcess; readonly port: number }> {
  for (let attempt = 1; ; attempt += 1) {
    const { port, stop } = await listenOnLoopback(createServer());
    await stop();
    const args = ['--host', '127.0.0.1', '--port', String(port), '--db-path', databaseFile];
    const child = startTiedProcess({ command: binary, args });
    // Wait for the engine's own output: a connection to the port could reach the engine of another run.
    const listening = await child.waitForOutput(/listening on http:\/\/127\.0\.0\.1:\d+/, START_TIMEOUT_MS);
    if (listening !== undefined) return { child, port };
    await child.stop();
    const output = child.lastOutput();
    if (!/already in use/.test(output) || attempt === START_ATTEMPTS_MAX) {
      throw new Error(
        `The embedded DynamoDB engine (${binary}) did not start on ${databaseFile} (${await child.ended}): ` +
          `${output || 'no output'}. Try another directory, or --engine dynamodb-local.`,
      );
    }
  }
}

/**
 * Adds an index to the stream's table. Without the index, each write reads the whole stream to find the
 * highest sequence number, and each GetRecords sorts the whole stream.
 */
function indexStreamRecords(databaseFile: string): void {
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
