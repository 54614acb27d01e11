/** The outcome of one invocation, as the caller of Lambda's Invoke sees it. */
export type InvocationOutcome =
  | {
      readonly kind: 'answer';
      readonly payload: unknown;
      readonly durationMs: number;
      /** Of the worker's own thread. */
      readonly cpuMs: number;
    }
  /**
   * The handler threw, the bundle does not load, the payload is too large, or the runtime exited by itself.
   */
  | { readonly kind: 'error'; readonly errorType: string; readonly errorMessage: string }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'crash' };

/** An execution environment as fault injection sees it. */
export interface EnvironmentHandle {
  readonly id: string;
  /** As prepared for it. */
  readonly resources: EnvironmentResources;
  /** Ends the worker at once; an invocation under way becomes `{ kind: 'crash' }`. */
  crash(): void;
}

/** What an execution environment needs beside the function's settings, for example a proxy of its own. */
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
  /** The template's; the runtime adds its own. */
  readonly variables: Readonly<Record<string, string>>;
}

/** What the worker's runtime posts; see worker-runtime.cjs. */
export type WorkerMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'line'; readonly line: string }
  | { readonly type: 'answer'; readonly payload: string; readonly durationMs: number; readonly cpuMs: number }
  | { readonly type: 'error'; readonly errorType: string; readonly errorMessage: string };
