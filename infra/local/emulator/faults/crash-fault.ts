/**
 * The fault `crash`: an invocation's worker dies at a random DynamoDB request, before it is sent on or after
 * it has committed. If the invocation makes fewer requests, the worker dies at its answer, which is then
 * lost. Either way the whole batch comes again.
 */
import type { DynamoDbProxy } from './dynamodb-proxy.ts';
import type { FaultPlan } from './fault-plan.ts';

/** The crash comes after 0 to 3 requests. Many invocations make fewer, so it often hits the answer. */
const REQUESTS_MAX = 4;

export interface ArmedCrash {
  /** Call when the invocation has ended, in any way. True: it counts as crashed whatever it answered. */
  finish(): boolean;
}

/** Rolls for one invocation; call it before the worker gets the event. */
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
