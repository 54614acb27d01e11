/**
 * The fault `crash`: an invocation's worker dies at a random DynamoDB request, before the proxy forwards the
 * request or after it has committed. If the invocation makes fewer requests, the worker dies when it
 * responds, and the response is lost. Either way the whole batch is redelivered.
 */
import type { DynamoDbProxy } from './dynamodb-proxy.ts';
import type { FaultPlan } from './fault-plan.ts';

/** The worker crashes after 0 to 3 requests. Many invocations make fewer, and so crash when they respond. */
const REQUESTS_MAX = 4;

export interface ArmedCrash {
  /** Call when the invocation has ended in any way. True: it counts as crashed, whatever its response. */
  finish(): boolean;
}

/** Rolls for one invocation. Call it before the worker gets the event. */
export function armCrash(options: {
  readonly faults: FaultPlan;
  /** The proxy of the environment that runs this invocation. */
  readonly proxy: Pick<DynamoDbProxy, 'observe'>;
  /** Ends the worker at once. Called at most once. */
  readonly kill: () => void;
}): ArmedCrash {
  const { faults, proxy, kill } = options;
  if (!faults.roll('crash')) return { finish: () => false };
  const requestsUntilCrash = Math.floor(faults.random('crash') * REQUESTS_MAX);
  const phase = faults.random('crash') < 0.5 ? 'before' : 'after';
  let seen = 0;
  let isCrashed = false;
  const crash = (): void => {
    if (isCrashed) return;
    isCrashed = true;
    proxy.observe(undefined);
    faults.happened('crash');
    kill();
  };
  const at = (now: 'before' | 'after'): 'abandon' | undefined => {
    if (!isCrashed && now === phase) {
      seen += 1;
      if (seen > requestsUntilCrash) crash();
    }
    return isCrashed ? 'abandon' : undefined;
  };
  proxy.observe({ before: () => at('before'), after: () => at('after') });
  return {
    finish: () => {
      crash();
      return true;
    },
  };
}
