import {
  type BatchGetItemCommandInput,
  type CancellationReason as DynamoCancellationReason,
  type DynamoDBClient,
  type KeysAndAttributes,
  TransactionCanceledException,
  TransactionInProgressException,
  type TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from '@jest/globals';
import { planTransactions, type TransactionPlan } from '../../../src/commit/plan.ts';
import { commitActions, createCommitStore } from '../../../src/commit/store.ts';
import type { RestaurantId } from '../../../src/counting/register-key.ts';
import { ALL_TIME } from '../../../src/counting/time-window.ts';
import { changeFrom, position } from '../../support/favourite-changes.ts';
import { TableReadError, TransactionError } from '../../../src/tables/dynamodb/errors.ts';

const USER_ID = 'user-4711';
const NOW_MS = Date.parse('2024-06-01T00:00:00Z');
const PAUSES = { sleep: () => Promise.resolve(), random: () => 0 };
const SETTINGS = {
  countedFavouritesTable: 'registers',
  aggregatedFavouritesTable: 'counts',
  timeWindows: {},
  timeZone: 'UTC',
  rankingShards: 10,
};
/** Two actions: the register and ALL_TIME. */
const PLAN = onlyPlan();
const REGISTER = {
  restaurant_id: { S: 'osteria' },
  user_id: { S: USER_ID },
  stream_position: { S: position(9) },
  created_at: { S: '2022-08-01T12:00:00Z' },
};

function onlyPlan(): TransactionPlan {
  const change = changeFrom({ userId: USER_ID, next: '2022-08-01T12:00:00Z' });
  const [plan] = planTransactions([change], { timeWindows: {}, timeZone: 'UTC', nowMs: NOW_MS }).flat();
  if (plan === undefined) throw new Error('nothing was planned');
  return plan;
}

/** A client whose only method calls `answer`, and the list of what was sent. */
function fakeClient(answer: (abortSignal: AbortSignal | undefined) => unknown) {
  const sent: { readonly input: unknown; readonly abortSignal: AbortSignal | undefined }[] = [];
  const client = {
    send: async (command: TransactWriteItemsCommand, options: { readonly abortSignal?: AbortSignal }) => {
      sent.push({ input: command.input, abortSignal: options.abortSignal });
      return answer(options.abortSignal);
    },
  };
  return { sent, store: createCommitStore(client as unknown as DynamoDBClient, SETTINGS, PAUSES) };
}
const commit = (answer: () => unknown) => fakeClient(answer).store.commit(PLAN, { nowMs: NOW_MS });
const throwing = (thrown: Error) => () => Promise.reject(thrown);
const named = (name: string, message = `${name} happened to ${USER_ID}`): Error =>
  Object.assign(new Error(message), { name });
const cancelled = (reasons: DynamoCancellationReason[] | undefined) =>
  new TransactionCanceledException({
    message: `Transaction cancelled for ${USER_ID}`,
    $metadata: {},
    ...(reasons === undefined ? {} : { CancellationReasons: reasons }),
  });
const reasonsOf = async (...reasons: DynamoCancellationReason[]) => {
  const answer = await commit(throwing(cancelled(reasons)));
  return answer.kind === 'cancelled' ? answer.reasons : answer.kind;
};

describe('createCommitStore', () => {
  it('sends one request with a token, and requests the consumed capacity', async () => {
    const { sent, store } = fakeClient(() => ({}));
    await store.commit(PLAN, { nowMs: NOW_MS });
    const TransactItems = commitActions(PLAN, { ...SETTINGS, nowMs: NOW_MS });
    expect(sent).toEqual([
      {
        input: { TransactItems, ClientRequestToken: expect.any(String), ReturnConsumedCapacity: 'TOTAL' },
        abortSignal: undefined,
      },
    ]);
  });

  it('sums the write units of all tables', async () => {
    const answer = await commit(() => ({
      ConsumedCapacity: [{ TableName: 'registers', CapacityUnits: 2.5 }, { CapacityUnits: 10 }, {}],
    }));
    expect(answer).toEqual({ kind: 'committed', writeUnits: 12.5 });
  });

  it('returns committed even when the response has no consumed capacity', async () => {
    expect(await commit(() => ({}))).toEqual({ kind: 'committed', writeUnits: 0 });
  });
});

describe('a cancelled transaction', () => {
  it('returns one reason per action, in order, and the current register', async () => {
    expect(await reasonsOf({ Code: 'ConditionalCheckFailed', Item: REGISTER }, { Code: 'None' })).toEqual([
      {
        kind: 'condition-failed',
        was: { position: position(9), createdAt: '2022-08-01T12:00:00Z', expires: false },
      },
      { kind: 'none' },
    ]);
    expect(await reasonsOf({ Code: 'None' }, { Code: 'TransactionConflict' })).toEqual([
      { kind: 'none' },
      { kind: 'conflict' },
    ]);
  });

  it('returns no register if the failed condition returned no item', async () => {
    const absent = { kind: 'condition-failed', was: undefined };
    expect(await reasonsOf({ Code: 'ConditionalCheckFailed' }, {})).toEqual([absent, { kind: 'none' }]);
    expect(await reasonsOf({ Code: 'ConditionalCheckFailed', Item: {} }, {})).toEqual([
      absent,
      { kind: 'none' },
    ]);
  });

  it.each(['ThrottlingError', 'ProvisionedThroughputExceeded'])(
    'is throttled for the reason %s',
    async (Code) => {
      expect(await reasonsOf({ Code: 'None' }, { Code })).toEqual([{ kind: 'none' }, { kind: 'throttled' }]);
    },
  );

  it.each(['ValidationError', 'ItemCollectionSizeLimitExceeded', 'AccessDenied', 'DuplicateItem'])(
    'names the action that DynamoDB rejected with %s',
    async (Code) => {
      expect(await reasonsOf({ Code: 'None' }, { Code, Message: 'not a number' })).toEqual([
        { kind: 'none' },
        { kind: 'refused' },
      ]);
    },
  );

  it('returns an error that names each reason once', async () => {
    const answer = await commit(
      throwing(cancelled([{ Code: 'TransactionConflict' }, { Code: 'TransactionConflict' }])),
    );
    expect(answer).toMatchObject({
      kind: 'cancelled',
      error: { message: 'TransactionCanceledException (TransactionConflict)' },
    });
  });

  it.each<[string, DynamoCancellationReason[] | undefined]>([
    ['no reasons', undefined],
    ['an empty list', []],
    ['fewer reasons than actions', [{ Code: 'TransactionConflict' }]],
    ['more reasons than actions', [{}, {}, { Code: 'TransactionConflict' }]],
    ['only None as reasons', [{ Code: 'None' }, {}]],
  ])('with %s is transient, because no action is named', async (_, reasons) => {
    expect(await commit(throwing(cancelled(reasons)))).toMatchObject({ kind: 'transient' });
  });
});

describe('the result of a failed transaction', () => {
  it.each([
    ['TransactionInProgressException', 'transient'],
    ['ProvisionedThroughputExceededException', 'transient'],
    ['ThrottlingException', 'transient'],
    ['RequestLimitExceeded', 'transient'],
    ['InternalServerError', 'transient'],
    ['ServiceUnavailable', 'transient'],
    ['IdempotentParameterMismatchException', 'transient'],
    ['ExpiredTokenException', 'transient'],
    ['TimeoutError', 'transient'],
    ['AbortError', 'transient'],
    ['SomethingNew', 'transient'],
    ['ValidationException', 'refused'],
    ['ItemCollectionSizeLimitExceededException', 'refused'],
    ['AccessDeniedException', 'denied'],
    ['ResourceNotFoundException', 'denied'],
    ['UnrecognizedClientException', 'denied'],
  ])('for %s is %s', async (name, kind) => {
    expect(await commit(throwing(named(name)))).toMatchObject({ kind, error: { cause: name } });
  });

  it("is transient when a transaction with the SDK's token is still in progress", async () => {
    const thrown = new TransactionInProgressException({ message: 'in progress', $metadata: {} });
    expect(await commit(throwing(thrown))).toMatchObject({ kind: 'transient' });
  });

  it('is transient if the network failed', async () => {
    const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
    expect(await commit(throwing(reset))).toMatchObject({ kind: 'transient' });
  });

  it.each([undefined, null, 'text', 7])('is transient if %j was thrown', async (thrown) => {
    expect(await commit(throwing(thrown as unknown as Error))).toMatchObject({ kind: 'transient' });
  });

  it('is returned even if the SDK throws before it sends anything', async () => {
    const answer = await commit(() => {
      throw named('AccessDeniedException');
    });
    expect(answer).toMatchObject({ kind: 'denied' });
  });
});

describe('the counts for a guess', () => {
  const rows = ['osteria', 'bistro'].map((id) => ({ restaurantId: id as RestaurantId, window: ALL_TIME }));
  const signal = new AbortController().signal;
  const keysOf = (input: unknown): Keys => (input as BatchGetItemCommandInput).RequestItems?.['counts']?.Keys;
  type Keys = KeysAndAttributes['Keys'];

  it('are read eventually consistent in one request, and are 0 where there is no row', async () => {
    const row = {
      restaurant_id: { S: 'bistro' },
      time_window: { S: 'ALL_TIME' },
      favourite_count: { N: '7' },
    };
    const { sent, store } = fakeClient(() => Promise.resolve({ Responses: { counts: [row] } }));
    expect(await store.readCounts?.(rows, { signal })).toEqual([0, 7]);
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({
      input: { RequestItems: { counts: { ConsistentRead: false } } },
      abortSignal: signal,
    });
    expect(keysOf(sent[0]?.input)).toHaveLength(2);
  });

  it('are given up after two fruitless requests, because a batch need not wait for a guess', async () => {
    const { sent, store } = fakeClient(() => {
      const Keys = keysOf(sent.at(-1)?.input);
      return Promise.resolve({ UnprocessedKeys: { counts: { Keys } } });
    });
    await expect(store.readCounts?.(rows, { signal })).rejects.toThrow(TableReadError);
    expect(sent).toHaveLength(2);
  });
});

describe('an abort signal', () => {
  it('ends the request with a transient result, because the transaction may have committed', async () => {
    const controller = new AbortController();
    const { sent, store } = fakeClient(
      (abortSignal) =>
        new Promise((_, reject) => {
          abortSignal?.addEventListener('abort', () => reject(named('AbortError')));
        }),
    );
    const answer = store.commit(PLAN, { nowMs: NOW_MS, signal: controller.signal });
    controller.abort();
    expect(await answer).toMatchObject({ kind: 'transient', error: { cause: 'AbortError' } });
    expect(sent[0]?.abortSignal).toBe(controller.signal);
  });
});

describe('a transaction error', () => {
  it.each<[string, unknown]>([
    ['a failed condition', cancelled([{ Code: 'ConditionalCheckFailed', Item: REGISTER }, {}])],
    [
      'a rejected action',
      cancelled([{ Code: 'ValidationError', Message: `${USER_ID} is not a number`, Item: REGISTER }, {}]),
    ],
    ['a rejected request', named('ValidationException')],
    ['a denied request', named('AccessDeniedException')],
    ['a network error', Object.assign(named('Error'), { cause: named('inner'), item: REGISTER })],
    ['a text', USER_ID],
    ['an object', { item: REGISTER }],
  ])('for %s contains neither an item nor a user id', async (_, thrown) => {
    const answer = await commit(throwing(thrown as Error));
    if (answer.kind === 'committed') throw new Error('expected no commit');
    expect(answer.error).toBeInstanceOf(TransactionError);
    const everything = JSON.stringify(answer.error, Object.getOwnPropertyNames(answer.error));
    expect(everything).not.toContain(USER_ID);
    expect(String(answer.error.cause)).not.toContain(USER_ID);
    expect(Object.keys(answer.error).toSorted()).toEqual(['cause', 'code', 'name']);
  });
});
