/** SendMessage and SendMessageBatch, with the checks that SQS makes. */
import type { EventEmitter } from 'node:events';
import type { JsonObject } from '../json.ts';
import { findRefusedCharacter, md5OfAttributes, md5OfBody, messageSizeBytes } from './message.ts';
import type { QueueStore, StoredQueue } from './queue-store.ts';
import { newMessage, parseRequest, type NewMessage, type Request } from './requests.ts';
import { invalidParameter, prefixedError, SqsError } from './sqs-error.ts';

// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
const BATCH_ENTRIES_MAX = 10;
const BATCH_BYTES_MAX = 1_048_576;

/**
 * Returns the error if this message must fail, or undefined if it may succeed. Tests use it to get a 200
 * response with a `Failed` list.
 */
export type SendFault = (entry: {
  readonly queueName: string;
  readonly body: string;
}) => SqsError | undefined;

export interface QueueContext {
  readonly store: QueueStore;
  readonly queue: StoredQueue;
  /** Emits the queue's name when a message arrives or becomes visible. */
  readonly arrivals: EventEmitter;
  readonly fault: SendFault | undefined;
}

export function sendMessage(context: QueueContext, request: NewMessage): JsonObject {
  refuseCharacters(request);
  return send(context, request);
}

export function sendMessageBatch(context: QueueContext, request: Request<'SendMessageBatch'>): JsonObject {
  checkEntryIds(request, 'SendMessageBatchRequestEntry');
  const entries = request.Entries.map((entry) => ({
    Id: entry.Id,
    message: attempt(() => refuseCharacters(parseRequest(newMessage, entry))),
  }));
  const bytes = entries.map(({ message }) => (message instanceof SqsError ? 0 : sizeBytes(message)));
  const batchBytes = bytes.reduce((sum, size) => sum + size, 0);
  if (batchBytes > BATCH_BYTES_MAX) {
    throw prefixedError(
      'BatchRequestTooLong',
      `Batch requests cannot be longer than ${BATCH_BYTES_MAX} bytes. You have sent ${batchBytes} bytes.`,
    );
  }
  return answerBatch(entries, ({ message }) => {
    if (message instanceof SqsError) throw message;
    return send(context, message);
  });
}

/** @throws when the batch is empty or too long, or when its ids are repeated or malformed */
export function checkEntryIds({ Entries }: Request<'SendMessageBatch'>, entryType: string): void {
  const ids = Entries.map(({ Id }) => Id);
  if (ids.length === 0) {
    throw prefixedError('EmptyBatchRequest', `There should be at least one ${entryType} in the request.`);
  }
  if (ids.length > BATCH_ENTRIES_MAX) {
    throw prefixedError(
      'TooManyEntriesInBatchRequest',
      `Maximum number of entries per request are ${BATCH_ENTRIES_MAX}. You have sent ${ids.length}.`,
    );
  }
  const repeated = ids.find((id, index) => ids.indexOf(id) !== index);
  if (repeated !== undefined) throw prefixedError('BatchEntryIdsNotDistinct', `Id ${repeated} repeated.`);
  if (ids.some((id) => !/^[A-Za-z0-9_-]{1,80}$/.test(id))) {
    throw prefixedError(
      'InvalidBatchEntryId',
      'A batch entry id can only contain alphanumeric characters, hyphens and underscores, at most 80.',
    );
  }
}

/** The 200 response of a batch: its entries under `Successful` or `Failed`, each with its id. */
export function answerBatch<E extends { readonly Id: string }>(
  entries: readonly E[],
  one: (entry: E) => JsonObject,
): JsonObject {
  const Successful: JsonObject[] = [];
  const Failed: JsonObject[] = [];
  for (const entry of entries) {
    const { Id } = entry;
    const result = attempt(() => one(entry));
    if (result instanceof SqsError) {
      const { queryCode: Code, message: Message, senderFault: SenderFault } = result;
      Failed.push({ Id, Code, Message, SenderFault });
    } else {
      Successful.push({ Id, ...result });
    }
  }
  return { Successful, Failed };
}

function send({ store, queue, arrivals, fault }: QueueContext, message: NewMessage): JsonObject {
  const { maximumMessageSizeBytes } = queue;
  if (sizeBytes(message) > maximumMessageSizeBytes) {
    throw invalidParameter(
      'One or more parameters are invalid. ' +
        `Reason: Message must be shorter than ${maximumMessageSizeBytes} bytes.`,
    );
  }
  const error = fault?.({ queueName: queue.name, body: message.MessageBody });
  if (error !== undefined) throw error;
  const md5 = md5OfAttributes(message.MessageAttributes);
  const messageId = store.send(queue.name, message);
  arrivals.emit(queue.name);
  return {
    MessageId: messageId,
    MD5OfMessageBody: md5OfBody(message.MessageBody),
    ...(md5 !== undefined && { MD5OfMessageAttributes: md5 }),
  };
}

function sizeBytes({ MessageBody, MessageAttributes }: NewMessage): number {
  return messageSizeBytes(MessageBody, MessageAttributes);
}

function refuseCharacters(message: NewMessage): NewMessage {
  const values = Object.values(message.MessageAttributes).map(({ StringValue = '' }) => StringValue);
  for (const text of [message.MessageBody, ...values]) {
    const refused = findRefusedCharacter(text);
    if (refused === undefined) continue;
    throw new SqsError({
      code: 'InvalidMessageContents',
      message:
        `Invalid binary character '${refused}' was found in the message body, ` +
        'the set of allowed characters is #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | ' +
        '#x10000 to #x10FFFF',
    });
  }
  return message;
}

function attempt<T>(act: () => T): T | SqsError {
  try {
    return act();
  } catch (error) {
    if (error instanceof SqsError) return error;
    throw error;
  }
}
