/**
 * The load of the console: writes to `Favourites` as applications make them, so many a second. A batch is one transaction,
 * because an engine on this machine flushes its disk once for it; each mark has its own condition, because `created_at` of a row never changes.
 */
import {
  type DynamoDBClient,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  type TransactWriteItem,
} from '@aws-sdk/client-dynamodb';
import { favouritesTable } from '../../../src/tables/schema.ts';
import { writeAction } from '../replay/favourite-item.ts';
import type { Gate } from '../replay/gate.ts';
import type { ReplayEvent } from '../replay/replay-file.ts';
import { createLoadEvents } from './load-events.ts';
import type { LoadState } from './protocol.ts';

/** What the embedded engine, the pipe and the page hold together on two cores. */
export const LOAD_RATE_MAX = 1_000;
export const LOAD_SKEW_MAX = 2;
const LOAD_SKEW_DEFAULT = 1;

/** How often a batch is due: twenty a second look like a flow. */
const TICK_MS = 50;
/** More than what is due in this time is not caught up with, after a hold or a pause of the machine. */
const CATCH_UP_MS = 250;
/** Actions of one TransactWriteItems (DynamoDB quotas). */
const BATCH_EVENTS_MAX = 100;
const BATCHES_IN_FLIGHT_MAX = 4;

export interface LoadGenerator {
  state(): LoadState;
  /** At once. */
  set(o: { readonly rate: number; readonly skew: number }): void;
  /** Resolves when the writes under way have ended. */
  stop(): Promise<void>;
}

export function createLoadGenerator(o: {
  readonly dynamoDb: Pick<DynamoDBClient, 'send'>;
  readonly table: string;
  readonly seed: number;
  /** Passed by every batch. */
  readonly gate: Gate;
  readonly onWritten: (event: ReplayEvent) => void;
}): LoadGenerator {
  const events = createLoadEvents({ seed: o.seed, skew: LOAD_SKEW_DEFAULT });
  const underWay = new Set<Promise<void>>();
  let asked = { rate: 0, skew: LOAD_SKEW_DEFAULT };
  let problem: string | undefined;
  let written = 0;
  let due = 0;
  let tickedAtMs = 0;
  let timer: NodeJS.Timeout | undefined;

  const turnOff = (): void => {
    clearInterval(timer);
    timer = undefined;
    asked = { ...asked, rate: 0 };
  };

  const writeBatch = async (batch: readonly ReplayEvent[]): Promise<void> => {
    await o.gate.enter();
    try {
      const done = await write(o, batch);
      for (const event of done) o.onWritten(event);
      written += done.length;
      events.ended(done, { areWritten: true });
    } catch (error) {
      // One line in the page; a run whose engine has died says so by itself.
      problem = `The load stopped: ${(error as Error).message}`;
      turnOff();
    } finally {
      events.ended(batch, { areWritten: false });
      o.gate.leave();
    }
  };

  const tick = (): void => {
    const nowMs = performance.now();
    due += ((nowMs - tickedAtMs) * asked.rate) / 1000;
    due = Math.min(due, Math.max(1, (CATCH_UP_MS * asked.rate) / 1000));
    tickedAtMs = nowMs;
    while (due >= 1 && underWay.size < BATCHES_IN_FLIGHT_MAX) {
      const count = Math.min(Math.floor(due), BATCH_EVENTS_MAX);
      due -= count;
      const batch = events.next(count, Date.now());
      const writing: Promise<void> = writeBatch(batch).finally(() => underWay.delete(writing));
      underWay.add(writing);
    }
  };

  return {
    state: () => ({ ...asked, rateMax: LOAD_RATE_MAX, written, ...(problem !== undefined && { problem }) }),
    set({ rate, skew }) {
      problem = undefined;
      if (skew !== asked.skew) events.setSkew(skew);
      asked = { rate, skew };
      if (rate === 0) return turnOff();
      if (timer !== undefined) return;
      due = 0;
      tickedAtMs = performance.now();
      timer = setInterval(tick, TICK_MS);
    },
    async stop() {
      turnOff();
      await Promise.all(underWay);
    },
  };
}

/** @returns those that were written: the others are marked already, or the engine was too busy for them. */
async function write(
  { dynamoDb, table }: { readonly dynamoDb: Pick<DynamoDBClient, 'send'>; readonly table: string },
  batch: readonly ReplayEvent[],
): Promise<readonly ReplayEvent[]> {
  if (batch.length === 0) return [];
  try {
    await dynamoDb.send(
      new TransactWriteItemsCommand({ TransactItems: batch.map((event) => guardedAction(event, table)) }),
    );
    return batch;
  } catch (cause) {
    if (!(cause instanceof TransactionCanceledException)) throw cause;
    const reasons = cause.CancellationReasons ?? [];
    const others = batch.filter((_, index) => (reasons[index]?.Code ?? 'None') === 'None');
    // Each round is smaller, or the last.
    return others.length < batch.length ? write({ dynamoDb, table }, others) : [];
  }
}

function guardedAction(event: ReplayEvent, table: string): TransactWriteItem {
  const { Put, ...action } = writeAction(event, table);
  if (Put === undefined) return action;
  return {
    Put: {
      ...Put,
      ConditionExpression: 'attribute_not_exists(#key)',
      ExpressionAttributeNames: { '#key': favouritesTable.partitionKey },
    },
  };
}
