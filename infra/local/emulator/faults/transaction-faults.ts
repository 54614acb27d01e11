/** The answers that DynamoDB gives when it throttles or when transactions collide, in its JSON 1.0 protocol. */
import type { FaultPlan } from './fault-plan.ts';

export interface ErrorAnswer {
  readonly status: 400 | 500;
  readonly body: string;
}

const TYPE_PREFIX = 'com.amazonaws.dynamodb.v20120810#';
const THROTTLING_TYPE = 'com.amazon.coral.availability#ThrottlingException';
/** The API reference: TransactionInProgressException is rarer than a conflict; often enough here to be met in every run. */
const IN_PROGRESS_SHARE = 0.1;
/** Share of the other actions that are named beside the one that always is. */
const FURTHER_NAMED_SHARE = 0.1;

interface CancellationReason {
  readonly Code: string;
  readonly Message?: string;
}

export function throttled(options: {
  readonly faults: FaultPlan;
  /** Of a TransactWriteItems; undefined for any other request. */
  readonly actions: number | undefined;
}): ErrorAnswer {
  const { faults, actions } = options;
  const choice = faults.random('throttle');
  if (actions !== undefined && choice < 0.5) {
    const reason =
      choice < 0.25
        ? {
            Code: 'ThrottlingError',
            Message: 'Throughput exceeds the current capacity of your table or index.',
          }
        : {
            Code: 'ProvisionedThroughputExceeded',
            Message: 'The level of configured provisioned throughput was exceeded.',
          };
    return cancelled(someActions({ random: () => faults.random('throttle'), actions, reason }));
  }
  return choice < 0.75
    ? error(
        `${TYPE_PREFIX}ProvisionedThroughputExceededException`,
        'The level of configured provisioned throughput was exceeded.',
      )
    : error(THROTTLING_TYPE, 'Rate of requests exceeds the allowed throughput.');
}

export function conflicted(options: { readonly faults: FaultPlan; readonly actions: number }): ErrorAnswer {
  const random = (): number => options.faults.random('conflict');
  if (random() < IN_PROGRESS_SHARE) {
    return error(
      `${TYPE_PREFIX}TransactionInProgressException`,
      'The transaction with the given request token is already in progress.',
    );
  }
  const reason = { Code: 'TransactionConflict', Message: 'Transaction is ongoing for the item' };
  return cancelled(someActions({ random, actions: options.actions, reason }));
}

export function internalError(): ErrorAnswer {
  return {
    status: 500,
    body: JSON.stringify({ __type: `${TYPE_PREFIX}InternalServerError`, message: 'Internal server error' }),
  };
}

/** At least one action is named, the others are not to blame. */
function someActions(options: {
  readonly random: () => number;
  readonly actions: number;
  readonly reason: CancellationReason;
}): readonly CancellationReason[] {
  const { random, actions, reason } = options;
  const always = Math.floor(random() * actions);
  return Array.from({ length: actions }, (_, i) =>
    i === always || random() < FURTHER_NAMED_SHARE ? reason : { Code: 'None' },
  );
}

function cancelled(reasons: readonly CancellationReason[]): ErrorAnswer {
  const codes = reasons.map(({ Code }) => Code).join(', ');
  const message = `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`;
  return {
    status: 400,
    body: JSON.stringify({
      __type: `${TYPE_PREFIX}TransactionCanceledException`,
      Message: message,
      CancellationReasons: reasons,
    }),
  };
}

function error(type: string, message: string): ErrorAnswer {
  return { status: 400, body: JSON.stringify({ __type: type, message }) };
}
