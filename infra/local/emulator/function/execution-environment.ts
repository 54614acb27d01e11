/** One execution environment of a function: a worker thread that serves one invocation at a time until it ends. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type {
  EnvironmentHandle,
  EnvironmentResources,
  FunctionSettings,
  InvocationOutcome,
  WorkerMessage,
} from './invocation.ts';
import { runtimeVariables } from './runtime-variables.ts';

const workerFile = join(import.meta.dirname, 'worker-runtime.cjs');

/** Lambda gives 10 s to load a bundle; a busy machine with two cores is given more. */
const loadTimeMaxMs = 60_000;

export interface ExecutionEnvironment extends EnvironmentHandle {
  /** False once the worker has timed out, died or failed to load: take another one. */
  usable(): boolean;
  /** Never rejects. One at a time. */
  invoke(eventJson: string): Promise<InvocationOutcome>;
  stop(): Promise<void>;
}

export interface ExecutionEnvironmentOptions {
  readonly settings: FunctionSettings;
  readonly resources: EnvironmentResources;
  readonly onLogLine: (line: string) => void;
}

export function startExecutionEnvironment(o: ExecutionEnvironmentOptions): ExecutionEnvironment {
  const { settings } = o;
  const id = randomUUID();
  const worker = startWorker(o, id);
  let usable = true;
  let deathOutcome: InvocationOutcome | undefined;
  let onOutcome: ((outcome: InvocationOutcome) => void) | undefined;
  let loaded = false;
  let onLoaded: (() => void) | undefined;

  const settle = (outcome: InvocationOutcome): void => {
    onOutcome?.(outcome);
    onOutcome = undefined;
  };
  const end = (outcome: InvocationOutcome): void => {
    usable = false;
    deathOutcome ??= outcome;
    settle(deathOutcome);
    onLoaded?.();
    void worker.terminate();
  };

  worker.on('message', (message: WorkerMessage) => {
    switch (message.type) {
      case 'line':
        o.onLogLine(message.line);
        return;
      case 'ready':
        loaded = true;
        onLoaded?.();
        return;
      case 'answer':
        settle(answerOutcome(message));
        return;
      case 'error': {
        const { errorType, errorMessage } = message;
        const outcome = { kind: 'error', errorType, errorMessage } as const;
        if (loaded) settle(outcome);
        else end(outcome);
        return;
      }
    }
  });
  worker.on('error', (cause) => end(uncaughtOutcome(cause)));
  worker.on('exit', (code) =>
    end({
      kind: 'error',
      errorType: 'Runtime.ExitError',
      errorMessage: `The runtime of ${settings.name} exited by itself with status ${code}`,
    }),
  );

  /** Resolves when the bundle is loaded or the worker has ended, whichever comes first. */
  const whenLoaded = (): Promise<void> =>
    new Promise((resolve) => {
      if (loaded || !usable) return resolve();
      const timer = setTimeout(() => end(loadTimeout(settings.name)), loadTimeMaxMs);
      onLoaded = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  return {
    id,
    resources: o.resources,
    usable: () => usable,
    crash: () => end({ kind: 'crash' }),
    async invoke(eventJson) {
      await whenLoaded();
      if (deathOutcome !== undefined) return deathOutcome;
      return new Promise((resolve) => {
        const timer = setTimeout(() => end({ kind: 'timeout' }), settings.timeoutMs);
        onOutcome = (outcome) => {
          clearTimeout(timer);
          resolve(outcome);
        };
        const deadlineMs = Date.now() + settings.timeoutMs;
        worker.postMessage({ requestId: randomUUID(), event: eventJson, deadlineMs }, []);
      });
    },
    async stop() {
      end({ kind: 'crash' });
      await worker.terminate();
    },
  };
}

function startWorker({ settings, resources }: ExecutionEnvironmentOptions, id: string): Worker {
  const { arn, bundleDirectory, handler, memorySizeMb, name } = settings;
  return new Worker(workerFile, {
    name,
    workerData: { arn, bundleDirectory, handler, memorySizeMb, functionName: name },
    env: { ...settings.variables, ...runtimeVariables(settings, id), ...resources.variables },
    // The loaders and flags of this process are not Lambda's.
    execArgv: [],
    // The shares that the Lambda runtime gives to V8.
    resourceLimits: {
      maxOldGenerationSizeMb: Math.floor(memorySizeMb * 0.9),
      maxYoungGenerationSizeMb: Math.max(1, Math.floor(memorySizeMb * 0.05)),
    },
  });
}

/** Lambda's limit for the answer of a synchronous invocation: 6 MB and a little. Lambda quotas page. */
const answerBytesMax = 6_291_556;

function answerOutcome(message: WorkerMessage & { readonly type: 'answer' }): InvocationOutcome {
  if (Buffer.byteLength(message.payload) > answerBytesMax) {
    return {
      kind: 'error',
      errorType: 'Function.ResponseSizeTooLarge',
      errorMessage: `Response payload size exceeded maximum allowed payload size (${answerBytesMax} bytes).`,
    };
  }
  const payload: unknown = JSON.parse(message.payload);
  const { durationMs, cpuMs } = message;
  return { kind: 'answer', payload, durationMs, cpuMs };
}

function uncaughtOutcome(cause: unknown): InvocationOutcome {
  // Not instanceof: the error comes from another realm.
  const code = property(cause, 'code');
  return {
    kind: 'error',
    errorType:
      code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'Runtime.OutOfMemory' : (property(cause, 'name') ?? typeof cause),
    errorMessage: property(cause, 'message') ?? String(cause),
  };
}

function property(value: unknown, name: string): string | undefined {
  const found: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
  return typeof found === 'string' ? found : undefined;
}

function loadTimeout(name: string): InvocationOutcome {
  return {
    kind: 'error',
    errorType: 'Runtime.InitTimeout',
    errorMessage: `The bundle of ${name} did not load within ${loadTimeMaxMs / 1000} s`,
  };
}
