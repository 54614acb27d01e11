/**
 * One Lambda function on this machine: runs the synthesized bundle in worker threads, with the template's
 * environment. As on Lambda, an execution environment runs one invocation at a time. It is created on demand
 * and stays warm, and is not reused after it has timed out or died.
 */
import { ExecutionEnvironment } from './execution-environment.ts';
import type {
  EnvironmentHandle,
  EnvironmentResources,
  FunctionSettings,
  InvocationOutcome,
} from './invocation.ts';

export interface LocalFunctionOptions {
  readonly settings: FunctionSettings;
  /** Called once for each execution environment, before it starts. */
  readonly prepareEnvironment?: () => Promise<EnvironmentResources>;
  readonly onLogLine?: (functionName: string, line: string) => void;
}

/** Lambda's limit for the event of a synchronous invocation: 6 MB (Lambda quotas page). */
const eventBytesMax = 6 * 1024 * 1024;

/** More than a pipe's ten lanes and all other callers need. It stops a leak before memory runs out. */
const environmentsMax = 64;

interface PooledEnvironment {
  readonly environment: ExecutionEnvironment;
  /** Ends the worker, then releases its resources. Idempotent. */
  readonly end: () => Promise<void>;
}

export class LocalFunction {
  readonly #options: LocalFunctionOptions;
  readonly #idle: PooledEnvironment[] = [];
  readonly #all = new Set<PooledEnvironment>();
  #starting = 0;
  #isStopped = false;

  constructor(options: LocalFunctionOptions) {
    this.#options = options;
  }

  /** Never rejects. `onEnvironment` gets the execution environment before the invocation begins. */
  async invoke(
    event: unknown,
    onEnvironment?: (environment: EnvironmentHandle) => void,
  ): Promise<InvocationOutcome> {
    const eventJson = JSON.stringify(event) ?? 'null';
    const eventBytes = Buffer.byteLength(eventJson);
    if (eventBytes > eventBytesMax) return eventTooLarge(eventBytes);
    if (this.#isStopped) return { kind: 'crash' };
    const warm = this.#takeIdle();
    if (warm === undefined && this.#all.size + this.#starting >= environmentsMax) return tooManyInvocations;
    const pooled = warm ?? (await this.#start());
    if (this.#isStopped) {
      await pooled.end();
      return { kind: 'crash' };
    }
    onEnvironment?.(pooled.environment);
    const outcome = await pooled.environment.invoke(eventJson);
    if (this.#isStopped || !pooled.environment.usable) await pooled.end();
    else this.#idle.push(pooled);
    return outcome;
  }

  /** Ends every execution environment. The outcome of a running invocation is `{ kind: 'crash' }`. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all([...this.#all].map((pooled) => pooled.end()));
  }

  async #start(): Promise<PooledEnvironment> {
    const { settings, prepareEnvironment, onLogLine } = this.#options;
    this.#starting += 1;
    try {
      const resources = (await prepareEnvironment?.()) ?? noResources;
      const environment = new ExecutionEnvironment(settings, resources, (line) =>
        onLogLine?.(settings.name, line),
      );
      const end = async (): Promise<void> => {
        await environment.stop();
        await resources.release();
        this.#all.delete(pooled);
      };
      let ending: Promise<void> | undefined;
      const pooled: PooledEnvironment = { environment, end: () => (ending ??= end()) };
      this.#all.add(pooled);
      return pooled;
    } finally {
      this.#starting -= 1;
    }
  }

  #takeIdle(): PooledEnvironment | undefined {
    for (let pooled = this.#idle.pop(); pooled !== undefined; pooled = this.#idle.pop()) {
      if (pooled.environment.usable) return pooled;
      void pooled.end();
    }
    return undefined;
  }
}

const noResources: EnvironmentResources = { variables: {}, release: () => Promise.resolve() };

function eventTooLarge(eventBytes: number): InvocationOutcome {
  return {
    kind: 'error',
    errorType: 'RequestEntityTooLargeException',
    errorMessage:
      `${eventBytes} byte payload is too large for the RequestResponse invocation type ` +
      `(limit ${eventBytesMax} bytes)`,
  };
}

const tooManyInvocations: InvocationOutcome = {
  kind: 'error',
  errorType: 'TooManyRequestsException',
  errorMessage: `Rate Exceeded: ${environmentsMax} execution environments of this function are busy`,
};
