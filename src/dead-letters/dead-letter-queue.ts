/**
 * The dead-letter queue in SQS. A dead letter counts as kept only when SQS confirms its own entry, because
 * SQS answers 200 to a batch even if some of its entries failed (I5). A received dead letter is hidden for a
 * while. Then it is deleted, given back, or becomes visible again by itself.
 */
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  type SendMessageBatchCommandOutput,
  type SendMessageBatchRequestEntry,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { Clock } from '../lambda/clock.ts';
import { type DeadLetter, encodeDeadLetter, MESSAGE_BYTES_MAX } from './dead-letter.ts';

export interface DeadLetters {
  /** One confirmation per dead letter, in order. An error of SQS or the network is returned, not thrown. */
  send(
    letters: readonly DeadLetter[],
    options: { readonly deadlineMs: number },
  ): Promise<readonly Confirmation[]>;
}

export type Confirmation = { readonly kind: 'kept' } | { readonly kind: 'failed'; readonly detail: string };

export interface ReceivedLetter {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
}

export interface ReceivedLetters {
  /** Up to ten dead letters, hidden from others for `hiddenSeconds`; empty if none is visible. */
  receive(options: { readonly hiddenSeconds: number }): Promise<readonly ReceivedLetter[]>;
  /** @returns those whose deletion SQS confirmed; the others become visible again. */
  delete(letters: readonly ReceivedLetter[]): Promise<readonly ReceivedLetter[]>;
  /**
   * Makes them visible at once. If that fails for a dead letter, it becomes visible when its visibility
   * timeout ends.
   */
  giveBack(letters: readonly ReceivedLetter[]): Promise<void>;
}

/** Messages in one send or receive request (SQS quotas). A batch may be as large as a single message. */
const MESSAGES_MAX = 10;
/** With a wait, SQS asks all of its servers; without one it can miss messages (SQS, "Long polling"). */
const WAIT_SECONDS = 1;
/** Bytes reserved for the attributes of one entry. */
const ATTRIBUTES_BYTES = 256;
const BODY_BYTES_MAX = MESSAGE_BYTES_MAX - ATTRIBUTES_BYTES;

export function createDeadLetterQueue(client: SQSClient, queueUrl: string, clock: Clock): DeadLetters {
  return {
    async send(letters, { deadlineMs }) {
      const confirmations: Confirmation[] = [];
      for (const Entries of batchesOf(letters)) {
        const leftMs = deadlineMs - clock.nowMs();
        const command = new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries });
        const answer =
          leftMs > 0
            ? await client.send(command, { abortSignal: clock.timeout(leftMs) }).catch(asError)
            : new Error('the invocation ran out of time');
        confirmations.push(...Entries.map(({ Id }) => confirmationOf(Id, answer)));
      }
      return confirmations;
    },
  };
}

/** In order, in batches that SQS accepts. An entry's id is the index of its dead letter. */
function* batchesOf(letters: readonly DeadLetter[]): Generator<SendMessageBatchRequestEntry[]> {
  let batch: SendMessageBatchRequestEntry[] = [];
  let bytes = 0;
  for (const [index, letter] of letters.entries()) {
    const body = encodeDeadLetter(letter, BODY_BYTES_MAX);
    const size = body.length + ATTRIBUTES_BYTES;
    if (batch.length === MESSAGES_MAX || bytes + size > MESSAGE_BYTES_MAX) {
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
    detail: `${refusal?.Code ?? 'SQS gave no result for it'} ${refusal?.Message ?? ''}`.trim(),
  };
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

export function createReceivedLetters(client: SQSClient, queueUrl: string): ReceivedLetters {
  return {
    async receive({ hiddenSeconds }) {
      const { Messages = [] } = await client.send(
        new ReceiveMessageCommand({
          QueueUrl: queueUrl,
          MaxNumberOfMessages: MESSAGES_MAX,
          VisibilityTimeout: hiddenSeconds,
          WaitTimeSeconds: WAIT_SECONDS,
        }),
      );
      return Messages.map(({ MessageId = '', ReceiptHandle = '', Body = '' }) => ({
        messageId: MessageId,
        receiptHandle: ReceiptHandle,
        body: Body,
      }));
    },

    async delete(letters) {
      if (letters.length === 0) return [];
      const { Successful = [] } = await client.send(
        new DeleteMessageBatchCommand({
          QueueUrl: queueUrl,
          Entries: letters.map(({ receiptHandle: ReceiptHandle }, index) => ({
            Id: String(index),
            ReceiptHandle,
          })),
        }),
      );
      return Successful.flatMap(({ Id }) => letters[Number(Id)] ?? []);
    },

    async giveBack(letters) {
      await Promise.allSettled(
        letters.map(({ receiptHandle: ReceiptHandle }) =>
          client.send(
            new ChangeMessageVisibilityCommand({ QueueUrl: queueUrl, ReceiptHandle, VisibilityTimeout: 0 }),
          ),
        ),
      );
    },
  };
}
