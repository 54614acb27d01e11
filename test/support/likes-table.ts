/** A table of an application with a single-table design, in an app of its own. */
import { App, type Stack } from 'aws-cdk-lib';
import { AttributeType, type ITable, StreamViewType, Table } from 'aws-cdk-lib/aws-dynamodb';

/** The description of its rows. */
export const single = {
  key: [
    { name: 'PK', type: 'S', pattern: 'USER#{user}' },
    { name: 'SK', type: 'S', pattern: 'FAV#{restaurant}' },
  ],
  createdAt: { attribute: 'createdAt', format: 'rfc3339' },
} as const;

/** Without its checks by the CDK, which take time, and its analytics. */
export function newApp(): App {
  return new App({ builtinCloudFormationValidation: false, analyticsReporting: false });
}

export function likesTable(stack: Stack, streamViewType = StreamViewType.NEW_AND_OLD_IMAGES): ITable {
  return new Table(stack, 'Table', {
    partitionKey: { name: 'PK', type: AttributeType.STRING },
    sortKey: { name: 'SK', type: AttributeType.STRING },
    stream: streamViewType,
  }) as ITable;
}
