/** Lambda entry: a batch of Favourites stream records from the pipe, to counts. */
import { Logger } from '@aws-lambda-powertools/logger';
import type { PartialItemFailureResponse } from '@aws-lambda-powertools/batch/types';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Context } from 'aws-lambda';
import { createDeadLetterQueue } from '../dead-letters/dead-letter-queue.ts';
import { deadlineOf, systemClock } from '../lambda/clock.ts';
import { readEnvironment } from '../lambda/environment.ts';
import { aggregatorVariables } from '../lambda/settings.ts';
import { createCommitStore } from '../commit/store.ts';
import { clientSettings } from '../lambda/clients.ts';
import { createMetrics } from '../lambda/emit-metrics.ts';
import { aggregateBatch, type BatchCounters, newBatchCounters } from './aggregate-batch.ts';
import { parsePipeBatch, processPipeBatch } from './pipe-batch.ts';

/** Kept back from the invocation's time for the answer, the metrics and the log. */
const ANSWER_RESERVE_MS = 1_000;
/** One request; a transaction takes tens of milliseconds, so what takes longer than this is lost. */
const REQUEST_TIMEOUT_MS = 3_000;
/**
 * Sendings by the SDK before the use-case decides; its own pauses are longer and blind to what conflicted.
 */
const SDK_ATTEMPTS = 2;
/** Failed records named in the log of one batch; the metric has their number. */
const LOGGED_FAILURES_MAX = 10;

const environment = readEnvironment(aggregatorVariables, process.env);
const logger = new Logger();
const metrics = createMetrics();
const settings = clientSettings({ attempts: SDK_ATTEMPTS, requestTimeoutMs: REQUEST_TIMEOUT_MS });
const store = createCommitStore(new DynamoDBClient(settings), environment);
const deadLetters = createDeadLetterQueue(new SQSClient(settings), {
  queueUrl: environment.deadLetterQueueUrl,
  clock: systemClock,
});

/** @returns the records to deliver again, named by eventID. @throws for a whole batch to deliver again. */
export async function handler(event: unknown, context: Context): Promise<PartialItemFailureResponse> {
  logger.addContext(context);
  const records = parsePipeBatch(event);
  const counters = newBatchCounters();
  const batch = aggregateBatch(records.length, {
    store,
    deadLetters,
    counters,
    clock: systemClock,
    random: Math.random,
    timeWindows: environment.timeWindows,
    concurrency: environment.commitConcurrency,
    deadlineMs: deadlineOf(context, ANSWER_RESERVE_MS),
  });
  try {
    const { response, errors } = await processPipeBatch(records, (record) => batch.add(record));
    if (errors.length > 0) {
      logger.warn('Some records failed and will be delivered again', {
        failed: response.batchItemFailures
          .slice(0, LOGGED_FAILURES_MAX)
          .map(({ itemIdentifier }) => itemIdentifier),
        failures: errors.length,
        reasons: [...new Set(errors.map(({ message }) => message))].slice(0, LOGGED_FAILURES_MAX),
      });
    }
    return response;
  } finally {
    metrics.emit(metricsOf(counters));
  }
}

function metricsOf(counters: BatchCounters) {
  const { received, applied, stale, poison } = counters;
  return {
    RecordsReceived: received,
    MarksReceived: counters.marks,
    UnmarksReceived: counters.unmarks,
    RecordsApplied: applied,
    RecordsStale: stale,
    RecordsPoison: poison,
    RecordsFailed: received - applied - stale - poison,
    FavouritesChanged: counters.favouritesChanged,
    CountRowsWritten: counters.countRows,
    Transactions: counters.transactions,
    TransactionConflicts: counters.conflicts,
    TransactionRetries: counters.retries,
    WriteUnitsConsumed: counters.writeUnits,
    Lag: counters.lagsMs,
  };
}
