/** I4: what decides is read consistently, and one restaurant corrected at once; no engine would show the difference. */
import { describe, expect, it } from '@jest/globals';
import type {
  DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import type { Revision, RowCorrection } from '../../../src/counting/drift-audit.ts';
import type { RestaurantId } from '../../../src/counting/favourite-event.ts';
import type { TimeWindow } from '../../../src/counting/time-window.ts';
import { createAuditStore } from '../../../src/tables/audit-store.ts';
import { correctionActions } from '../../../src/tables/count-corrections.ts';

const OSTERIA = 'osteria' as RestaurantId;

function storeOf() {
  const sent: (GetItemCommand | QueryCommand | ScanCommand | TransactWriteItemsCommand)['input'][] = [];
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
    expect(sent.map((input) => 'ConsistentRead' in input && input.ConsistentRead === true)).toEqual([
      false,
      false,
    ]);
  });
});

describe('a correction', () => {
  it('of several rows is one transaction, with the check of the guard in it', async () => {
    const { store, sent } = storeOf();
    const rowOf = (window: string): RowCorrection => ({
      window: window as TimeWindow,
      was: '3' as Revision,
      count: 1,
      rankingKey: `${window}#0`,
      expiresAt: undefined,
    });
    const correction = {
      restaurantId: OSTERIA,
      guard: '7' as Revision,
      rows: [rowOf('AUG_2022'), rowOf('20220801')],
    };
    await store.correct(correction, { nowMs: 0 });
    expect(sent).toMatchObject([
      { TransactItems: correctionActions(correction, { tableName: 'counts', nowMs: 0 }) },
    ]);
  });
});
