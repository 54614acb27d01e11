// SendMessage and SendMessageBatch, with the checks that SQS makes.

import { findRefusedCharacter, md5OfAttributes, md5OfBody, messageSizeBytes } from './message.ts';
import { readAttributes } from './read-attributes.ts';
import type { NewMessage, QueueSettings, QueueStore } from './queue-store.ts';
import { integer, objects, requiredText, type Fields } from './request-fields.ts';
import { batchError, invalidParameter, SqsError } from './sqs-error.ts';

// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
const BATCH_ENTRIES_MAX = 10;
const BATCH_BYTES_MAX = 1_048_576;
const DELAY_SECONDS = { min: 0, max: 900, absent: 0 } as const;

/** Says how an entry fails, or nothing for one that shall be taken. For tests of the 200 answer with a `Failed` list. */
export type SendFault = (entry: {
  readonly queueName: string;
  readonly body: string;
}) => SqsError | undefined;

export interface SendTarget {
  readonly store: QueueStore;
  readonly queue: QueueSettings;
  readonly fault: SendFault | undefined;
}

export function sendMessage(target: SendTarget, request: Fields): Fields {
  return send(target, readMessage(request));
}

export function sendMessageBatch(target: SendTarget, request: Fields): Fields {
  const entries = objects(request, 'Entries').map((entry) => ({
    id: requiredText(entry, 'Id'),
    fields: entry,
  }));
  checkEntryIds(
    entries.map((entry) => entry.id),
    'SendMessageBatchRequestEntry',
  );
  const sent = entries.map(({ id, fields }) => ({ id, message: attempt(() => readMessage(fields)) }));
  const sizeBytes = sent.reduce(
    (sum, { message }) => sum + (message instanceof SqsError ? 0 : messageSizeBytes(message)),
    0,
  );
  if (sizeBytes > BATCH_BYTES_MAX) {
    throw batchError(
      'BatchRequestTooLong',
      `Batch requests cannot be longer than ${BATCH_BYTES_MAX} bytes. You have sent ${sizeBytes} bytes.`,
    );
  }
  return answerBatch(sent, ({ message }) => {
    if (message instanceof SqsError) throw message;
    return send(target, message);
  });
}

/** @throws for a batch that is empty, too long, or whose ids are repeated or malformed */
export function checkEntryIds(ids: readonly string[], entryType: string): void {
  if (ids.length === 0) {
    throw batchError('EmptyBatchRequest', `There should be at least one ${entryType} in the request.`);
  }
  if (ids.length > BATCH_ENTRIES_MAX) {
    throw batchError(
      'TooManyEntriesInBatchRequest',
      `Maximum number of entries per request are ${BATCH_ENTRIES_MAX}. You have sent ${ids.length}.`,
    );
  }
  const repeated = ids.find((id, index) => ids.indexOf(id) !== index);
  if (repeated !== undefined) throw batchError('BatchEntryIdsNotDistinct', `Id ${repeated} repeated.`);
  if (ids.some((id) => !/^[A-Za-z0-9_-]{1,80}$/.test(id))) {
    throw batchError(
      'InvalidBatchEntryId',
      'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.',
    );
  }
}

/** The 200 answer of a batch: what worked under `Successful`, what did not under `Failed`, each by its id. */
export function answerBatch<E extends { readonly id: string }>(
  entries: readonly E[],
  one: (entry: E) => Fields,
): Fields {
  const successful: Fields[] = [];
  const failed: Fields[] = [];
  for (const entry of entries) {
    const result = attempt(() => one(entry));
    if (result instanceof SqsError) {
      failed.push({
        Id: entry.id,
        Code: result.queryCode,
        Message: result.message,
        SenderFault: result.senderFault,
      });
    } else {
      successful.push({ Id: entry.id, ...result });
    }
  }
  return { Successful: successful, Failed: failed };
}

function send({ store, queue, fault }: SendTarget, message: NewMessage): Fields {
  const { maximumMessageSizeBytes } = queue;
  if (messageSizeBytes(message) > maximumMessageSizeBytes) {
    throw invalidParameter(
      `One or more parameters are invalid. Reason: Message must be shorter than ${maximumMessageSizeBytes} bytes.`,
    );
  }
  const error = fault?.({ queueName: queue.name, body: message.body });
  if (error !== undefined) throw error;
  const md5 = md5OfAttributes(message.attributes);
  return {
    MessageId: store.send(queue.name, message),
    MD5OfMessageBody: md5OfBody(message.body),
    ...(md5 === undefined ? {} : { MD5OfMessageAttributes: md5 }),
  };
}

function readMessage(fields: Fields): NewMessage {
  const body = requiredText(fields, 'MessageBody');
  const attributes = readAttributes(fields['MessageAttributes']);
  const texts = [body, ...Object.values(attributes).map((attribute) => attribute.StringValue ?? '')];
  for (const text of texts) {
    const refused = findRefusedCharacter(text);
    if (refused === undefined) continue;
    throw new SqsError({
      code: 'InvalidMessageContents',
      message:
        `Invalid binary character '${refused}' was found in the message body, the set of allowed characters is ` +
        '#x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF',
    });
  }
  return { body, attributes, delaySeconds: integer(fields, 'DelaySeconds', DELAY_SECONDS) };
}

function attempt<T>(act: () => T): T | SqsError {
  try {
    return act();
  } catch (error) {
    if (error instanceof SqsError) return error;
    throw error;
  }
}
