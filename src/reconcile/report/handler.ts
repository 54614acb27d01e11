/**
 * Lambda entry: {@link ReportInput} in, {@link ReconcileReport} or {@link FailureReport} out.
 *
 * IAM: `dynamodb:DeleteItem` on the lease table.
 */
import { Logger } from '@aws-lambda-powertools/logger';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Context } from 'aws-lambda';
import { readEnvironment } from '../../lambda/environment.ts';
import { reportVariables } from '../../lambda/settings.ts';
import { createReconcileLease } from '../../tables/reconcile-lease.ts';
import { clientSettings } from '../../lambda/clients.ts';
import { createMetrics } from '../../lambda/emit-metrics.ts';
import { reportRun } from './report.ts';
import type { FailureReport, ReconcileReport, ReportInput } from '../run.ts';

const REQUEST_TIMEOUT_MS = 3_000;
const SDK_ATTEMPTS = 4;

const environment = readEnvironment(reportVariables, process.env);
const logger = new Logger();
const metrics = createMetrics();
const client = new DynamoDBClient(
  clientSettings({ attempts: SDK_ATTEMPTS, requestTimeoutMs: REQUEST_TIMEOUT_MS }),
);
const lease = createReconcileLease(client, { tableName: environment.reconcileLeaseTable });

/** @throws {DriftRemainsError} when drift remains: the execution fails with what and how much. */
export async function handler(
  event: ReportInput,
  context: Context,
): Promise<ReconcileReport | FailureReport> {
  logger.addContext(context);
  const answer = await reportRun(event, { lease, emit: (values) => metrics.emit(values) });
  if ('error' in answer) logger.error('The reconcile failed', { error: answer.error, cause: answer.cause });
  return answer;
}
