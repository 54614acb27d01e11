/** I4: what decides is read consistently; the local engines would not show the difference. */
import { describe, expect, it } from '@jest/globals';
import type { DynamoDBClient, GetItemCommand, QueryCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { RestaurantId } from '../../../src/counting/favourite-event.ts';
import { createAuditStore } from '../../../src/tables/audit-store.ts';

const OSTERIA = 'osteria' as RestaurantId;

function storeOf() {
  const sent: (GetItemCommand | QueryCommand | ScanCommand)['input'][] = [];
  const client = {
    send: async ({ input }: { readonly input: (typeof sent)[number] }) => {
      sent.push(input);
      return {};
    },
  } as unknown as DynamoDBClient;
  const store = createAuditStore(client, {
    countedFavouritesTable: 'registers',
    aggregatedFavouritesTable: 'counts',
    timeWindows: {},
    rankingShards: 1,
  });
  return { store, sent };
}

describe('what the audit reads', () => {
  it.each([true, false])('of one restaurant is consistent when that is asked for: %s', async (consistent) => {
    const { store, sent } = storeOf();
    await store.queryCountRows(OSTERIA, { consistent });
    await store.queryRegisters(OSTERIA, { consistent });
    expect(sent).toMatchObject([
      { TableName: 'counts', ConsistentRead: consistent },
      { TableName: 'registers', ConsistentRead: consistent },
    ]);
  });

  it('as the guard is always consistent', async () => {
    const { store, sent } = storeOf();
    await store.readGuard(OSTERIA);
    expect(sent).toMatchObject([{ TableName: 'counts', ConsistentRead: true }]);
  });

  it('by scan costs half, for it only finds what to look at', async () => {
    const { store, sent } = storeOf();
    await store.scanCountRows({ segment: 0, totalSegments: 1 });
    await store.scanRegisters({ segment: 0, totalSegments: 1 });
    expect(sent.map(({ ConsistentRead }) => ConsistentRead ?? false)).toEqual([false, false]);
  });
});
