/**
 * Lambda entry: {@link PlanInput} in, {@link PlanOutput} out.
 *
 * IAM: `dynamodb:DescribeTable` on Favourites, CountedFavourites and AggregatedFavourites; `dynamodb:PutItem`
 * on the lease table.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Context } from 'aws-lambda';
import { createClient } from '../../lambda/clients.ts';
import { readEnvironment } from '../../lambda/environment.ts';
import { logger } from '../../lambda/logger.ts';
import { planVariables } from '../../lambda/settings.ts';
import { createTableSizes } from '../../tables/dynamodb/table-sizes.ts';
import { createReconcileLease } from '../../tables/reconcile-lease.ts';
import type { PlanInput, PlanOutput } from '../run.ts';
import { plan } from './plan.ts';

const MEGABYTE = 1_048_576;

const environment = readEnvironment(planVariables, process.env);
const client = createClient(DynamoDBClient, 'single');
const lease = createReconcileLease(client, { tableName: environment.reconcileLeaseTable });
const tableSizeOf = createTableSizes(client);

/**
 * @throws {InvalidReconcileInputError} The execution then fails, and its error lists every issue of the
 * input.
 */
export async function handler(event: PlanInput, context: Context): Promise<PlanOutput> {
  logger.addContext(context);
  const output = await plan(event, {
    lease,
    tableSizeOf,
    nowMs: Date.now,
    tableNames: [
      environment.favouritesTable,
      environment.countedFavouritesTable,
      environment.aggregatedFavouritesTable,
    ],
    graceMs: environment.graceSeconds * 1000,
    leaseMs: environment.leaseSeconds * 1000,
    segmentBytes: environment.segmentMegabytes * MEGABYTE,
    segmentsMax: environment.segmentsMax,
  });
  if (output.kind === 'busy') logger.info('The reconcile did not start', { reason: output.reason });
  return output;
}
