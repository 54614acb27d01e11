/** A client with the plain JSON protocol sends DynamoDB exactly the requests of the SDK's own serializer. */
import { DynamoDBClient, type TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { PlainJsonProtocol } from '../../src/lambda/plain-json-protocol.ts';
import { batchGet } from '../../src/tables/dynamodb/batch-get.ts';
import { transact } from '../../src/tables/dynamodb/transact.ts';
import { type AwsStub, cancelled, startAwsStub } from '../support/aws-stub.ts';

let stub: AwsStub;
beforeAll(async () => {
  stub = await startAwsStub();
});
beforeEach(() => stub.reset());
afterAll(() => stub.stop());

const clientWith = (settings: { readonly protocol?: typeof PlainJsonProtocol }) =>
  new DynamoDBClient({
    endpoint: stub.endpoint,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    ...settings,
  });

const pauses = { sleep: () => Promise.resolve(), random: () => 0.5 };
const identity = <T>(item: T): T => item;
const text = fc.string({ unit: 'binary' });
const attribute = fc.oneof(
  fc.record({ S: text }),
  fc.integer().map((n) => ({ N: String(n) })),
);
const item = fc.dictionary(text, attribute);
const action: fc.Arbitrary<TransactWriteItem> = fc.oneof(
  fc.record({
    Put: fc.record({
      TableName: text,
      Item: item,
      ConditionExpression: fc.option(text, { nil: undefined }),
      ExpressionAttributeValues: item,
      ReturnValuesOnConditionCheckFailure: fc.constant('ALL_OLD' as const),
    }),
  }),
  fc.record({ Update: fc.record({ TableName: text, Key: item, UpdateExpression: text }) }),
);

describe('a request in plain JSON', () => {
  it("always equals the request of the SDK's own serializer", async () => {
    const [plain, own] = [clientWith({ protocol: PlainJsonProtocol }), clientWith({})];
    await fc.assert(
      fc.asyncProperty(fc.array(action), async (actions) => {
        stub.reset();
        expect(await transact(plain, actions)).toEqual({ kind: 'committed', writeUnits: actions.length });
        expect(await transact(own, actions)).toEqual({ kind: 'committed', writeUnits: actions.length });
        const [first, second] = stub.requests.map(({ operation, input }) => {
          const { ClientRequestToken, ...rest } = input;
          expect(ClientRequestToken).toMatch(/^[\da-f-]{36}$/);
          return { operation, ...rest };
        });
        expect(first).toEqual(second);
      }),
    );
  });

  it('reads items by key like a request of the SDK’s own serializer', async () => {
    const rows = {
      tableName: 'rows',
      keyNames: ['pk', 'sk'],
      attributes: ['pk', 'sk', 'at'],
      read: identity,
    };
    const keys = [
      { pk: { S: 'USER#\u0000é😀' }, sk: { N: '1e3' } },
      { pk: { S: 'b' }, sk: { N: '2' } },
    ];
    stub.answer(() => ({
      body: {
        Responses: { rows: [{ ...keys[1], at: { N: '12345678901234567890123456789012345678' } }] },
        ConsumedCapacity: [{ TableName: 'rows', CapacityUnits: 1.5 }],
        UnprocessedKeys: {},
      },
    }));
    const reads = await Promise.all(
      [{ protocol: PlainJsonProtocol }, {}].map((settings) =>
        batchGet(clientWith(settings), rows, { keys, consistent: true }, pauses),
      ),
    );
    expect(reads[0]).toEqual({
      items: [undefined, { ...keys[1], at: { N: '12345678901234567890123456789012345678' } }],
      readUnits: 1.5,
    });
    expect(reads[1]).toEqual(reads[0]);
    expect(stub.requests).toHaveLength(2);
    expect(stub.requests[0]?.input).toEqual(stub.requests[1]?.input);
  });

  it('gets cancellation reasons like a request of the SDK’s own serializer', async () => {
    stub.answer(() => cancelled([{ Code: 'ConditionalCheckFailed', Item: { user_id: { S: 'ada' } } }]));
    expect(await transact(clientWith({ protocol: PlainJsonProtocol }), [{}])).toMatchObject({
      kind: 'cancelled',
      reasons: [{ kind: 'condition-failed', was: { user_id: { S: 'ada' } } }],
    });
  });
});
