/** AWS::DynamoDB::Table: creates the table on the engine, or checks that the existing one matches. */
import {
  CreateTableCommand,
  DescribeTableCommand,
  ResourceNotFoundException,
  type CreateTableCommandInput,
  type TableDescription,
} from '@aws-sdk/client-dynamodb';
import { setTimeout as delay } from 'node:timers/promises';
import type { PropertyReader } from './property-reader.ts';
import { physicalName, type ResourceKind, type StackContext } from './resource-kind.ts';

export const table: ResourceKind = {
  ignoredProperties: {
    ContributorInsightsSpecification: 'there is no CloudWatch here',
    DeletionProtectionEnabled: 'nothing here deletes a table',
    OnDemandThroughput: 'the engine has no throughput limit',
    PointInTimeRecoverySpecification: 'the database is a directory on this machine',
    SSESpecification: 'the database is a directory on this machine',
    TableClass: 'it only affects the price',
    TimeToLiveSpecification: 'the embedded engine never deletes expired items',
    WarmThroughput: 'the engine has no throughput limit',
  },
  async make({ logicalId, properties }, context) {
    const tableName = properties.optionalText('TableName') ?? physicalName(context, logicalId);
    const wanted = tableInput(tableName, properties);
    // Check this first, so that an unsupported property does not leave a table behind.
    properties.done();
    const found = await describe(context, tableName);
    if (found !== undefined) refuseDifference(found, wanted);
    const made = found ?? (await create(context, wanted));
    const { LatestStreamArn: streamArn, TableArn: arn = '' } = made;
    return {
      ref: tableName,
      attributes: { Arn: arn, ...(streamArn !== undefined && { StreamArn: streamArn }) },
      part: { kind: 'table', tableName, ...(streamArn !== undefined && { streamArn }) },
    };
  },
};

type TableInput = CreateTableCommandInput & { readonly TableName: string };

function tableInput(tableName: string, properties: PropertyReader): TableInput {
  const streamViewType = properties.has('StreamSpecification')
    ? properties
        .object('StreamSpecification')
        .oneOf('StreamViewType', ['KEYS_ONLY', 'NEW_IMAGE', 'OLD_IMAGE', 'NEW_AND_OLD_IMAGES'])
    : undefined;
  const indexes = properties.objects('GlobalSecondaryIndexes').map((index) => {
    const projection = index.object('Projection');
    const nonKeyAttributes = projection.texts('NonKeyAttributes');
    return {
      IndexName: index.text('IndexName'),
      KeySchema: keySchema(index),
      Projection: {
        ProjectionType: projection.oneOf('ProjectionType', ['ALL', 'KEYS_ONLY', 'INCLUDE']),
        ...(nonKeyAttributes.length > 0 && { NonKeyAttributes: [...nonKeyAttributes] }),
      },
    };
  });
  return {
    TableName: tableName,
    BillingMode: properties.oneOf('BillingMode', ['PAY_PER_REQUEST']),
    AttributeDefinitions: properties.objects('AttributeDefinitions').map((attribute) => ({
      AttributeName: attribute.text('AttributeName'),
      AttributeType: attribute.oneOf('AttributeType', ['S', 'N', 'B']),
    })),
    KeySchema: keySchema(properties),
    ...(indexes.length > 0 && { GlobalSecondaryIndexes: indexes }),
    ...(streamViewType !== undefined && {
      StreamSpecification: { StreamEnabled: true, StreamViewType: streamViewType },
    }),
  };
}

function keySchema(owner: PropertyReader) {
  return owner.objects('KeySchema').map((key) => ({
    AttributeName: key.text('AttributeName'),
    KeyType: key.oneOf('KeyType', ['HASH', 'RANGE']),
  }));
}

async function describe(
  { dynamoDb }: StackContext,
  tableName: string,
): Promise<TableDescription | undefined> {
  try {
    return (await dynamoDb.send(new DescribeTableCommand({ TableName: tableName }))).Table;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

/** A local engine creates a table at once. DynamoDB itself, as an external endpoint, takes some seconds. */
const activePollsMax = 600;
const activePollMs = 100;

async function create(context: StackContext, wanted: TableInput): Promise<TableDescription> {
  await context.dynamoDb.send(new CreateTableCommand(wanted));
  for (let poll = 0; poll < activePollsMax; poll += 1) {
    const found = await describe(context, wanted.TableName);
    if (found?.TableStatus === 'ACTIVE') return found;
    await delay(activePollMs);
  }
  throw new Error(
    `Table ${wanted.TableName} is not ACTIVE ${(activePollsMax * activePollMs) / 1000} s after it was ` +
      'created: check the engine',
  );
}

/** @throws when an existing table does not match the template */
function refuseDifference(found: TableDescription, wanted: TableInput): void {
  const differs = comparedParts.find(([, part]) => part(found) !== part(wanted));
  if (differs === undefined) return;
  const [name, part] = differs;
  throw new Error(
    `Table ${wanted.TableName} already exists in this database with another ${name}: ` +
      `it has ${part(found)}, the stack needs ${part(wanted)}. ` +
      'Use another directory, or delete this one.',
  );
}

const comparedParts: readonly (readonly [string, (described: TableDescription | TableInput) => string])[] = [
  ['key', ({ KeySchema }) => keyText(KeySchema)],
  [
    'set of key attributes',
    ({ AttributeDefinitions = [] }) =>
      sorted(
        AttributeDefinitions.map(({ AttributeName, AttributeType }) => `${AttributeName} ${AttributeType}`),
      ),
  ],
  [
    'set of indexes',
    ({ GlobalSecondaryIndexes = [] }) =>
      sorted(
        GlobalSecondaryIndexes.map(
          ({ IndexName, KeySchema, Projection: { ProjectionType, NonKeyAttributes = [] } = {} }) =>
            `${IndexName} (${keyText(KeySchema)}; ${ProjectionType} ${sorted(NonKeyAttributes)})`,
        ),
      ) || 'none',
  ],
  ['stream', ({ StreamSpecification }) => StreamSpecification?.StreamViewType ?? 'none'],
];

function keyText(schema: TableDescription['KeySchema'] = []): string {
  return schema.map(({ AttributeName, KeyType }) => `${AttributeName} ${KeyType}`).join(', ');
}

function sorted(texts: readonly string[]): string {
  return texts.toSorted().join(', ');
}
