/**
 * Which table of favourites the registers were made from: one item beside the lease of the reconcile. It
 * never expires.
 */
import { type DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { reconcileLeaseTable as schema } from './schema.ts';

export interface SourceIdentity {
  readonly tableName: string;
  readonly tableId: string;
  /** How a register names its row. */
  readonly rowIdForm: string;
}

export interface RememberedSource {
  /** A consistent read; undefined before the first run that writes. */
  load(): Promise<SourceIdentity | undefined>;
  save(identity: SourceIdentity): Promise<void>;
}

/** The item's key. The lease itself has another. */
const SOURCE = 'source';

export function createRememberedSource(
  client: DynamoDBClient,
  { tableName: TableName }: { readonly tableName: string },
): RememberedSource {
  const key = { [schema.partitionKey]: { S: SOURCE } };
  return {
    async load() {
      const { Item } = await client.send(new GetItemCommand({ TableName, Key: key, ConsistentRead: true }));
      if (Item === undefined) return undefined;
      return {
        tableName: Item[schema.tableName]?.S ?? '',
        tableId: Item[schema.tableId]?.S ?? '',
        rowIdForm: Item[schema.rowIdForm]?.S ?? '',
      };
    },
    async save({ tableName, tableId, rowIdForm }) {
      const Item = {
        ...key,
        [schema.tableName]: { S: tableName },
        [schema.tableId]: { S: tableId },
        [schema.rowIdForm]: { S: rowIdForm },
      };
      await client.send(new PutItemCommand({ TableName, Item }));
    },
  };
}
