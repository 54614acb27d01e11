/**
 * What a target's answer says of its batch, as EventBridge Pipes reads it for DynamoDB sources:
 * - `batchItemFailures: []`, and also null, {} or no such list: success;
 * - `batchItemFailures: [{ itemIdentifier: <eventID> }]`: these failed, the others are done;
 * - a list that is no array, an entry without `itemIdentifier`, an identifier that is not in the batch, a throw, a timeout,
 *   a crash: the whole batch failed.
 */
import type { InvocationOutcome } from '../function/local-function.ts';
import type { Delivery } from './delivery.ts';

/** Of each delivery, in the order of the batch, whether it failed. */
export function failedDeliveries(
  batch: readonly Delivery[],
  outcome: InvocationOutcome,
): readonly Delivery[] {
  if (outcome.kind !== 'answer') return batch;
  const named = namedFailures(outcome.payload);
  if (named === 'unreadable') return batch;
  const identifiers = new Set(named);
  const known = new Set(batch.map(({ eventID }) => eventID));
  if (named.some((identifier) => !known.has(identifier))) return batch;
  return batch.filter(({ eventID }) => eventID !== undefined && identifiers.has(eventID));
}

function namedFailures(payload: unknown): readonly string[] | 'unreadable' {
  if (payload === null || payload === undefined) return [];
  if (typeof payload !== 'object' || Array.isArray(payload)) return 'unreadable';
  const list: unknown = 'batchItemFailures' in payload ? payload.batchItemFailures : undefined;
  if (list === undefined || list === null) return [];
  if (!Array.isArray(list)) return 'unreadable';
  const identifiers: string[] = [];
  for (const entry of list as readonly unknown[]) {
    if (typeof entry !== 'object' || entry === null || !('itemIdentifier' in entry)) return 'unreadable';
    const { itemIdentifier } = entry;
    if (typeof itemIdentifier !== 'string' || itemIdentifier === '') return 'unreadable';
    identifiers.push(itemIdentifier);
  }
  return identifiers;
}
