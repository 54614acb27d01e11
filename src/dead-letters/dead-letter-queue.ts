/**
 * Sends dead letters to SQS. A letter counts as kept only when SQS has confirmed that very entry: a batch is
 * answered with 200 also when some of its entries failed (I5).
 */
import {
  type SendMessageBatchCommandOutput,
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { type DeadLetter, encodeDeadLetter, MESSAGE_BYTES_MAX } from './dead-letter.ts';

export interface DeadLetters {
  /** One confirmation per letter, in order. Never throws for what SQS or the network answers. */
  send(letters: readonly DeadLetter[], o: { readonly deadlineMs: number }): Promise<readonly Confirmation[]>;
}

export type Confirmation = { readonly kind: 'kept' } | { readonly kind: 'failed'; readonly detail: string };

/** Entries in one SendMessageBatch (SQS quotas); its bodies together are bounded like one message. */
const ENTRIES_MAX = 10;
/** Bytes that the attributes of one entry may take of the bound. */
const ATTRIBUTES_BYTES = 256;
const BODY_BYTES_MAX = MESSAGE_BYTES_MAX - ATTRIBUTES_BYTES;

/** @param nowMs the clock of the deadline. */
export function createDeadLetterQueue(
  client: SQSClient,
  { queueUrl, nowMs }: { readonly queueUrl: string; readonly nowMs: () => number },
): DeadLetters {
  return {
    async send(letters, { deadlineMs }) {
      const confirmations: Confirmation[] = letters.map(() => ({
        kind: 'failed',
        detail: 'no answer named it',
      }));
      for (const entries of batchesOf(letters)) {
        const leftMs = deadlineMs - nowMs();
        const answer =
          leftMs > 0 ? await sendBatch(entries, leftMs) : new Error('the invocation ran out of time');
        for (const { Id } of entries) confirmations[Number(Id)] = confirmationOf(Id, answer);
      }
      return confirmations;
    },
  };

  async function sendBatch(
    entries: readonly SendMessageBatchRequestEntry[],
    leftMs: number,
  ): Promise<SendMessageBatchCommandOutput | Error> {
    const command = new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: [...entries] });
    try {
      return await client.send(command, { abortSignal: AbortSignal.timeout(leftMs) });
    } catch (thrown) {
      return thrown instanceof Error ? thrown : new Error(String(thrown));
    }
  }
}

/** Entries whose ids are the indices of their letters, in batches that SQS takes. */
function* batchesOf(letters: readonly DeadLetter[]): Generator<readonly SendMessageBatchRequestEntry[]> {
  let batch: SendMessageBatchRequestEntry[] = [];
  let bytes = 0;
  for (const [index, letter] of letters.entries()) {
    const body = encodeDeadLetter(letter, BODY_BYTES_MAX);
    const size = body.length + ATTRIBUTES_BYTES;
    if (batch.length === ENTRIES_MAX || bytes + size > MESSAGE_BYTES_MAX) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push({
      Id: String(index),
      MessageBody: body,
      MessageAttributes: {
        kind: { DataType: 'String', StringValue: 'poison-record' },
        reason: { DataType: 'String', StringValue: letter.reason },
      },
    });
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}

function confirmationOf(id: string | undefined, answer: SendMessageBatchCommandOutput | Error): Confirmation {
  if (answer instanceof Error) return { kind: 'failed', detail: answer.message };
  if (answer.Successful?.some((entry) => entry.Id === id)) return { kind: 'kept' };
  const refusal = answer.Failed?.find((entry) => entry.Id === id);
  return {
    kind: 'failed',
    detail: `${refusal?.Code ?? 'no answer named it'} ${refusal?.Message ?? ''}`.trim(),
  };
}
