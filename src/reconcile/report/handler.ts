/**
 * Lambda entry: {@link ReportInput} in, {@link ReconcileReport} or {@link FailureReport} out.
 *
 * IAM: `dynamodb:DeleteItem` on the lease table.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Context } from 'aws-lambda';
import { createClient } from '../../lambda/clients.ts';
import { createMetrics } from '../../lambda/emit-metrics.ts';
import { readEnvironment } from '../../lambda/environment.ts';
import { logger } from '../../lambda/logger.ts';
import { reportVariables } from '../../lambda/settings.ts';
import { createReconcileLease } from '../../tables/reconcile-lease.ts';
import type { FailureReport, ReconcileReport, ReportInput } from '../run.ts';
import { reportRun } from './report.ts';

const environment = readEnvironment(reportVariables, process.env);
const metrics = createMetrics();
const client = createClient(DynamoDBClient, 'single');
const lease = createReconcileLease(client, { tableName: environment.reconcileLeaseTable });

/**
 * @throws {DriftRemainsError | TooMuchDriftError} when drift remains: the execution then fails, and its cause
 * says what is wrong.
 */
export async function handler(
  event: ReportInput,
  context: Context,
): Promise<ReconcileReport | FailureReport> {
  logger.addContext(context);
  const answer = await reportRun(event, { lease, emit: (values) => metrics.emit(values) });
  if ('error' in answer) logger.error('The reconcile failed', { error: answer.error, cause: answer.cause });
  return answer;
}
