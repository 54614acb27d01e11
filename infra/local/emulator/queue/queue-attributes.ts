import type { QueueSettings, QueueStore } from './queue-store.ts';
import { VISIBILITY_TIMEOUT_SECONDS } from './receive-messages.ts';
import { texts, type Fields } from './request-fields.ts';
import { SqsError } from './sqs-error.ts';

/** GetQueueAttributes: only those asked for, all values as strings. */
export function getQueueAttributes(
  o: {
    readonly store: QueueStore;
    readonly queue: QueueSettings & { readonly createdAtMs: number };
    readonly arn: string;
  },
  request: Fields,
): Fields {
  const { store, queue } = o;
  const depth = store.depth(queue.name);
  const createdAt = Math.floor(queue.createdAtMs / 1_000);
  const attributes: Readonly<Record<string, string | number>> = {
    QueueArn: o.arn,
    ApproximateNumberOfMessages: depth.visible,
    ApproximateNumberOfMessagesNotVisible: depth.inFlight,
    ApproximateNumberOfMessagesDelayed: depth.delayed,
    CreatedTimestamp: createdAt,
    LastModifiedTimestamp: createdAt,
    VisibilityTimeout: VISIBILITY_TIMEOUT_SECONDS,
    MaximumMessageSize: queue.maximumMessageSizeBytes,
    MessageRetentionPeriod: queue.messageRetentionSeconds,
    DelaySeconds: 0,
    ReceiveMessageWaitTimeSeconds: 0,
  };
  const wanted = texts(request, 'AttributeNames');
  const unknown = wanted.find((name) => name !== 'All' && !Object.hasOwn(attributes, name));
  if (unknown !== undefined) {
    throw new SqsError({ code: 'InvalidAttributeName', message: `Unknown Attribute ${unknown}.` });
  }
  const picked = Object.entries(attributes).filter(
    ([name]) => wanted.includes('All') || wanted.includes(name),
  );
  return picked.length === 0
    ? {}
    : { Attributes: Object.fromEntries(picked.map(([name, value]) => [name, String(value)])) };
}
