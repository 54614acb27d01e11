/** The errors that DynamoDB returns when it throttles or when transactions conflict, in JSON 1.0. */
import type { FaultPlan } from './fault-plan.ts';

export interface ErrorAnswer {
  readonly status: 400 | 500;
  readonly body: string;
}

/**
 * The probability that a throttled request starts a spell: the next requests are throttled too, until all
 * three attempts of the SDK have failed.
 */
const SPELL_SHARE = 0.3;
const SPELL_REQUESTS_MIN = 3;
const SPELL_REQUESTS_MAX = 6;

/** Share of the conflicts that are a TransactionInProgressException: high enough to occur in every run. */
const IN_PROGRESS_SHARE = 0.1;
/** A cancellation gives its reason for one action, and also for this share of the others. */
const FURTHER_NAMED_SHARE = 0.1;

const TYPE_PREFIX = 'com.amazonaws.dynamodb.v20120810#';
const THROTTLING_TYPE = 'com.amazon.coral.availability#ThrottlingException';
const PROVISIONED_THROUGHPUT = 'The level of configured provisioned throughput was exceeded.';

interface CancellationReason {
  readonly Code: string;
  readonly Message?: string;
}

/**
 * Decides at random whether one request fails. If this returns an error, do not forward the request. Pass
 * `countActions` only for transactions.
 */
type InjectError = (countActions: (() => number) | undefined) => ErrorAnswer | undefined;

export function createErrorInjector(faults: FaultPlan): InjectError {
  let spellRequests = 0;
  return (countActions) => {
    if (spellRequests > 0) spellRequests -= 1;
    else if (faults.roll('throttle')) {
      if (faults.random('throttle') < SPELL_SHARE) {
        const span = SPELL_REQUESTS_MAX - SPELL_REQUESTS_MIN + 1;
        spellRequests = SPELL_REQUESTS_MIN + Math.floor(faults.random('throttle') * span);
      }
    } else {
      if (countActions === undefined || !faults.roll('conflict')) return undefined;
      faults.happened('conflict');
      return conflicted(() => faults.random('conflict'), countActions());
    }
    faults.happened('throttle');
    return throttled(() => faults.random('throttle'), countActions?.());
  };
}

export const internalError: ErrorAnswer = {
  status: 500,
  body: JSON.stringify({ __type: `${TYPE_PREFIX}InternalServerError`, message: 'Internal server error' }),
};

function throttled(random: () => number, actions: number | undefined): ErrorAnswer {
  const choice = random();
  if (actions !== undefined && choice < 0.5) {
    const reason =
      choice < 0.25
        ? {
            Code: 'ThrottlingError',
            Message: 'Throughput exceeds the current capacity of your table or index.',
          }
        : { Code: 'ProvisionedThroughputExceeded', Message: PROVISIONED_THROUGHPUT };
    return cancelled(random, actions, reason);
  }
  return choice < 0.75
    ? error(`${TYPE_PREFIX}ProvisionedThroughputExceededException`, PROVISIONED_THROUGHPUT)
    : error(THROTTLING_TYPE, 'Rate of requests exceeds the allowed throughput.');
}

function conflicted(random: () => number, actions: number): ErrorAnswer {
  if (random() < IN_PROGRESS_SHARE) {
    return error(
      `${TYPE_PREFIX}TransactionInProgressException`,
      'The transaction with the given request token is already in progress.',
    );
  }
  const reason = { Code: 'TransactionConflict', Message: 'Transaction is ongoing for the item' };
  return cancelled(random, actions, reason);
}

/** At least one action has the reason. The others have the code `None`. */
function cancelled(random: () => number, actions: number, reason: CancellationReason): ErrorAnswer {
  const always = Math.floor(random() * actions);
  const reasons = Array.from({ length: actions }, (_, i) =>
    i === always || random() < FURTHER_NAMED_SHARE ? reason : { Code: 'None' },
  );
  const codes = reasons.map(({ Code }) => Code).join(', ');
  return {
    status: 400,
    body: JSON.stringify({
      __type: `${TYPE_PREFIX}TransactionCanceledException`,
      Message: `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
      CancellationReasons: reasons,
    }),
  };
}

function error(type: string, message: string): ErrorAnswer {
  return { status: 400, body: JSON.stringify({ __type: type, message }) };
}
