/** Asks DynamoDB about a table. An unknown name gets the names that exist. */
import { DescribeTableCommand, ListTablesCommand, type TableDescription } from '@aws-sdk/client-dynamodb';
import { nearest } from '../../settings/nearest.ts';
import { InputError } from '../input-error.ts';
import type { Connection } from './connect.ts';
import { isMissingTable, readError, type Remedies } from './read-errors.ts';

const TABLES_SHOWN_MAX = 10;

/**
 * @param options.option that names the table, such as `--table`
 * @throws {InputError} if there is no such table, or it cannot be described or read
 */
export async function describeTable(
  connection: Connection,
  {
    tableName,
    option,
    remedies,
  }: { readonly tableName: string; readonly option: string; readonly remedies: Remedies },
): Promise<TableDescription> {
  const table = await connection.dynamoDb.send(new DescribeTableCommand({ TableName: tableName })).then(
    ({ Table = {} }) => Table,
    async (thrown: unknown) => {
      if (isMissingTable(thrown)) throw await missingTable(connection, tableName, option);
      const { endpoint } = connection;
      throw readError(thrown, { action: 'dynamodb:DescribeTable', tableName, endpoint, remedies });
    },
  );
  if (table.TableStatus === 'CREATING') {
    throw new InputError(`The table ${tableName} is still being created. Try again when it is ACTIVE.`);
  }
  return table;
}

async function missingTable(
  { dynamoDb, endpoint }: Connection,
  tableName: string,
  option: string,
): Promise<InputError> {
  const region = await dynamoDb.config.region();
  const names = await dynamoDb.send(new ListTablesCommand({ Limit: 100 })).then(
    ({ TableNames = [] }) => TableNames,
    () => [],
  );
  const where = endpoint === undefined ? `in ${region}` : `at ${endpoint} in the region ${region}`;
  const shown = names.slice(0, TABLES_SHOWN_MAX).join(', ');
  const more = names.length > TABLES_SHOWN_MAX ? ', …' : '';
  const remedy =
    names.length === 0
      ? `Check ${option} and --region, and which account the credentials belong to.`
      : `Did you mean ${nearest(tableName, names)}? The tables are ${shown}${more}.`;
  const local =
    endpoint !== undefined && names.length === 0
      ? ' DynamoDB Local without -sharedDb shows each access key and region its own tables.'
      : '';
  return new InputError(`There is no table ${tableName} ${where}. ${remedy}${local}`);
}
