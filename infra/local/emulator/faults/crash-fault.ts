/**
 * The fault `crash`: an invocation's worker dies at a random DynamoDB request, before the proxy forwards the
 * request or after it has committed. If the invocation ends before that request, the worker dies when it
 * responds, and the response is lost. Either way, the pipe redelivers the whole batch.
 */
import type { DynamoDbProxy } from './dynamodb-proxy.ts';
import type { FaultPlan } from './fault-plan.ts';

/**
 * The worker crashes at one of its first 4 requests. Many invocations make fewer, and crash when they
 * respond.
 */
const REQUESTS_MAX = 4;

export interface ArmedCrash {
  /** Call when the invocation has ended. Returns true if it counts as crashed, even if it has a response. */
  finish(): boolean;
}

/** Decides at random whether one invocation crashes. Call it before the worker gets the event. */
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
