/**
 * A failed invocation as Step Functions reports it: the name that Retry and Catch match, and the cause as
 * JSON text.
 */
import type { InvocationOutcome } from '../function/invocation.ts';

export type FailedInvocation = Exclude<InvocationOutcome, { readonly kind: 'answer' }>;

/** Errors of the Lambda service itself: Step Functions prefixes their names. */
const serviceErrors = new Set(['TooManyRequestsException', 'ServiceException']);

/** `functionName`: only for the message. */
export function invocationError(outcome: FailedInvocation, functionName: string): Error {
  const { errorType, errorMessage } = describe(outcome, functionName);
  const error = new Error(JSON.stringify({ errorType, errorMessage }));
  error.name = serviceErrors.has(errorType) ? `Lambda.${errorType}` : errorType;
  return error;
}

/** Names: Step Functions developer guide, "Error names", and what its executions show. */
function describe(outcome: FailedInvocation, functionName: string) {
  switch (outcome.kind) {
    case 'error':
      return outcome;
    case 'timeout':
      return { errorType: 'Sandbox.Timedout', errorMessage: `${functionName} timed out` };
    case 'crash':
      return { errorType: 'Runtime.ExitError', errorMessage: `The runtime of ${functionName} exited` };
  }
}
