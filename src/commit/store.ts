/**
 * The one place that changes registers and counts: a plan becomes one TransactWriteItems, and its answer a value.
 * Whoever applies events takes the port, so that a simulator can stand in for DynamoDB.
 */
import {
  type CancellationReason as DynamoCancellationReason,
  type DynamoDBClient,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  type TransactWriteItemsCommandOutput,
} from '@aws-sdk/client-dynamodb';
import { actionsOf, type TransactionPlan } from './plan.ts';
import type { Register } from '../counting/counted-favourite.ts';
import { type CommitSettings, commitRequest } from './request.ts';
import { readRegister } from '../tables/counted-favourites.ts';

export interface CommitStore {
  /**
   * Commits the whole plan or nothing. Never throws for what DynamoDB or the network answers.
   * @param signal gives up waiting; whether the plan committed is unknown then, as after any lost answer.
   */
  commit(
    plan: TransactionPlan,
    o: { readonly nowMs: number; readonly signal?: AbortSignal },
  ): Promise<CommitAnswer>;
}

export type CommitAnswer =
  | { readonly kind: 'committed'; readonly writeUnits: number }
  /** One reason per action: those of the plan's changes, then those of its counts. */
  | { readonly kind: 'cancelled'; readonly reasons: readonly CancellationReason[]; readonly error: Error }
  /** Throttled, in progress, or unknown outcome: the same plan may be sent again, its registers guard it. */
  | { readonly kind: 'transient'; readonly error: Error }
  /** Refused as a whole, with no action named; the same plan would be refused again, a part of it need not be. */
  | { readonly kind: 'refused'; readonly error: Error }
  /** No plan would be taken: a table or a permission is missing. */
  | { readonly kind: 'denied'; readonly error: Error };

export type CancellationReason =
  | { readonly kind: 'none' }
  /** The register as it is, undefined when there is none; of a count row's condition always undefined. */
  | { readonly kind: 'condition-failed'; readonly register: Register | undefined }
  | { readonly kind: 'conflict' }
  | { readonly kind: 'throttled' }
  /** This action can never be taken as things stand, such as an ADD to a damaged count. */
  | { readonly kind: 'refused'; readonly message: string };

const NONE: CancellationReason = { kind: 'none' };

/** Errors that sending again cannot mend (DynamoDB API reference, TransactWriteItems); all others are transient. */
const FINAL: ReadonlyMap<string, 'refused' | 'denied'> = new Map([
  ['ValidationException', 'refused'],
  ['ItemCollectionSizeLimitExceededException', 'refused'],
  ['AccessDeniedException', 'denied'],
  ['ResourceNotFoundException', 'denied'],
  ['UnrecognizedClientException', 'denied'],
]);

/** What DynamoDB or the network answered, without what its error carries along: items, and in them user ids. */
export class StoreError extends Error {
  readonly code = 'store';
  readonly retryable = true;
  /** The name of the error that was answered. */
  override readonly cause: string;

  constructor(thrown: unknown) {
    const cause = thrown instanceof Error ? thrown.name : typeof thrown;
    const reasons =
      thrown instanceof TransactionCanceledException
        ? [...new Set(thrown.CancellationReasons?.map(({ Code }) => Code ?? 'None'))].join(', ')
        : '';
    super(reasons === '' ? cause : `${cause} (${reasons})`);
    this.name = 'StoreError';
    this.cause = cause;
  }
}

export function createCommitStore(client: DynamoDBClient, settings: CommitSettings): CommitStore {
  return {
    async commit(plan, { nowMs, signal }) {
      const request = new TransactWriteItemsCommand(commitRequest(plan, { ...settings, nowMs }));
      try {
        const output = await client.send(request, signal === undefined ? {} : { abortSignal: signal });
        return { kind: 'committed', writeUnits: writeUnitsOf(output) };
      } catch (thrown) {
        return answerOf(thrown, actionsOf(plan));
      }
    },
  };
}

function answerOf(thrown: unknown, actions: number): CommitAnswer {
  const error = new StoreError(thrown);
  if (thrown instanceof TransactionCanceledException) {
    const reasons = (thrown.CancellationReasons ?? []).map(readReason);
    const named = reasons.length === actions && reasons.some((reason) => reason.kind !== 'none');
    return named ? { kind: 'cancelled', reasons, error } : { kind: 'transient', error };
  }
  return { kind: FINAL.get(error.cause) ?? 'transient', error };
}

function readReason(reason: DynamoCancellationReason): CancellationReason {
  switch (reason.Code) {
    case undefined:
    case 'None':
      return NONE;
    case 'ConditionalCheckFailed':
      return { kind: 'condition-failed', register: readRegister(reason.Item) };
    case 'TransactionConflict':
      return { kind: 'conflict' };
    case 'ThrottlingError':
    case 'ProvisionedThroughputExceeded':
      return { kind: 'throttled' };
    default:
      return { kind: 'refused', message: `${reason.Code}: ${reason.Message ?? ''}` };
  }
}

function writeUnitsOf(output: TransactWriteItemsCommandOutput): number {
  return (output.ConsumedCapacity ?? []).reduce((sum, table) => sum + (table.CapacityUnits ?? 0), 0);
}
