import { startDynamoDbLocal } from './dynamodb-local-engine.ts';
import { startEmbedded } from './embedded-engine.ts';
import { connectExternal } from './external-engine.ts';
import { acquireRunLock } from './run-lock.ts';
import { selectEngine } from './select-engine.ts';

export type EngineName = 'embedded' | 'dynamodb-local';

export interface Engine {
  readonly name: EngineName | 'external';
  readonly endpoint: string;
  /** Resolves when the engine ended without `stop()`; stays pending otherwise. */
  readonly died: Promise<Error>;
  /** Call once after the tables exist. Embedded: adds the index that its stream needs; others: nothing. Idempotent. */
  afterTablesCreated(): Promise<void>;
  /** Ends the engine and frees its directory. Idempotent. */
  stop(): Promise<void>;
}

/** What an engine's own file gives back: the lock on the directory is added here. */
export type StartedEngine = Engine & {
  /** of the engine's process; none for an external one */ readonly processId?: number;
};

export interface EngineOptions {
  /** none: embedded where it has a build, else DynamoDB Local where Java is there */
  readonly engine?: EngineName | undefined;
  /** any other DynamoDB endpoint; nothing is started then */
  readonly endpoint?: string | undefined;
  /** where the run's database lives; created when absent */
  readonly directory: string;
  /** one line for the user about a choice that was made for them; default: stderr */
  readonly say?: ((line: string) => void) | undefined;
}

/**
 * Starts the DynamoDB engine of one local run, its life tied to this process, and keeps the directory for this run alone.
 * @throws when another run uses the directory, when no engine fits this machine, or when the endpoint does not answer
 */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const lock = await acquireRunLock(options.directory);
  try {
    const engine = await start(options);
    if (engine.processId !== undefined) lock.noteEngine(engine.processId);
    return { ...engine, stop: () => engine.stop().finally(() => lock.release()) };
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function start(options: EngineOptions): Promise<StartedEngine> {
  const { directory, endpoint, say = (line) => process.stderr.write(`${line}\n`) } = options;
  if (endpoint !== undefined) return connectExternal(endpoint);
  const name = await selectEngine({ wanted: options.engine, say });
  return name === 'embedded' ? startEmbedded(directory) : startDynamoDbLocal({ directory, say });
}
