/**
 * Lambda entry: one step of audit over one segment; the workflow calls it again while `done` is false.
 *
 * IAM: `dynamodb:Scan` and `dynamodb:Query` on CountedFavourites; `dynamodb:Scan`, `dynamodb:Query` and
 * `dynamodb:GetItem` on AggregatedFavourites; `dynamodb:UpdateItem` and `dynamodb:ConditionCheckItem` on
 * AggregatedFavourites, inside transactions only. It needs no access to Favourites.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Context } from 'aws-lambda';
import { createClient } from '../../lambda/clients.ts';
import { runtimeOf } from '../../lambda/clock.ts';
import { readEnvironment } from '../../lambda/environment.ts';
import { firstNotices, logger } from '../../lambda/logger.ts';
import { auditVariables } from '../../lambda/settings.ts';
import { readAhead } from '../../tables/dynamodb/read-ahead.ts';
import type { SegmentStep } from '../run.ts';
import { auditStep } from './step.ts';
import { createAuditStore } from './store.ts';

/** Time reserved at the end of an invocation for the response, the log and late requests. */
const ANSWER_RESERVE_MS = 3_000;

const environment = readEnvironment(auditVariables, process.env);
const client = createClient(DynamoDBClient, 'step');
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
    ...environment,
    secondReadingMs: environment.secondReadingSeconds * 1000,
    holdMs: environment.holdSeconds * 1000,
    concurrency: environment.commitConcurrency,
    ...runtimeOf(context, ANSWER_RESERVE_MS),
    notice: firstNotices(({ restaurantId, reason }) =>
      logger.warn('A restaurant was not audited', { restaurantId, reason }),
    ),
  });
  logger.info('Audited part of a segment', {
    ...answer.work,
    done: answer.done,
    totals: { ...answer.totals },
  });
  return answer;
}
