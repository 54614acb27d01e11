/** The outcome of one invocation, as the caller of Lambda's Invoke sees it. */
export type InvocationOutcome =
  | {
      readonly kind: 'answer';
      readonly payload: unknown;
      readonly durationMs: number;
      /** CPU time of the worker thread. */
      readonly cpuMs: number;
    }
  /** The handler threw, the bundle does not load, the payload is too large, or the runtime exited. */
  | { readonly kind: 'error'; readonly errorType: string; readonly errorMessage: string }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'crash' };

/** An execution environment, for fault injection. */
export interface EnvironmentHandle {
  readonly id: string;
  /** The resources that were created for this environment. */
  readonly resources: EnvironmentResources;
  /** Ends the worker at once. The outcome of a running invocation is `{ kind: 'crash' }`. */
  crash(): void;
}

/** Resources that an execution environment needs besides its settings, for example its own proxy. */
export interface EnvironmentResources {
  readonly variables: Readonly<Record<string, string>>;
  release(): Promise<void>;
}

export interface FunctionSettings {
  readonly name: string;
  readonly arn: string;
  /** The folder that Lambda would unpack as the task root. */
  readonly bundleDirectory: string;
  /** `<module>.<export>`, as in the template. */
  readonly handler: string;
  readonly timeoutMs: number;
  readonly memorySizeMb: number;
  readonly region: string;
  /** The template's variables. The runtime adds its own. */
  readonly variables: Readonly<Record<string, string>>;
}

/** The messages that worker-runtime.cjs posts. */
export type WorkerMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'line'; readonly line: string }
  | { readonly type: 'answer'; readonly payload: string; readonly durationMs: number; readonly cpuMs: number }
  | { readonly type: 'error'; readonly errorType: string; readonly errorMessage: string };
