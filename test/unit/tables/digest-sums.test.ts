/** The items of the sums, against a client that keeps them in memory. */
import { describe, expect, it } from '@jest/globals';
import {
  type AttributeValue,
  type DynamoDBClient,
  type GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { createDigestStore, DigestMissingError } from '../../../src/tables/digest-sums.ts';

type Item = Record<string, AttributeValue>;

function storeInMemory() {
  const sent: (PutItemCommand | GetItemCommand)[] = [];
  const items = new Map<string | undefined, Item>();
  const client = {
    send: (command: PutItemCommand | GetItemCommand) => {
      sent.push(command);
      if (command instanceof PutItemCommand) {
        items.set(command.input.Item?.['lease']?.S, { ...command.input.Item });
        return Promise.resolve({});
      }
      return Promise.resolve({ Item: items.get(command.input.Key?.['lease']?.S) });
    },
  } as unknown as DynamoDBClient;
  return { store: createDigestStore(client, { tableName: 'leases', nowMs: () => 0 }), sent, items };
}

describe('the sums in the lease table', () => {
  it('come back as they were written, in order, however many items they fill', async () => {
    const { store, items } = storeInMemory();
    const bytes = Uint8Array.from({ length: 600_000 }, (_, index) => index % 251);
    await store.put('name', bytes);
    expect([...items.keys()]).toEqual(['digest#name#0', 'digest#name#1', 'digest#name#2']);
    const read = await store.get('name');
    expect(Buffer.compare(read.bytes, bytes)).toBe(0);
  });

  it('are read consistently, because an older read may miss what the step before has written', async () => {
    const { store, sent } = storeInMemory();
    await store.put('name', new Uint8Array(300_000));
    sent.length = 0;
    await store.get('name');
    expect(sent.map(({ input }) => input)).toMatchObject([
      { ConsistentRead: true, Key: { lease: { S: 'digest#name#0' } } },
      { ConsistentRead: true, Key: { lease: { S: 'digest#name#1' } } },
    ]);
  });

  it('are put as a whole and never added to, because a step thought dead may write later', async () => {
    const { store, sent } = storeInMemory();
    await store.put('name', new Uint8Array(8));
    expect(sent).toHaveLength(1);
    expect(sent[0]).toBeInstanceOf(PutItemCommand);
  });

  it.each(['digest#name#0', 'digest#name#1'])('are missing as a whole if %s is missing', async (key) => {
    const { store, items } = storeInMemory();
    await store.put('name', new Uint8Array(300_000));
    items.delete(key);
    await expect(store.get('name')).rejects.toThrow(DigestMissingError);
  });
});
