/** Reads what DynamoDB says about a table, without its rows. */
import {
  DescribeKinesisStreamingDestinationCommand,
  DescribeTimeToLiveCommand,
  type TableDescription,
} from '@aws-sdk/client-dynamodb';
import { DescribeStreamCommand } from '@aws-sdk/client-dynamodb-streams';
import { keyOf, streamOf } from '../../../src/tables/dynamodb/describe-table.ts';
import type { Connection } from '../../command-line/dynamodb/connect.ts';
import { describeTable } from '../../command-line/dynamodb/describe-table.ts';
import { isDenied } from '../../command-line/dynamodb/read-errors.ts';
import type { KeyName } from '../profile/sample.ts';
import { remedies } from './actions.ts';

export interface TableFacts {
  readonly tableName: string;
  /** Such as `in eu-west-1`, or the endpoint. */
  readonly where: string;
  /** The partition key, then the sort key if there is one. */
  readonly key: readonly KeyName[];
  /** Undefined if no stream is enabled. */
  readonly stream:
    | { readonly arn: string; readonly viewType: string; readonly openShards?: number }
    | undefined;
  /** As DynamoDB counted them within about six hours. */
  readonly items: number;
  readonly sizeBytes: number;
  readonly billing: 'on demand' | 'provisioned';
  /** Undefined: the key that AWS owns. */
  readonly kmsKeyArn: string | undefined;
  /** The other regions of a global table. */
  readonly replicas: readonly string[];
  readonly isProtected: boolean;
  readonly timeToLive: { readonly attribute: string; readonly status: string } | undefined;
  /** How many Kinesis data streams the table writes to. */
  readonly kinesisStreams: number;
  /** Actions that were denied, so that their facts are not known. */
  readonly denied: readonly string[];
}

/** @throws {InputError} if the table cannot be described */
export async function readTableFacts(connection: Connection, tableName: string): Promise<TableFacts> {
  const table = await describeTable(connection, { tableName, option: '--table', remedies });
  const { dynamoDb, streams } = connection;
  const denied: string[] = [];
  // These facts are useful, but nothing depends on them. Some local servers do not know these requests.
  const optional = async <T>(action: string, request: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await request();
    } catch (thrown) {
      if (isDenied(thrown)) denied.push(`dynamodb:${action}`);
      return undefined;
    }
  };
  const TableName = tableName;
  const stream = streamOf(table);
  const [timeToLive, kinesis, shards] = await Promise.all([
    optional('DescribeTimeToLive', () => dynamoDb.send(new DescribeTimeToLiveCommand({ TableName }))),
    optional('DescribeKinesisStreamingDestination', () =>
      dynamoDb.send(new DescribeKinesisStreamingDestinationCommand({ TableName })),
    ),
    stream &&
      optional('DescribeStream', () => streams.send(new DescribeStreamCommand({ StreamArn: stream.arn }))),
  ]);
  const { AttributeName: attribute, TimeToLiveStatus: status = '' } = timeToLive?.TimeToLiveDescription ?? {};
  const destinations = kinesis?.KinesisDataStreamDestinations ?? [];
  // A closed shard has an end.
  const openShards = shards?.StreamDescription?.Shards?.filter(
    ({ SequenceNumberRange }) => SequenceNumberRange?.EndingSequenceNumber === undefined,
  ).length;
  return {
    ...factsOf(table, tableName),
    where:
      connection.endpoint === undefined
        ? `in ${await dynamoDb.config.region()}`
        : `at ${connection.endpoint}`,
    stream: stream && { ...stream, ...(openShards !== undefined && { openShards }) },
    timeToLive: attribute === undefined ? undefined : { attribute, status },
    kinesisStreams: destinations.filter(({ DestinationStatus }) => DestinationStatus !== 'DISABLED').length,
    denied,
  };
}

function factsOf(
  table: TableDescription,
  tableName: string,
): Omit<TableFacts, 'where' | 'stream' | 'timeToLive' | 'kinesisStreams' | 'denied'> {
  return {
    tableName: table.TableName ?? tableName,
    key: keyOf(table),
    items: table.ItemCount ?? 0,
    sizeBytes: table.TableSizeBytes ?? 0,
    billing: table.BillingModeSummary?.BillingMode === 'PAY_PER_REQUEST' ? 'on demand' : 'provisioned',
    kmsKeyArn: table.SSEDescription?.KMSMasterKeyArn,
    replicas: table.Replicas?.flatMap(({ RegionName }) => RegionName ?? []) ?? [],
    isProtected: table.DeletionProtectionEnabled === true,
  };
}
