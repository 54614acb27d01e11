/** One execution environment of a function: a worker thread that serves one invocation at a time. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { isObject } from '../json.ts';
import type {
  EnvironmentHandle,
  EnvironmentResources,
  FunctionSettings,
  InvocationOutcome,
  WorkerMessage,
} from './invocation.ts';
import { runtimeVariables } from './runtime-variables.ts';

const workerFile = join(import.meta.dirname, 'worker-runtime.cjs');

/** Lambda allows 10 s to load a bundle, but a busy machine with two cores needs more. */
const loadTimeMaxMs = 60_000;

export class ExecutionEnvironment implements EnvironmentHandle {
  readonly id = randomUUID();
  readonly resources: EnvironmentResources;
  readonly #settings: FunctionSettings;
  readonly #onLogLine: (line: string) => void;
  readonly #worker: Worker;
  /** Resolves when the bundle is loaded, or when the worker has ended. */
  readonly #loaded = Promise.withResolvers<void>();
  #isLoaded = false;
  #death: InvocationOutcome | undefined;
  #settle: ((outcome: InvocationOutcome) => void) | undefined;

  constructor(
    settings: FunctionSettings,
    resources: EnvironmentResources,
    onLogLine: (line: string) => void,
  ) {
    this.resources = resources;
    this.#settings = settings;
    this.#onLogLine = onLogLine;
    this.#worker = startWorker(settings, resources, this.id);
    this.#worker.on('message', (message: WorkerMessage) => this.#receive(message));
    this.#worker.on('error', (cause) => this.#end(uncaughtOutcome(cause)));
    this.#worker.on('exit', (code) =>
      this.#end(failure('Runtime.ExitError', `The runtime of ${settings.name} exited with status ${code}`)),
    );
  }

  /** False when the worker has timed out, died or failed to load. Use another environment then. */
  get usable(): boolean {
    return this.#death === undefined;
  }

  /** Never rejects. Call it for one invocation at a time. */
  async invoke(eventJson: string): Promise<InvocationOutcome> {
    const { name, timeoutMs } = this.#settings;
    const tooSlow = `The bundle of ${name} did not load within ${loadTimeMaxMs / 1000} s`;
    await this.#within(loadTimeMaxMs, failure('Runtime.InitTimeout', tooSlow), this.#loaded.promise);
    if (this.#death !== undefined) return this.#death;
    const outcome = new Promise<InvocationOutcome>((resolve) => {
      this.#settle = resolve;
    });
    const deadlineMs = Date.now() + timeoutMs;
    this.#worker.postMessage({ requestId: randomUUID(), event: eventJson, deadlineMs }, []);
    return this.#within(timeoutMs, { kind: 'timeout' }, outcome);
  }

  crash(): void {
    this.#end({ kind: 'crash' });
  }

  async stop(): Promise<void> {
    this.crash();
    await this.#worker.terminate();
  }

  /** Ends the worker after the timeout. */
  async #within<T>(timeoutMs: number, late: InvocationOutcome, done: Promise<T>): Promise<T> {
    const timer = setTimeout(() => this.#end(late), timeoutMs);
    return done.finally(() => clearTimeout(timer));
  }

  #receive(message: WorkerMessage): void {
    switch (message.type) {
      case 'line':
        this.#onLogLine(message.line);
        return;
      case 'ready':
        this.#isLoaded = true;
        this.#loaded.resolve();
        return;
      case 'answer':
        this.#settle?.(answerOutcome(message));
        return;
      case 'error': {
        const outcome = failure(message.errorType, message.errorMessage);
        if (this.#isLoaded) this.#settle?.(outcome);
        else this.#end(outcome);
        return;
      }
    }
  }

  /** Ends the environment. Only the outcome of the first call counts. */
  #end(outcome: InvocationOutcome): void {
    this.#death ??= outcome;
    this.#settle?.(this.#death);
    this.#loaded.resolve();
    void this.#worker.terminate();
  }
}

const SEMI_SPACES = 3;

function startWorker(settings: FunctionSettings, resources: EnvironmentResources, id: string): Worker {
  const { arn, bundleDirectory, handler, memorySizeMb, name } = settings;
  // A worker refuses options of the whole process.
  const { NODE_OPTIONS: nodeOptions = '', ...variables } = settings.variables;
  const [, semiSpaceMb] = /--max-semi-space-size=(\d+)/.exec(nodeOptions) ?? [];
  return new Worker(workerFile, {
    name,
    workerData: { arn, bundleDirectory, handler, memorySizeMb, functionName: name },
    env: { ...variables, ...runtimeVariables(settings, id), ...resources.variables },
    // Lambda does not have the loaders and flags of this process.
    execArgv: [],
    // The Lambda runtime gives V8 these shares of the memory too.
    resourceLimits: {
      maxOldGenerationSizeMb: Math.floor(memorySizeMb * 0.9),
      // The young generation has three semi-spaces.
      maxYoungGenerationSizeMb:
        semiSpaceMb === undefined
          ? Math.max(1, Math.floor(memorySizeMb * 0.05))
          : Number(semiSpaceMb) * SEMI_SPACES,
    },
  });
}

/** Lambda's limit for the response of a synchronous invocation: slightly over 6 MB (Lambda quotas page). */
const answerBytesMax = 6_291_556;

function answerOutcome(message: WorkerMessage & { readonly type: 'answer' }): InvocationOutcome {
  if (Buffer.byteLength(message.payload) > answerBytesMax) {
    return failure(
      'Function.ResponseSizeTooLarge',
      `Response payload size exceeded maximum allowed payload size (${answerBytesMax} bytes).`,
    );
  }
  const payload: unknown = JSON.parse(message.payload);
  const { durationMs, cpuMs } = message;
  return { kind: 'answer', payload, durationMs, cpuMs };
}

function uncaughtOutcome(cause: unknown): InvocationOutcome {
  // `instanceof` fails here, because the error comes from another realm.
  const { code, name, message } = isObject(cause) ? cause : {};
  if (code === 'ERR_WORKER_OUT_OF_MEMORY') return failure('Runtime.OutOfMemory', String(message));
  const errorType = typeof name === 'string' ? name : typeof cause;
  return failure(errorType, typeof message === 'string' ? message : String(cause));
}

function failure(errorType: string, errorMessage: string): InvocationOutcome {
  return { kind: 'error', errorType, errorMessage };
}
