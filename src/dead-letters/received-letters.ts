/**
 * Dead letters taken out of the queue for a while: received, then deleted, given back, or left until they are
 * due again.
 */
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';

export interface ReceivedLetter {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
}

export interface ReceivedLetters {
  /** Up to ten, which nobody else sees for `hiddenSeconds`; none: the queue holds none that is visible. */
  receive(o: { readonly hiddenSeconds: number }): Promise<readonly ReceivedLetter[]>;
  /** @returns those that SQS has confirmed as deleted; the others come again. */
  delete(letters: readonly ReceivedLetter[]): Promise<readonly ReceivedLetter[]>;
  /** Visible again at once. One that could not be given back comes again when its time is over. */
  giveBack(letters: readonly ReceivedLetter[]): Promise<void>;
}

/** Messages in one ReceiveMessage and in one batch request (SQS quotas). */
const MESSAGES_MAX = 10;
/**
 * Any wait at all makes SQS ask all of its servers; without, a few letters are easily missed (SQS, "Long
 * polling").
 */
const WAIT_SECONDS = 1;

export function createReceivedLetters(
  client: SQSClient,
  { queueUrl }: { readonly queueUrl: string },
): ReceivedLetters {
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
        new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries: letters.map(entryOf) }),
      );
      const deleted = new Set(Successful.map(({ Id }) => Id));
      return letters.filter((_, index) => deleted.has(String(index)));
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

/** Its Id is its index. */
function entryOf({ receiptHandle }: ReceivedLetter, index: number) {
  return { Id: String(index), ReceiptHandle: receiptHandle };
}
