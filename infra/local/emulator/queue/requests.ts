/** The requests that the queue supports, with the limits of the SQS API reference. */
import * as v from 'valibot';
import { invalidParameter, SqsError } from './sqs-error.ts';

const text = v.pipe(v.string(), v.nonEmpty());
const texts = v.nullish(v.array(v.string()), []);
const within = (min: number, max: number) => {
  const reason = `Must be between ${min} and ${max}, if provided.`;
  return v.pipe(v.number(), v.integer(reason), v.minValue(min, reason), v.maxValue(max, reason));
};

/** SQS's default. */
export const VISIBILITY_TIMEOUT_SECONDS = 30;
const visibilityTimeout = within(0, 43_200);

// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
const ATTRIBUTES_MAX = 10;

const attribute = v.pipe(
  v.object({
    /** `String`, `Number` or `Binary`, perhaps with a custom suffix: `String.kind`. */
    DataType: v.pipe(
      text,
      v.regex(
        /^(?:String|Number|Binary)(?:\..+)?$/,
        'The set of supported type prefixes is Binary, Number, and String.',
      ),
    ),
    StringValue: v.exactOptional(text),
    /** Base64. */
    BinaryValue: v.exactOptional(text),
  }),
  v.check(
    ({ DataType, StringValue, BinaryValue }) =>
      (DataType.startsWith('Binary') ? BinaryValue : StringValue) !== undefined,
    'It must contain a non-empty value of its type.',
  ),
);
const attributes = v.pipe(
  v.record(v.string(), attribute),
  v.check(
    (given) => Object.keys(given).length <= ATTRIBUTES_MAX,
    `The number of message attributes exceeds the allowed maximum [${ATTRIBUTES_MAX}].`,
  ),
);

export type MessageAttribute = v.InferOutput<typeof attribute>;
export type MessageAttributes = Readonly<Record<string, MessageAttribute>>;

const onQueue = <const E extends v.ObjectEntries>(entries: E) => v.object({ QueueUrl: text, ...entries });
const batch = onQueue({ Entries: v.nullish(v.array(v.looseObject({ Id: text })), []) });

/** The fields of SendMessage, and of each entry of SendMessageBatch. */
export const newMessage = v.object({
  MessageBody: text,
  MessageAttributes: v.nullish(attributes, {}),
  DelaySeconds: v.nullish(within(0, 900), 0),
});
export type NewMessage = v.InferOutput<typeof newMessage>;

/** The receipt that DeleteMessage, ChangeMessageVisibility and each entry of DeleteMessageBatch contain. */
export const receiptHandle = v.object({ ReceiptHandle: text });

export const requests = {
  GetQueueUrl: v.object({ QueueName: text }),
  GetQueueAttributes: onQueue({ AttributeNames: texts }),
  SendMessage: onQueue(newMessage.entries),
  SendMessageBatch: batch,
  ReceiveMessage: onQueue({
    MaxNumberOfMessages: v.nullish(within(1, 10), 1),
    VisibilityTimeout: v.nullish(visibilityTimeout, VISIBILITY_TIMEOUT_SECONDS),
    WaitTimeSeconds: v.nullish(within(0, 20), 0),
    AttributeNames: texts,
    MessageSystemAttributeNames: texts,
    MessageAttributeNames: texts,
  }),
  DeleteMessage: onQueue(receiptHandle.entries),
  DeleteMessageBatch: batch,
  ChangeMessageVisibility: onQueue({ ...receiptHandle.entries, VisibilityTimeout: visibilityTimeout }),
  PurgeQueue: onQueue({}),
};

export type Request<N extends keyof typeof requests> = v.InferOutput<(typeof requests)[N]>;

/**
 * @throws {SqsError} the error of SQS for the first parameter that is missing, malformed or out of range
 */
export function parseRequest<S extends v.GenericSchema>(schema: S, request: unknown): v.InferOutput<S> {
  const result = v.safeParse(schema, request, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const name = v.getDotPath(issue) ?? 'request';
  if (issue.received === 'undefined' || issue.type === 'non_empty') {
    throw new SqsError({
      code: 'MissingParameter',
      message: `The request must contain the parameter ${name}.`,
    });
  }
  if (issue.kind === 'validation') {
    throw invalidParameter(`Value for parameter ${name} is invalid. Reason: ${issue.message}`);
  }
  throw new SqsError({
    code: 'SerializationException',
    message: `${name} must be ${issue.expected}, got ${issue.received}`,
  });
}
