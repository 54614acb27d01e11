/**
 * Lambda entry: {@link DecideInput} in, {@link Decision} out; before that, {@link DecideByDigestsInput} in,
 * {@link Comparison} out.
 *
 * IAM: nothing but its own log, because it reads no table.
 */
import type { Context } from 'aws-lambda';
import { readEnvironment } from '../../lambda/environment.ts';
import { logger } from '../../lambda/logger.ts';
import { decideVariables } from '../../lambda/settings.ts';
import type { Comparison, DecideByDigestsInput, DecideInput, Decision } from '../run.ts';
import { decide, decideByDigests } from './decide.ts';

const environment = readEnvironment(decideVariables, process.env);

/**
 * @throws {TooMuchDriftError | SeedStoppedError | PipeBehindError} The execution then fails, and its cause
 * says what to do.
 */
export async function handler(
  event: DecideInput | DecideByDigestsInput,
  context: Context,
): Promise<Decision | Comparison> {
  logger.addContext(context);
  if (!('segments' in event)) {
    return decideByDigests(event, { ...environment, nowMs: Date.now() });
  }
  const decision = decide(event, environment);
  logger.info('Decided which segments to correct', {
    segments: decision.mend.length,
    totals: { ...decision.totals },
  });
  return decision;
}
