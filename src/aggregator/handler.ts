/** Lambda entry: counts a batch of Favourites stream records that the pipe delivers. */
import type { PartialItemFailureResponse } from '@aws-lambda-powertools/batch/types';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { Context } from 'aws-lambda';
import { createCommitStore } from '../commit/store.ts';
import { createMapping } from '../counting/mapping.ts';
import { createDeadLetterQueue } from '../dead-letters/dead-letter-queue.ts';
import { createClient } from '../lambda/clients.ts';
import { runtimeOf, systemClock } from '../lambda/clock.ts';
import { createMetrics } from '../lambda/emit-metrics.ts';
import { readEnvironment } from '../lambda/environment.ts';
import { logger } from '../lambda/logger.ts';
import { PlainJsonProtocol } from '../lambda/plain-json-protocol.ts';
import { aggregatorVariables } from '../lambda/settings.ts';
import { aggregateBatch, type BatchCounters, newBatchCounters } from './aggregate-batch.ts';
import { parsePipeBatch, processPipeBatch } from './pipe-batch.ts';

/** Time reserved at the end of an invocation for the response, the metrics and the log. */
const ANSWER_RESERVE_MS = 1_000;
/** The log names at most this many failed records of a batch; the metric counts all of them. */
const LOGGED_FAILURES_MAX = 10;

const environment = readEnvironment(aggregatorVariables, process.env);
const mapping = createMapping(environment.source, environment.timeZone);
const metrics = createMetrics();
const client = createClient(DynamoDBClient, 'commit', PlainJsonProtocol);
const store = createCommitStore(client, environment, { ...systemClock, random: Math.random });
const queue = createClient(SQSClient, 'commit');
const deadLetters = createDeadLetterQueue(queue, environment.deadLetterQueueUrl, systemClock);

/** @returns the eventIDs of the records to redeliver. @throws if the pipe must redeliver the whole batch. */
export async function handler(event: unknown, context: Context): Promise<PartialItemFailureResponse> {
  logger.addContext(context);
  const records = parsePipeBatch(event);
  const counters = newBatchCounters();
  const batch = aggregateBatch(records.length, {
    mapping,
    store,
    deadLetters,
    counters,
    timeWindows: environment.timeWindows,
    timeZone: environment.timeZone,
    ranking: environment.ranking,
    concurrency: environment.commitConcurrency,
    ...runtimeOf(context, ANSWER_RESERVE_MS),
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
  const { received, applied, stale, skipped, poison } = counters;
  return {
    RecordsReceived: received,
    MarksReceived: counters.marks,
    UnmarksReceived: counters.unmarks,
    RecordsApplied: applied,
    RecordsStale: stale,
    RecordsSkipped: skipped,
    RecordsPoison: poison,
    RecordsFailed: received - applied - stale - skipped - poison,
    FavouritesChanged: counters.favouritesChanged,
    CountRowsWritten: counters.countRows,
    Transactions: counters.transactions,
    TransactionConflicts: counters.conflicts,
    TransactionRetries: counters.retries,
    WriteUnitsConsumed: counters.writeUnits,
    Lag: counters.lagsMs,
  };
}
