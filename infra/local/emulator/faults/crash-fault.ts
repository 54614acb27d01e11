/**
 * The crash fault: an invocation's worker dies at a random DynamoDB request, before it is sent on or after it has committed,
 * or, when it made fewer requests, at its answer, which is then lost. Either way the whole batch comes again.
 */
import type { DynamoDbProxy } from './dynamodb-proxy.ts';
import type { FaultPlan } from './fault-plan.ts';

export interface CrashOptions {
  readonly faults: FaultPlan;
  /** The proxy of the environment that runs this invocation. */
  readonly proxy: Pick<DynamoDbProxy, 'observe'>;
  /** Ends the worker at once. Called at most once. */
  readonly kill: () => void;
}

export interface ArmedCrash {
  /** To be called when the invocation has ended, by itself or not. True: it counts as crashed whatever it answered, its worker is dead. */
  finish(): boolean;
}

/** Rolls for one invocation; to be called before the event is handed to the worker. */
export function armCrash(options: CrashOptions): ArmedCrash {
  const { faults, proxy, kill } = options;
  if (!faults.roll('crash')) return { finish: () => false };
  /** An invocation makes a few requests, and most make more than one: of the last choice the answer is hit often. */
  const requestsUntilCrash = Math.floor(faults.random('crash') * 4);
  const phase = faults.random('crash') < 0.5 ? 'before' : 'after';
  let seen = 0;
  let crashed = false;
  const crash = (): void => {
    if (crashed) return;
    crashed = true;
    proxy.observe(undefined);
    faults.happened('crash');
    kill();
  };
  const at = (now: 'before' | 'after'): 'abandon' | undefined => {
    if (crashed) return 'abandon';
    if (now !== phase) return undefined;
    seen += 1;
    if (seen <= requestsUntilCrash) return undefined;
    crash();
    return 'abandon';
  };
  proxy.observe({ before: () => at('before'), after: () => at('after') });
  return {
    finish: () => {
      crash();
      return true;
    },
  };
}
