/**
 * Deploys a contender: its tables on the engine, its code as a bundle, and its environment. Ours is the
 * template that synthesis writes, with its own bundle and variables; the others are bundled by the same
 * bundler.
 */
import { join } from 'node:path';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { bundleHandler } from '../../../infra/bundle-handler.ts';
import type { QueueServer } from '../../../infra/local/emulator/queue/queue-server.ts';
import { makeLocalStack } from '../../../infra/local/emulator/stack/local-stack.ts';
import { output, partsOf } from '../../../infra/local/emulator/stack/parts.ts';
import { runtimeVariables } from '../../../infra/local/emulator/function/runtime-variables.ts';
import { replaySettings } from '../../../infra/local/replay/replay-settings.ts';
import { synthesize, type SynthesizedStack } from '../../../infra/synthesize.ts';
import type { TableDefinition } from '../../../infra/cost/write-units.ts';
import type { Contender } from './contender-list.ts';
import { createPlainTable, definitionsOf } from './engine-tables.ts';

export interface Deployed {
  readonly contender: Contender;
  /** Path of the index.js that exports `handler`. */
  readonly bundle: string;
  /** Without the endpoints. */
  readonly environment: Readonly<Record<string, string>>;
  readonly countsTable: string;
  readonly tables: Readonly<Record<string, TableDefinition>>;
  readonly timeoutMs: number;
}

export interface Surroundings {
  readonly client: DynamoDBClient;
  readonly queues: QueueServer;
  readonly assembly: SynthesizedStack;
  /** Where bundles are written. */
  readonly directory: string;
}

const region = 'us-east-1';
/** The setting `ranking` of ours. */
const rankNothing = 'ALL_TIME:off,MONTH:off,DAY:off';

/** The stack as it deploys, except that old windows are kept, because the trace is old. */
export function synthesizeOurs(directory: string): SynthesizedStack {
  return synthesize({ settings: replaySettings(), outdir: join(directory, 'assembly') });
}

/**
 * @param prefix of the tables, so that runs on one engine do not share them
 * @param ranking the variable RANKING
 */
export function deploy(
  contender: Contender,
  surroundings: Surroundings,
  { prefix, ranking }: { readonly prefix: string; readonly ranking: string },
): Promise<Deployed> {
  const namePrefix = `${prefix}-${contender.name}`;
  return contender.code.kind === 'ours'
    ? deployOurs(contender, surroundings, { namePrefix, ranking })
    : deployEntry(contender, contender.code.path, surroundings, { namePrefix, ranking });
}

async function deployOurs(
  contender: Contender,
  { client, queues, assembly }: Surroundings,
  { namePrefix, ranking }: { readonly namePrefix: string; readonly ranking: string },
): Promise<Deployed> {
  const { template, ...context } = assembly;
  const stack = await makeLocalStack({
    template,
    context: { ...context, namePrefix, region, accountId: '000000000000', dynamoDb: client, queues },
  });
  const targetArn = partsOf(stack, 'pipe')[0]?.targetArn;
  const aggregator = partsOf(stack, 'function').find(({ settings }) => settings.arn === targetArn)?.settings;
  if (aggregator === undefined) throw new Error('The stack has no pipe with a function');
  const countsTable = output(stack, 'AggregatedFavouritesTableName');
  const tableNames = [countsTable, output(stack, 'CountedFavouritesTableName')];
  return {
    contender,
    bundle: join(aggregator.bundleDirectory, 'index.js'),
    environment: {
      ...runtimeVariables(aggregator, 'bench'),
      ...aggregator.variables,
      ...(ranking !== 'on' && { RANKING: ranking === 'off' ? rankNothing : ranking }),
    },
    countsTable,
    tables: await definitionsOf(client, tableNames),
    timeoutMs: aggregator.timeoutMs,
  };
}

async function deployEntry(
  contender: Contender,
  entry: string,
  { client, directory }: Surroundings,
  { namePrefix, ranking }: { readonly namePrefix: string; readonly ranking: string },
): Promise<Deployed> {
  const [countsTable, idempotencyTable, favouritesTable] = await Promise.all(
    (['AggregatedFavourites', 'Idempotency', 'Favourites'] as const).map((table) =>
      createPlainTable(client, namePrefix, table),
    ),
  );
  const names = { countsTable, idempotencyTable, favouritesTable } as Readonly<Record<string, string>>;
  return {
    contender,
    bundle: join(bundleHandler({ entry, outdir: join(directory, contender.name) }), 'index.js'),
    environment: {
      COUNTS_TABLE: names['countsTable'] ?? '',
      IDEMPOTENCY_TABLE: names['idempotencyTable'] ?? '',
      FAVOURITES_TABLE: names['favouritesTable'] ?? '',
      RANKING: ranking,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_LAMBDA_FUNCTION_NAME: contender.name,
      POWERTOOLS_SERVICE_NAME: contender.name,
    },
    countsTable: names['countsTable'] ?? '',
    tables: await definitionsOf(client, Object.values(names)),
    timeoutMs: 60_000,
  };
}
