/** Runs Amazon's DynamoDB Local, for platforms without an embedded engine and as a second engine in tests. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fetchDynamoDbLocal } from './dynamodb-local-jars.ts';
import type { StartedEngine } from './engine.ts';
import { startTiedProcess, unexpectedEnd } from './tied-process.ts';

const SERVER = join(import.meta.dirname, 'dynamodb-local', 'LoopbackServer.java');

/** Starting a JVM and compiling the server class takes about 2 s on an idle machine. */
const START_TIMEOUT_MS = 60_000;

/** Call only if `findDynamoDbLocal` found no reason why DynamoDB Local cannot run. */
export async function startDynamoDbLocal(options: {
  readonly directory: string;
  readonly say: (line: string) => void;
}): Promise<StartedEngine> {
  const jars = await fetchDynamoDbLocal(options.say);
  const databaseDirectory = join(options.directory, 'dynamodb-local');
  mkdirSync(databaseDirectory, { recursive: true });
  const child = startTiedProcess({
    command: 'java',
    args: [
      '-XX:+UseSerialGC', // starts faster, and is no slower on a small heap
      `-Djava.library.path=${jars}`,
      '-cp',
      join(jars, '*'),
      SERVER,
      '-sharedDb',
      '-disableTelemetry',
      '-dbPath',
      databaseDirectory,
    ],
    env: { ...process.env, DDB_LOCAL_TELEMETRY: '0' },
  });
  const listening = await child.waitForOutput(/listening on (http:\/\/127\.0\.0\.1:\d+)/, START_TIMEOUT_MS);
  if (listening?.[1] === undefined) {
    await child.stop();
    throw new Error(
      `DynamoDB Local did not start on ${databaseDirectory} (${await child.ended}): ` +
        `${child.lastOutput() || 'no output'}. Try another directory, or --engine embedded.`,
    );
  }
  return {
    name: 'dynamodb-local',
    processId: child.pid,
    endpoint: listening[1],
    died: unexpectedEnd('DynamoDB Local', child),
    afterTablesCreated: async () => undefined,
    stop: () => child.stop(),
  };
}
