/**
 * Lambda entry: {@link PlanInput} in, {@link PlanOutput} out.
 *
 * IAM: `dynamodb:DescribeTable` on Favourites, CountedFavourites and AggregatedFavourites; `dynamodb:Scan` on
 * CountedFavourites; `dynamodb:GetItem` and `dynamodb:PutItem` on the lease table.
 */
import { randomBytes } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Context } from 'aws-lambda';
import { createClient } from '../../lambda/clients.ts';
import { readEnvironment } from '../../lambda/environment.ts';
import { logger } from '../../lambda/logger.ts';
import { planVariables } from '../../lambda/settings.ts';
import { keyedRegisters } from '../../tables/counted-favourites.ts';
import { createDescribeTable } from '../../tables/dynamodb/describe-table.ts';
import { scanPage } from '../../tables/dynamodb/scan.ts';
import { createReconcileLease } from '../../tables/reconcile-lease.ts';
import { createRememberedSource } from '../../tables/remembered-source.ts';
import type { PlanInput, PlanOutput } from '../run.ts';
import { plan } from './plan.ts';

const MEGABYTE = 1_048_576;
/** 128 bits, so that nobody can guess which favourites share a cell of a digest. */
const KEY_BYTES = 16;

const environment = readEnvironment(planVariables, process.env);
const client = createClient(DynamoDBClient, 'single');
const leaseTable = { tableName: environment.reconcileLeaseTable };
const lease = createReconcileLease(client, leaseTable);
const remembered = createRememberedSource(client, leaseTable);
const describeTable = createDescribeTable(client);
const registers = { tableName: environment.countedFavouritesTable, ...keyedRegisters };
const hasRegisters = async () =>
  (await scanPage(client, registers, { segment: 0, totalSegments: 1 })).items.length > 0;

/**
 * @throws {InvalidReconcileInputError | SourceMismatchError | SourceChangedError | RowIdFormChangedError} The
 * execution then fails, and its error says what is wrong and what to do.
 */
export async function handler(event: PlanInput, context: Context): Promise<PlanOutput> {
  logger.addContext(context);
  const output = await plan(event, {
    lease,
    remembered,
    hasRegisters,
    describeTable,
    nowMs: Date.now,
    newKey: () => randomBytes(KEY_BYTES).toString('base64url'),
    source: environment.source,
    streamArn: environment.favouritesStreamArn,
    favouritesTable: environment.favouritesTable,
    countTables: [environment.countedFavouritesTable, environment.aggregatedFavouritesTable],
    graceMs: environment.graceSeconds * 1000,
    leaseMs: environment.leaseSeconds * 1000,
    segmentBytes: environment.segmentMegabytes * MEGABYTE,
    segmentsMax: environment.segmentsMax,
  });
  if (output.kind === 'busy') logger.info('The reconcile did not start', { reason: output.reason });
  else if (output.notes !== undefined)
    logger.warn('The table of favourites differs from what was expected', { notes: output.notes });
  return output;
}
