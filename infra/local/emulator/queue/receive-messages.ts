/** ReceiveMessage with long polling, and the operations on a receipt: delete, change visibility. */
import { once } from 'node:events';
import type { JsonObject } from '../json.ts';
import { md5OfAttributes, md5OfBody } from './message.ts';
import type { QueueMessage, Receipt } from './queue-store.ts';
import { parseRequest, receiptHandle, type MessageAttributes, type Request } from './requests.ts';
import { answerBatch, checkEntryIds, type QueueContext } from './send-messages.ts';
import { prefixedError, SqsError } from './sqs-error.ts';

/** `signal` aborts when the client disconnects or the server stops. */
export async function receiveMessage(
  context: QueueContext,
  request: Request<'ReceiveMessage'>,
  signal: AbortSignal,
): Promise<JsonObject> {
  const { store, queue } = context;
  const deadlineMs = Date.now() + request.WaitTimeSeconds * 1_000;
  while (!signal.aborted) {
    const messages = store.receive(queue.name, request.MaxNumberOfMessages, request.VisibilityTimeout);
    if (messages.length > 0) return { Messages: messages.map((message) => describe(message, request)) };
    if (Date.now() >= deadlineMs) break;
    await nextChance(context, deadlineMs, signal);
  }
  return {};
}

export function deleteMessage({ store, queue }: QueueContext, request: unknown): JsonObject {
  store.delete(queue.name, receiptOf(request));
  return {};
}

export function deleteMessageBatch(
  context: QueueContext,
  request: Request<'DeleteMessageBatch'>,
): JsonObject {
  checkEntryIds(request, 'DeleteMessageBatchRequestEntry');
  return answerBatch(request.Entries, (entry) => deleteMessage(context, entry));
}

export function changeMessageVisibility(
  { store, queue, arrivals }: QueueContext,
  request: Request<'ChangeMessageVisibility'>,
): JsonObject {
  if (!store.setVisibility(queue.name, receiptOf(request), request.VisibilityTimeout)) {
    throw prefixedError('MessageNotInflight', 'The message referred to is not in flight.');
  }
  arrivals.emit(queue.name);
  return {};
}

/** Waits until a message arrives or becomes visible again, the deadline passes, or the client disconnects. */
async function nextChance(
  { store, queue, arrivals }: QueueContext,
  deadlineMs: number,
  signal: AbortSignal,
): Promise<void> {
  const untilMs = Math.min(deadlineMs, store.nextVisibleAtMs(queue.name) ?? deadlineMs);
  const wait = AbortSignal.any([signal, AbortSignal.timeout(Math.max(1, untilMs - Date.now()))]);
  await once(arrivals, queue.name, { signal: wait }).catch((error: unknown) => {
    if (!wait.aborted) throw error;
  });
}

function receiptOf(request: unknown): Receipt {
  const handle = parseRequest(receiptHandle, request).ReceiptHandle;
  const match = /^([0-9a-f-]{36}) (\d+)$/.exec(Buffer.from(handle, 'base64').toString('utf8'));
  if (match?.[1] !== undefined) return { messageId: match[1], receiveCount: Number(match[2]) };
  throw new SqsError({ code: 'ReceiptHandleIsInvalid', message: 'The input receipt handle is invalid.' });
}

function describe(message: QueueMessage, request: Request<'ReceiveMessage'>): JsonObject {
  const { messageId, body, receiveCount } = message;
  const system = pick(
    {
      SenderId: '000000000000',
      SentTimestamp: String(message.sentAtMs),
      ApproximateReceiveCount: String(receiveCount),
      ApproximateFirstReceiveTimestamp: String(message.firstReceivedAtMs),
    },
    [...request.AttributeNames, ...request.MessageSystemAttributeNames],
  );
  const attributes: MessageAttributes = pick(message.attributes, request.MessageAttributeNames);
  const md5 = md5OfAttributes(attributes);
  return {
    MessageId: messageId,
    ReceiptHandle: Buffer.from(`${messageId} ${receiveCount}`, 'utf8').toString('base64'),
    Body: body,
    MD5OfBody: md5OfBody(body),
    ...(Object.keys(system).length > 0 && { Attributes: system }),
    ...(md5 !== undefined && { MessageAttributes: attributes, MD5OfMessageAttributes: md5 }),
  };
}

/** A wanted name is a full name, a prefix such as `foo.*`, or `All` (also `.*`). */
function pick<T>(values: Readonly<Record<string, T>>, wanted: readonly string[]): Record<string, T> {
  const isWanted = (name: string): boolean =>
    wanted.some(
      (want) =>
        want === 'All' || want === name || (want.endsWith('.*') && name.startsWith(want.slice(0, -2))),
    );
  return Object.fromEntries(Object.entries(values).filter(([name]) => isWanted(name)));
}
