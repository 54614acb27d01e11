/** A replayed event as a write to `Favourites`: what the application would send. */
import type { AttributeValue, TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { favouritesTable } from '../../../src/tables/schema.ts';
import type { ReplayEvent } from './replay-file.ts';

export function favouriteKey({ restaurantId, userId }: Pick<ReplayEvent, 'restaurantId' | 'userId'>): string {
  return `${restaurantId}#${userId}`;
}

export function favouriteItem(event: Omit<ReplayEvent, 'kind'>): Record<string, AttributeValue> {
  return {
    [favouritesTable.partitionKey]: { S: favouriteKey(event) },
    [favouritesTable.restaurantId]: { S: event.restaurantId },
    [favouritesTable.userId]: { S: event.userId },
    [favouritesTable.createdAt]: { S: event.createdAt },
  };
}

export function writeAction(event: ReplayEvent, TableName: string): TransactWriteItem {
  return event.kind === 'mark'
    ? { Put: { TableName, Item: favouriteItem(event) } }
    : { Delete: { TableName, Key: { [favouritesTable.partitionKey]: { S: favouriteKey(event) } } } };
}
