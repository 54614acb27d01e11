/** An app of its own with one stack: two tables of two shapes, and two constructs that count them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, CfnOutput, Duration, RemovalPolicy, Size, Stack } from 'aws-cdk-lib';
import { AttributeType, BillingMode, type ITable, StreamViewType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { FavouriteCounts } from '../../infra/constructs/favourite-counts.ts';
import type { Assembly } from '../../infra/local/emulator/run-stack.ts';
import type { Source } from '../../src/counting/source/source.ts';

const stackName = 'Shop';

/** The shape that each construct counts, by its id. Their restaurants differ: `r1` is not `1`. */
export const shapes = { Likes: '5', Saves: '7-attributes' } as const;

export type ConstructId = keyof typeof shapes;

export const constructIds = Object.keys(shapes) as readonly ConstructId[];

/** The name of a construct in metrics and logs. Its generated names begin with it. */
export const nameOf = (id: ConstructId): string => `${stackName}-${id}`;

export const sources = Object.fromEntries(constructIds.map((id) => [id, readSource(shapes[id])])) as Readonly<
  Record<ConstructId, Source>
>;

function readSource(shape: string): Source {
  return JSON.parse(readFileSync(join(import.meta.dirname, `../shapes/${shape}.json`), 'utf8')) as Source;
}

/** The outputs of each construct are named after its id, such as `LikesTable`. */
export type OutputName = 'Table' | 'Stream' | 'Counts' | 'Registers' | 'Letters' | 'Workflow' | 'Api';

export function synthesizeTwo(outdir: string): Assembly {
  const app = new App({
    outdir,
    analyticsReporting: false,
    builtinCloudFormationValidation: false,
    context: { 'aws:cdk:enable-asset-metadata': true },
  });
  const stack = new Stack(app, stackName);
  for (const id of constructIds) addOutputs(stack, id, countTable(stack, id));
  const assembly = app.synth();
  const template: unknown = assembly.getStackArtifact(stack.artifactId).template;
  return { stackName, template, assemblyDirectory: assembly.directory };
}

function addOutputs(stack: Stack, id: ConstructId, counts: FavouriteCounts): readonly CfnOutput[] {
  const outputs: Readonly<Record<OutputName, string | undefined>> = {
    Table: counts.favouritesTable.tableName,
    Stream: counts.favouritesTable.tableStreamArn,
    Counts: counts.countsTable.tableName,
    Registers: counts.registersTable.tableName,
    Letters: counts.deadLetterQueue.queueUrl,
    Workflow: counts.stateMachine.stateMachineArn,
    Api: counts.apiUrl,
  };
  return Object.entries(outputs).map(([name, value = '']) => new CfnOutput(stack, `${id}${name}`, { value }));
}

/** The settings are those of a replay: old windows stay, and nothing waits longer than it must here. */
function countTable(stack: Stack, id: ConstructId): FavouriteCounts {
  const source = sources[id];
  return new FavouriteCounts(stack, id, {
    source: { table: tableOf(stack, id, source), ...source },
    windows: { MONTH: 'forever', DAY: 'forever' },
    // Small, so that there are many batches.
    pipe: { batchSize: 20, maximumBatchingWindow: Duration.seconds(0), parallelizationFactor: 3 },
    reconcile: { secondReading: Duration.seconds(0), segmentSize: Size.mebibytes(1), segmentsMax: 3 },
    rankingShards: id === 'Likes' ? 2 : 5,
    api: {},
    deletionProtection: false,
    removalPolicy: RemovalPolicy.DESTROY,
  });
}

function tableOf(stack: Stack, id: ConstructId, { key }: Source): ITable {
  const [partitionKey, sortKey] = key.map(({ name, type }) => ({
    name,
    type: type === 'N' ? AttributeType.NUMBER : AttributeType.STRING,
  }));
  if (partitionKey === undefined) throw new Error(`The source of ${id} has no key`);
  return new Table(stack, `${id}Rows`, {
    partitionKey,
    ...(sortKey && { sortKey }),
    billingMode: BillingMode.PAY_PER_REQUEST,
    stream: StreamViewType.NEW_AND_OLD_IMAGES,
  }) as ITable;
}
