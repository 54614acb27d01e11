import type { FaultPlan } from './fault-plan.ts';

/** Sees every request of one execution environment. `'abandon'`: the client gets no answer, its connection ends. */
export interface RequestObserver {
  /** Called before a request is forwarded. */
  before?(operation: string): 'abandon' | undefined;
  /** Called when the engine has answered, before the client knows. */
  after?(operation: string): 'abandon' | undefined;
}

/** Loopback HTTP proxy between one execution environment and the engine: counts requests, injects throttle, conflict and lost-answer. */
export interface DynamoDbProxy {
  readonly endpoint: string;
  /** Requests received, by operation (`TransactWriteItems`, …), retries of the SDK included. */
  readonly requests: Readonly<Record<string, number>>;
  /** One at a time; undefined takes it away. Used by the crash fault. */
  observe(observer: RequestObserver | undefined): void;
  stop(): Promise<void>;
}

export interface DynamoDbProxyOptions {
  /** Of the engine, http://host:port. */
  readonly endpoint: string;
  readonly faults: FaultPlan;
  /** Hand the same object to several proxies to have their requests summed, also after they stopped. */
  readonly requests?: Record<string, number>;
}

export function startDynamoDbProxy(_options: DynamoDbProxyOptions): Promise<DynamoDbProxy> {
  throw new Error('not yet');
}
