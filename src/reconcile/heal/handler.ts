/**
 * Lambda entry: one step of heal over one scan segment; the workflow calls it again while `done` is false.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Context } from 'aws-lambda';
import { newCommitCounters } from '../../commit/counters.ts';
import { createCommitStore } from '../../commit/store.ts';
import { createMapping } from '../../counting/mapping.ts';
import { createClient } from '../../lambda/clients.ts';
import { runtimeOf, systemClock } from '../../lambda/clock.ts';
import { readEnvironment } from '../../lambda/environment.ts';
import { firstNotices, logger } from '../../lambda/logger.ts';
import { healVariables } from '../../lambda/settings.ts';
import { createDigestStore } from '../../tables/digest-sums.ts';
import { readAhead } from '../../tables/dynamodb/read-ahead.ts';
import { logUncountable } from '../log-uncountable.ts';
import type { SegmentStep } from '../run.ts';
import type { HealNotice } from './context.ts';
import { createHealReads } from './reads.ts';
import { healStep } from './step.ts';

/** Time reserved at the end of an invocation for the response, the log and a late request. */
const ANSWER_RESERVE_MS = 1_500;

const environment = readEnvironment(healVariables, process.env);
const client = createClient(DynamoDBClient, 'step');
const pauses = { ...systemClock, random: Math.random };
const store = createCommitStore(client, environment, pauses);
const tables = { ...environment, mapping: createMapping(environment.source, environment.timeZone) };
const sums = createDigestStore(client, { tableName: environment.reconcileLeaseTable, nowMs: Date.now });
const reads = createHealReads(client, tables, pauses);

/** @throws when the step failed; the error's name says whether the workflow may call it again. */
export async function handler(step: SegmentStep, context: Context): Promise<SegmentStep> {
  logger.addContext(context);
  const answer = await healStep(step, {
    reads: {
      ...reads,
      scanFavourites: readAhead((position) => reads.scanFavourites(position)),
      scanRegisters: readAhead((position) => reads.scanRegisters(position)),
    },
    sums,
    store,
    counters: newCommitCounters(),
    timeWindows: environment.timeWindows,
    timeZone: environment.timeZone,
    ranking: environment.ranking,
    concurrency: environment.commitConcurrency,
    ...runtimeOf(context, ANSWER_RESERVE_MS),
    // All segments may run at once, so each gets an equal share of the setting.
    seedUnitsPerSecond: environment.seedUnitsPerSecond / step.work.totalSegments,
    notice: firstNotices(write),
  });
  logger.info(answer.pass === 'verify' ? 'Verified part of a segment' : 'Mended part of a segment', {
    ...answer.work,
    done: answer.done,
    totals: { ...answer.totals },
  });
  return answer;
}

function write(notice: HealNotice): void {
  if (notice.kind === 'not-corrected') {
    logger.warn('Drift could not be corrected', { reason: notice.error.message });
    return;
  }
  if (notice.kind === 'stopped') {
    const { uncounts, uncountsMax } = notice;
    logger.error('Heal stopped in this segment: too much drift', { uncounts, uncountsMax });
    return;
  }
  logUncountable(notice.row);
}
