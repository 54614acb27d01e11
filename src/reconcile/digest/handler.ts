/**
 * Lambda entry: one step that sums part of a segment ({@link SumInput} in, {@link SumStep} out), or the end
 * of a round ({@link CompareInput} in, {@link Comparison} out).
 *
 * IAM: `dynamodb:Scan` on Favourites and CountedFavourites; `dynamodb:GetItem` and `dynamodb:PutItem` on the
 * items of the lease table whose key begins with `digest#`. It can change no count and no register.
 */
import { randomBytes } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Context } from 'aws-lambda';
import { createMapping } from '../../counting/mapping.ts';
import { createClient } from '../../lambda/clients.ts';
import { runtimeOf, systemClock } from '../../lambda/clock.ts';
import { readEnvironment } from '../../lambda/environment.ts';
import { firstNotices, logger } from '../../lambda/logger.ts';
import { digestVariables } from '../../lambda/settings.ts';
import { createDigestStore } from '../../tables/digest-sums.ts';
import { readAhead } from '../../tables/dynamodb/read-ahead.ts';
import { createHealReads } from '../heal/reads.ts';
import { logUncountable } from '../log-uncountable.ts';
import type { CompareInput, Comparison, SumInput, SumStep } from '../run.ts';
import { compare } from './compare.ts';
import { sumStep } from './sum-step.ts';

/** Time reserved at the end of an invocation for the response, the log and a late request. */
const ANSWER_RESERVE_MS = 1_500;
/** Of a name. With 128 bits no two runs ever draw the same one. */
const NAME_BYTES = 16;

const environment = readEnvironment(digestVariables, process.env);
const client = createClient(DynamoDBClient, 'step');
const mapping = createMapping(environment.source, environment.timeZone);
const reads = createHealReads(client, { ...environment, mapping }, { ...systemClock, random: Math.random });
const store = createDigestStore(client, { tableName: environment.reconcileLeaseTable, nowMs: Date.now });
const newName = () => randomBytes(NAME_BYTES).toString('base64url');

/** @throws when the step failed; the error's name says whether the workflow may call it again. */
export async function handler(
  input: SumInput | CompareInput,
  context: Context,
): Promise<SumStep | Comparison> {
  logger.addContext(context);
  const { clock, deadlineMs } = runtimeOf(context, ANSWER_RESERVE_MS);
  if ('segments' in input) {
    const compared = await compare(input, { store, newName, clock });
    const { next, suspectShare, digest } = compared;
    logger.info('Compared the sums of both tables', { next, suspectShare, rounds: digest.rounds.length });
    return compared;
  }
  const answer = await sumStep(input, {
    reads: {
      scanFavourites: readAhead((position) => reads.scanFavourites(position)),
      scanRegisters: readAhead((position) => reads.scanRegisters(position)),
    },
    store,
    newName,
    clock,
    deadlineMs,
    notice: firstNotices(logUncountable),
  });
  logger.info('Summed part of a segment', {
    ...answer.work,
    done: answer.done,
    totals: { ...answer.totals },
  });
  return answer;
}
