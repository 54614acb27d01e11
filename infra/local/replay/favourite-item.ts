/** A replayed event as a write to `Favourites`: what the application would send. */
import type { AttributeValue, WriteRequest } from '@aws-sdk/client-dynamodb';
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

export function writeRequest(event: ReplayEvent): WriteRequest {
  return event.kind === 'mark'
    ? { PutRequest: { Item: favouriteItem(event) } }
    : { DeleteRequest: { Key: { [favouritesTable.partitionKey]: { S: favouriteKey(event) } } } };
}
