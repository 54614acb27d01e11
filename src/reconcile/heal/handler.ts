/** Lambda entry: one step of heal over one scan segment; the workflow calls again while `done` is false. */
import { Logger } from '@aws-lambda-powertools/logger';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Context } from 'aws-lambda';
import { newCommitCounters } from '../../commit/counters.ts';
import { deadlineOf, systemClock } from '../../lambda/clock.ts';
import { readEnvironment } from '../../lambda/environment.ts';
import { healVariables } from '../../lambda/settings.ts';
import { createCommitStore } from '../../commit/store.ts';
import { readAhead } from '../../tables/dynamodb/read-ahead.ts';
import { clientSettings } from '../../lambda/clients.ts';
import { firstNotices } from '../../lambda/notices.ts';
import type { HealNotice } from './context.ts';
import { healStep } from './step.ts';
import type { SegmentStep } from '../run.ts';
import { createHealReads } from './reads.ts';

/** Kept from the invocation's time for the answer, the log, and a late request. */
const ANSWER_RESERVE_MS = 1_500;
/** One request; a page of 2,000 rows or a transaction takes tens of milliseconds. */
const REQUEST_TIMEOUT_MS = 5_000;
/**
 * The SDK sends a throttled request again for up to half a minute; then the step fails, and the workflow
 * calls it again from its start. With few attempts, a step of a thousand requests would never end while a
 * tenth of them is throttled.
 */
const SDK_ATTEMPTS = 10;

const environment = readEnvironment(healVariables, process.env);
const logger = new Logger();
const client = new DynamoDBClient(
  clientSettings({ attempts: SDK_ATTEMPTS, requestTimeoutMs: REQUEST_TIMEOUT_MS }),
);
const store = createCommitStore(client, environment);
const reads = createHealReads(client, environment, { ...systemClock, random: Math.random });

/** @throws when the step failed; the error's name says whether the workflow may call it again. */
export async function handler(step: SegmentStep, context: Context): Promise<SegmentStep> {
  logger.addContext(context);
  const answer = await healStep(step, {
    reads: {
      ...reads,
      scanFavourites: readAhead((position) => reads.scanFavourites(position)),
      scanRegisters: readAhead((position) => reads.scanRegisters(position)),
    },
    store,
    counters: newCommitCounters(),
    clock: systemClock,
    random: Math.random,
    timeWindows: environment.timeWindows,
    concurrency: environment.commitConcurrency,
    deadlineMs: deadlineOf(context, ANSWER_RESERVE_MS),
    // All segments may be under way at once, and share what the setting allows.
    seedUnitsPerSecond: environment.seedUnitsPerSecond / step.work.totalSegments,
    notice: firstNotices(write),
  });
  logger.info('Healed a part of a segment', {
    ...answer.work,
    done: answer.done,
    totals: { ...answer.totals },
  });
  return answer;
}

/** Restaurants at WARN; users only at DEBUG. */
function write(notice: HealNotice): void {
  if (notice.kind === 'not-corrected') {
    logger.warn('Drift could not be corrected', { reason: notice.error.message });
    return;
  }
  const { key, rejection } = notice.row;
  logger.warn('A row of Favourites can never be counted', {
    restaurantId: key?.restaurantId,
    reason: rejection.reason,
    detail: rejection.detail,
  });
  logger.debug('Its key', { userId: key?.userId });
}
