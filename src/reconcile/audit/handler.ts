/**
 * Lambda entry: one step of audit over one segment; the workflow calls again while `done` is false.
 *
 * IAM: `dynamodb:Scan` and `dynamodb:Query` on CountedFavourites; `dynamodb:Scan`, `dynamodb:Query` and
 * `dynamodb:GetItem` on AggregatedFavourites; `dynamodb:UpdateItem` and `dynamodb:ConditionCheckItem` on
 * AggregatedFavourites, inside transactions only. Nothing on Favourites.
 */
import { Logger } from '@aws-lambda-powertools/logger';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Context } from 'aws-lambda';
import { readEnvironment } from '../../lambda/environment.ts';
import { auditVariables } from '../../lambda/settings.ts';
import { readAhead } from '../../tables/dynamodb/read-ahead.ts';
import { clientSettings } from '../../lambda/clients.ts';
import { deadlineOf, systemClock } from '../../lambda/clock.ts';
import { firstNotices } from '../../lambda/notices.ts';
import { auditStep } from './step.ts';
import type { SegmentStep } from '../run.ts';
import { createAuditStore } from './store.ts';

/** Kept back from the invocation's time for the answer and the log, and for requests that are late. */
const ANSWER_RESERVE_MS = 3_000;
/** One request; a page of 2,000 rows or a transaction takes tens of milliseconds. */
const REQUEST_TIMEOUT_MS = 5_000;
/**
 * The SDK sends a throttled request again for up to half a minute; then the step fails, and the workflow
 * calls it again from its start. With few attempts, a step of a thousand requests would never end while a
 * tenth of them is throttled.
 */
const SDK_ATTEMPTS = 10;

const environment = readEnvironment(auditVariables, process.env);
const logger = new Logger();
const client = new DynamoDBClient(
  clientSettings({ attempts: SDK_ATTEMPTS, requestTimeoutMs: REQUEST_TIMEOUT_MS }),
);
const store = createAuditStore(client, environment);

/** @throws when the step failed; the error's name says whether the workflow may call it again. */
export async function handler(step: SegmentStep, context: Context): Promise<SegmentStep> {
  logger.addContext(context);
  const answer = await auditStep(step, {
    store: {
      ...store,
      scanRegisters: readAhead((position) => store.scanRegisters(position)),
      scanCountRows: readAhead((position) => store.scanCountRows(position)),
    },
    clock: systemClock,
    ...environment,
    secondReadingMs: environment.secondReadingSeconds * 1000,
    holdMs: environment.holdSeconds * 1000,
    concurrency: environment.commitConcurrency,
    deadlineMs: deadlineOf(context, ANSWER_RESERVE_MS),
    notice: firstNotices(({ restaurantId, reason }) =>
      logger.warn('A restaurant was not audited', { restaurantId, reason }),
    ),
  });
  logger.info('Audited a part of a segment', {
    ...answer.work,
    done: answer.done,
    totals: { ...answer.totals },
  });
  return answer;
}
