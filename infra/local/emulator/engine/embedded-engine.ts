// The embedded engine: dynoxide, a DynamoDB-compatible server over SQLite, as a binary from an optional dependency.

import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { indexStreamRecords } from './embedded-stream-index.ts';
import type { StartedEngine } from './engine.ts';
import { findFreePort } from './free-port.ts';
import { startTiedProcess, unexpectedEnd, type TiedProcess } from './tied-process.ts';

/** It starts in 0.1 s; a machine that is busy with a build may take far longer. */
const START_TIMEOUT_MS = 20_000;

/** A free port can be taken between our look and the engine's bind. */
const START_ATTEMPTS_MAX = 5;

export const EMBEDDED_PACKAGE = `@dynoxide/${process.platform}-${process.arch}`;

/** The path of the binary for this platform, or nothing when there is none or it was not installed. */
export function findEmbeddedBinary(packageName: string = EMBEDDED_PACKAGE): string | undefined {
  try {
    return join(dirname(createRequire(import.meta.url).resolve(`${packageName}/package.json`)), 'dynoxide');
  } catch {
    return undefined;
  }
}

export async function startEmbedded(directory: string): Promise<StartedEngine> {
  const binary = findEmbeddedBinary();
  if (binary === undefined)
    throw new Error(`The embedded engine (${EMBEDDED_PACKAGE}) is not installed. Run: npm ci`);
  const databaseFile = join(directory, 'dynamodb.sqlite');
  const { child, port } = await startOnFreePort(binary, databaseFile);
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
    const port = await findFreePort();
    const args = ['--host', '127.0.0.1', '--port', String(port), '--db-path', databaseFile];
    const child = startTiedProcess({ command: binary, args });
    // Its own word, not an answer on the port: another run's engine may be the one that answers there.
    const listening = await child.waitForOutput(/listening on http:\/\/127\.0\.0\.1:\d+/, START_TIMEOUT_MS);
    if (listening !== undefined) return { child, port };
    await child.stop();
    const output = child.lastOutput();
    if (!/already in use/.test(output) || attempt === START_ATTEMPTS_MAX) {
      throw new Error(
        `The embedded DynamoDB engine (${binary}) did not start on ${databaseFile} (${await child.ended}): ` +
          `${output || 'it said nothing'}. Try another directory, or --engine dynamodb-local.`,
      );
    }
  }
}
