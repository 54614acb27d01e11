/**
 * Lambda entry: {@link DecideInput} in, {@link Decision} out; before that, {@link DecideByDigestsInput} in
 * and nothing out.
 *
 * IAM: nothing but its own log, because it reads no table.
 */
import type { Context } from 'aws-lambda';
import { readEnvironment } from '../../lambda/environment.ts';
import { logger } from '../../lambda/logger.ts';
import { decideVariables } from '../../lambda/settings.ts';
import type { DecideByDigestsInput, DecideInput, Decision } from '../run.ts';
import { decide, decideByDigests } from './decide.ts';

const environment = readEnvironment(decideVariables, process.env);

/**
 * @throws {TooMuchDriftError | SeedStoppedError | PipeBehindError} The execution then fails, and its cause
 * says what to do.
 */
export async function handler(
  event: DecideInput | DecideByDigestsInput,
  context: Context,
): Promise<Decision | null> {
  logger.addContext(context);
  if (!('segments' in event)) {
    decideByDigests(event, environment);
    return null;
  }
  const decision = decide(event, environment);
  logger.info('Decided which segments to correct', {
    segments: decision.mend.length,
    totals: { ...decision.totals },
  });
  return decision;
}
