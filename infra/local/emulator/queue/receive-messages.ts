// ReceiveMessage with long polling, and what is done with a receipt: delete, change visibility.

import { once, type EventEmitter } from 'node:events';
import { md5OfAttributes, md5OfBody, type MessageAttributes } from './message.ts';
import { readReceipt, type QueueSettings, type QueueStore, type ReceivedMessage } from './queue-store.ts';
import { integer, objects, requiredText, texts, type Fields } from './request-fields.ts';
import { answerBatch, checkEntryIds } from './send-messages.ts';
import { SqsError } from './sqs-error.ts';

// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
const MESSAGES = { min: 1, max: 10, absent: 1 } as const;
const WAIT_SECONDS = { min: 0, max: 20, absent: 0 } as const;

/** The default of a queue whose template names no other. */
export const VISIBILITY_TIMEOUT_SECONDS = 30;
const VISIBILITY = { min: 0, max: 43_200, absent: VISIBILITY_TIMEOUT_SECONDS } as const;

export interface ReceiveSource {
  readonly store: QueueStore;
  readonly queue: QueueSettings;
  /** emits the queue's name when a message came or became visible */
  readonly arrivals: EventEmitter;
  /** aborted when the client has gone or the server stops */
  readonly signal: AbortSignal;
}

export async function receiveMessage(source: ReceiveSource, request: Fields): Promise<Fields> {
  const { store, queue, signal } = source;
  const countMax = integer(request, 'MaxNumberOfMessages', MESSAGES);
  const visibilityTimeoutSeconds = integer(request, 'VisibilityTimeout', VISIBILITY);
  const deadlineMs = Date.now() + integer(request, 'WaitTimeSeconds', WAIT_SECONDS) * 1_000;
  for (;;) {
    if (signal.aborted) return {};
    const messages = store.receive(queue.name, { countMax, visibilityTimeoutSeconds });
    if (messages.length > 0) return { Messages: messages.map((message) => describe(message, request)) };
    if (Date.now() >= deadlineMs) return {};
    await nextChance(source, deadlineMs);
  }
}

export function deleteMessage(store: QueueStore, queue: QueueSettings, request: Fields): Fields {
  store.delete(queue.name, receiptOf(request));
  return {};
}

export function deleteMessageBatch(store: QueueStore, queue: QueueSettings, request: Fields): Fields {
  const entries = objects(request, 'Entries').map((fields) => ({ id: requiredText(fields, 'Id'), fields }));
  checkEntryIds(
    entries.map((entry) => entry.id),
    'DeleteMessageBatchRequestEntry',
  );
  return answerBatch(entries, ({ fields }) => deleteMessage(store, queue, fields));
}

export function changeMessageVisibility(source: Omit<ReceiveSource, 'signal'>, request: Fields): Fields {
  const { store, queue, arrivals } = source;
  const receipt = receiptOf(request);
  const timeoutSeconds = integer(request, 'VisibilityTimeout', VISIBILITY);
  if (!store.setVisibility(queue.name, receipt, timeoutSeconds)) {
    throw new SqsError({
      code: 'MessageNotInflight',
      queryCode: 'AWS.SimpleQueueService.MessageNotInflight',
      message: 'The message referred to is not in flight.',
    });
  }
  arrivals.emit(queue.name);
  return {};
}

/** Until a message comes, one becomes visible again, the wait is over, or nobody waits any more. */
async function nextChance(
  { store, queue, arrivals, signal }: ReceiveSource,
  deadlineMs: number,
): Promise<void> {
  const untilMs = Math.min(deadlineMs, store.nextVisibleAtMs(queue.name) ?? deadlineMs);
  const wait = AbortSignal.any([signal, AbortSignal.timeout(Math.max(1, untilMs - Date.now()))]);
  await once(arrivals, queue.name, { signal: wait }).catch((error: unknown) => {
    if (!wait.aborted) throw error;
  });
}

function receiptOf(request: Fields) {
  const receipt = readReceipt(requiredText(request, 'ReceiptHandle'));
  if (receipt !== undefined) return receipt;
  throw new SqsError({ code: 'ReceiptHandleIsInvalid', message: 'The input receipt handle is invalid.' });
}

function describe(message: ReceivedMessage, request: Fields): Fields {
  const systemNames = new Set([
    ...texts(request, 'AttributeNames'),
    ...texts(request, 'MessageSystemAttributeNames'),
  ]);
  const system = Object.entries({
    SenderId: '000000000000',
    SentTimestamp: String(message.sentAtMs),
    ApproximateReceiveCount: String(message.receiveCount),
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAtMs),
  }).filter(([name]) => systemNames.has('All') || systemNames.has(name));
  const attributes = pickAttributes(message.attributes, texts(request, 'MessageAttributeNames'));
  const md5 = md5OfAttributes(attributes);
  return {
    MessageId: message.messageId,
    ReceiptHandle: message.receiptHandle,
    Body: message.body,
    MD5OfBody: md5OfBody(message.body),
    ...(system.length === 0 ? {} : { Attributes: Object.fromEntries(system) }),
    ...(md5 === undefined ? {} : { MessageAttributes: attributes, MD5OfMessageAttributes: md5 }),
  };
}

/** A wanted name is a whole name, a prefix as `foo.*`, or `All` (also `.*`). */
function pickAttributes(attributes: MessageAttributes, wanted: readonly string[]): MessageAttributes {
  const isWanted = (name: string): boolean =>
    wanted.some(
      (want) =>
        want === 'All' || want === name || (want.endsWith('.*') && name.startsWith(want.slice(0, -2))),
    );
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => isWanted(name)));
}
