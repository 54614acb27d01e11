import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect, type Connection } from '../../../infra/command-line/dynamodb/connect.ts';
import { TableReader } from '../../../infra/shadow/read/table-reader.ts';
import { type AwsAnswer, type AwsStub, startAwsStub } from '../../support/aws-stub.ts';

const table = {
  TableName: 'Shop',
  TableSizeBytes: 819_200,
  KeySchema: [{ AttributeName: 'PK', KeyType: 'HASH' }],
  AttributeDefinitions: [{ AttributeName: 'PK', AttributeType: 'S' }],
};

let stub: AwsStub;
let connection: Connection;
beforeAll(async () => {
  stub = await startAwsStub();
  connection = connect({ endpoint: stub.endpoint }, { AWS_MAX_ATTEMPTS: '1' });
});
afterAll(async () => {
  connection[Symbol.dispose]();
  await stub.stop();
});

async function open(answers: Readonly<Record<string, AwsAnswer>> = {}): Promise<TableReader> {
  stub.answer(({ operation }) => answers[operation] ?? { body: { Table: table } });
  return TableReader.open(connection, 'Shop', { option: '--counter-table', onRows: () => {} });
}

describe('a reader of a live table', () => {
  it('estimates the read units of a scan from the size of the table', async () => {
    expect((await open()).scanUnits).toBe(100);
  });

  it('says which actions the credentials need', async () => {
    const reader = await open({ Scan: { error: 'AccessDeniedException', message: 'user/ada', status: 400 } });
    await expect(reader.scan({ attributes: [] }, () => {})).rejects.toThrow(
      'AWS refused dynamodb:Scan on Shop. Use credentials whose policy allows dynamodb:DescribeTable, ' +
        'dynamodb:Scan, dynamodb:Query, dynamodb:BatchGetItem on the table. It is only read.',
    );
  });

  it('says the same if only the second reading is refused', async () => {
    const reader = await open({ BatchGetItem: { error: 'AccessDeniedException', status: 400 } });
    await expect(reader.get([{ PK: { S: 'a' } }], [])).rejects.toThrow(
      'AWS refused dynamodb:BatchGetItem on Shop.',
    );
  });

  it('names a missing table, and the option to correct', async () => {
    const missing = {
      DescribeTable: { error: 'ResourceNotFoundException', status: 400 },
      ListTables: { body: {} },
    };
    await expect(open(missing)).rejects.toThrow(
      /There is no table Shop at .* Check --counter-table and --region/,
    );
  });
});
