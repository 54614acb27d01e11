/**
 * A loopback SQS endpoint: standard queues, kept on disk in the run's directory, over the AWS JSON 1.0
 * protocol.
 */
import { EventEmitter } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { GenericSchema, InferOutput } from 'valibot';
import type { JsonObject } from '../json.ts';
import {
  type QueueCount,
  QueueStore,
  type QueueMessage,
  type QueueSettings,
  type StoredQueue,
} from './queue-store.ts';
import {
  changeMessageVisibility,
  deleteMessage,
  deleteMessageBatch,
  receiveMessage,
} from './receive-messages.ts';
import { parseRequest, requests, VISIBILITY_TIMEOUT_SECONDS, type Request } from './requests.ts';
import { sendMessage, sendMessageBatch, type QueueContext, type SendFault } from './send-messages.ts';
import { serveAwsJson, type Operation } from './serve-aws-json.ts';
import { SqsError } from './sqs-error.ts';

/** Account and region appear only in the queues' ARNs and URLs. */
const ACCOUNT_ID = '000000000000';
const REGION = 'us-east-1';

/** More long polls than this indicate a leak. */
const WAITING_MAX = 100;

export interface QueueServer {
  readonly endpoint: string;
  /**
   * Idempotent. An existing queue keeps its messages and gets the new settings. The URL contains the server's
   * port, so it changes with each run.
   */
  createQueue(queue: QueueSettings): { readonly url: string; readonly arn: string };
  /**
   * Reads the messages of a queue in the order sent, also those in flight, but only the newest of those with
   * the same body. Changes nothing.
   */
  peek(queueUrl: string): Iterable<QueueMessage>;
  /** The last of these messages, the newest first. */
  peekNewest(queueUrl: string, countMax: number): readonly QueueMessage[];
  count(queueUrl: string): QueueCount;
  /** Makes later messages fail if `fault` returns an error, also within a batch. Undefined: no fault. */
  failSends(fault: SendFault | undefined): void;
  stop(): Promise<void>;
}

/** Two servers must not share a directory. The engine's lock keeps two runs from doing so. */
export async function startQueueServer(options: { readonly directory: string }): Promise<QueueServer> {
  mkdirSync(options.directory, { recursive: true });
  const store = new QueueStore(join(options.directory, 'queue.sqlite'));
  const arrivals = new EventEmitter().setMaxListeners(WAITING_MAX);
  let fault: SendFault | undefined;

  const queueByName = (name: string): StoredQueue => {
    const queue = store.findQueue(name);
    if (queue !== undefined) return queue;
    throw new SqsError({
      code: 'QueueDoesNotExist',
      queryCode: 'AWS.SimpleQueueService.NonExistentQueue',
      message: 'The specified queue does not exist.',
    });
  };
  // Use only the name, because a URL from before a restart has another port.
  const queueByUrl = (url: string): StoredQueue => queueByName(url.slice(url.lastIndexOf('/') + 1));

  function onQueue<S extends GenericSchema<unknown, { readonly QueueUrl: string }>>(
    schema: S,
    act: (context: QueueContext, request: InferOutput<S>, signal: AbortSignal) => ReturnType<Operation>,
  ): Operation {
    return (given, signal) => {
      const request = parseRequest(schema, given);
      return act({ store, queue: queueByUrl(request.QueueUrl), arrivals, fault }, request, signal);
    };
  }

  const server = await serveAwsJson('AmazonSQS', {
    GetQueueUrl: (given) => ({
      QueueUrl: urlOf(queueByName(parseRequest(requests.GetQueueUrl, given).QueueName).name),
    }),
    GetQueueAttributes: onQueue(requests.GetQueueAttributes, getQueueAttributes),
    SendMessage: onQueue(requests.SendMessage, sendMessage),
    SendMessageBatch: onQueue(requests.SendMessageBatch, sendMessageBatch),
    ReceiveMessage: onQueue(requests.ReceiveMessage, receiveMessage),
    DeleteMessage: onQueue(requests.DeleteMessage, deleteMessage),
    DeleteMessageBatch: onQueue(requests.DeleteMessageBatch, deleteMessageBatch),
    ChangeMessageVisibility: onQueue(requests.ChangeMessageVisibility, changeMessageVisibility),
    PurgeQueue: onQueue(requests.PurgeQueue, ({ queue }) => {
      store.purge(queue.name);
      return {};
    }),
  });
  const urlOf = (name: string): string => `${server.endpoint}/${ACCOUNT_ID}/${name}`;
  let stopping: Promise<void> | undefined;

  return {
    endpoint: server.endpoint,
    createQueue(queue) {
      store.createQueue(queue);
      return { url: urlOf(queue.name), arn: arnOf(queue.name) };
    },
    peek: (queueUrl) => store.peek(queueByUrl(queueUrl).name),
    peekNewest: (queueUrl, countMax) => store.peekNewest(queueByUrl(queueUrl).name, countMax),
    count: (queueUrl) => store.count(queueByUrl(queueUrl).name),
    failSends: (next) => {
      fault = next;
    },
    stop: () => (stopping ??= server.stop().then(() => store.close())),
  };
}

const arnOf = (name: string): string => `arn:aws:sqs:${REGION}:${ACCOUNT_ID}:${name}`;

/** Returns the requested attributes, with all values as strings. */
function getQueueAttributes(
  { store, queue }: QueueContext,
  { AttributeNames: wanted }: Request<'GetQueueAttributes'>,
): JsonObject {
  const depth = store.depth(queue.name);
  const createdAt = Math.floor(queue.createdAtMs / 1_000);
  const attributes: Readonly<Record<string, string | number>> = {
    QueueArn: arnOf(queue.name),
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
  const unknown = wanted.find((name) => name !== 'All' && !Object.hasOwn(attributes, name));
  if (unknown !== undefined) {
    throw new SqsError({ code: 'InvalidAttributeName', message: `Unknown Attribute ${unknown}.` });
  }
  const picked = Object.entries(attributes).filter(
    ([name]) => wanted.includes('All') || wanted.includes(name),
  );
  if (picked.length === 0) return {};
  return { Attributes: Object.fromEntries(picked.map(([name, value]) => [name, String(value)])) };
}
