import { startDynamoDbLocal } from './dynamodb-local-engine.ts';
import { findDynamoDbLocal } from './dynamodb-local-jars.ts';
import { findEmbeddedBinary, startEmbedded } from './embedded-engine.ts';
import type { Engine, EngineName, StartedEngine } from './engine.ts';
import { acquireRunLock } from './run-lock.ts';

export interface EngineOptions {
  /** Default: the embedded engine if it can run here, otherwise DynamoDB Local. */
  readonly engine?: EngineName | undefined;
  /** Use this DynamoDB endpoint instead of starting an engine. */
  readonly endpoint?: string | undefined;
  /** Directory of the run's database; created if needed. */
  readonly directory: string;
  /** Prints one line for the user, for example which engine it chose. Default: stderr. */
  readonly say?: ((line: string) => void) | undefined;
}

/**
 * Starts the DynamoDB engine of one local run and locks the directory. The engine ends with this process.
 * @throws when another run uses the directory, when no engine can run on this machine, or when the
 * endpoint does not respond
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

/** The platform of the embedded engine's package in package.json. */
const EMBEDDED_PLATFORM = 'linux-x64';
/** Also in package.json, where it is optional. */
export const EMBEDDED_PACKAGE = `@dynoxide/${EMBEDDED_PLATFORM}@1.2.1`;

/** Checks what this machine can run. Tests replace it. */
const machine = {
  platform: `${process.platform}-${process.arch}`,
  hasEmbedded: () => findEmbeddedBinary() !== undefined,
  missingForDynamoDbLocal: findDynamoDbLocal,
};

/**
 * Selects the engine that this machine can run.
 * @throws when no engine can run here, or not the wanted one; the error says which command to run
 */
export async function selectEngine(
  { wanted, say }: { readonly wanted: EngineName | undefined; readonly say: (line: string) => void },
  { platform, hasEmbedded, missingForDynamoDbLocal }: typeof machine = machine,
): Promise<EngineName> {
  if (wanted !== 'dynamodb-local' && hasEmbedded()) return 'embedded';
  const noEmbedded =
    platform === EMBEDDED_PLATFORM
      ? `The embedded engine is not installed (npm install --no-save ${EMBEDDED_PACKAGE})`
      : `The embedded engine has no build for this platform (${platform}), only for ${EMBEDDED_PLATFORM}`;
  const missing = await missingForDynamoDbLocal();
  if (missing !== undefined) {
    const prefix = wanted === 'dynamodb-local' ? '' : `${noEmbedded}. `;
    throw new Error(
      `${prefix}DynamoDB Local cannot run here: ${missing}. Or use another DynamoDB with --endpoint URL.`,
    );
  }
  if (wanted === 'embedded') throw new Error(`${noEmbedded}. Or use --engine dynamodb-local.`);
  if (wanted === undefined) say(`${noEmbedded}: using DynamoDB Local instead.`);
  return 'dynamodb-local';
}

/** Long, because the synthesis meanwhile keeps a busy machine from reading the answer for seconds. */
const REACH_TIMEOUT_MS = 20_000;

/** Uses a DynamoDB that is already running, and only checks that its endpoint responds. */
async function connectExternal(endpoint: string): Promise<StartedEngine> {
  const url = URL.parse(endpoint);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new Error(
      `The endpoint ${JSON.stringify(endpoint)} is not an http or https URL. Example: http://127.0.0.1:8000`,
    );
  }
  try {
    // Any response is enough. DynamoDB rejects a request without a signature, but that shows that it runs.
    const answer = await fetch(url, { method: 'POST', signal: AbortSignal.timeout(REACH_TIMEOUT_MS) });
    await answer.body?.cancel();
  } catch (cause) {
    throw new Error(
      `Nothing answers at the endpoint ${endpoint}. Start a DynamoDB there, or leave out --endpoint.`,
      { cause },
    );
  }
  return {
    name: 'external',
    endpoint: url.href.replace(/\/$/, ''),
    died: new Promise(() => undefined),
    afterTablesCreated: async () => undefined,
    stop: async () => undefined,
  };
}
