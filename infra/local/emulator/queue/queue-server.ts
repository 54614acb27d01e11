// A loopback SQS endpoint: standard queues kept on disk in the run's directory, over the AWS JSON 1.0 protocol.

import { EventEmitter } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { QueueMessage } from './message.ts';
import { getQueueAttributes } from './queue-attributes.ts';
import { openQueueStore } from './queue-store.ts';
import {
  changeMessageVisibility,
  deleteMessage,
  deleteMessageBatch,
  receiveMessage,
} from './receive-messages.ts';
import { requiredText, type Fields } from './request-fields.ts';
import { sendMessage, sendMessageBatch, type SendFault } from './send-messages.ts';
import { serveAwsJson, type Operation } from './serve-aws-json.ts';
import { queueDoesNotExist } from './sqs-error.ts';

/** Of the queues' ARNs and URLs; nothing depends on them. */
const ACCOUNT_ID = '000000000000';
const REGION = 'us-east-1';

/** More waiting long polls than this would be a leak. */
const WAITING_MAX = 100;

export interface QueueServer {
  readonly endpoint: string;
  /** Idempotent: a queue that exists keeps its messages and takes the new settings. Its URL changes with the server's port. */
  createQueue(o: { name: string; maximumMessageSizeBytes: number; messageRetentionSeconds: number }): {
    url: string;
    arn: string;
  };
  /** All messages of a queue in the order sent, whether received or not, without touching them. */
  peek(queueUrl: string): readonly QueueMessage[];
  /** Lets chosen sends fail from now on, as SQS may: by entry in a batch. Nothing ends it. */
  failSends(fault: SendFault | undefined): void;
  stop(): Promise<void>;
}

/** `directory` is created when absent. Two servers on one directory at once are not supported: the engine's lock keeps runs apart. */
export async function startQueueServer(o: { readonly directory: string }): Promise<QueueServer> {
  mkdirSync(o.directory, { recursive: true });
  const store = openQueueStore(join(o.directory, 'queue.sqlite'));
  const arrivals = new EventEmitter().setMaxListeners(WAITING_MAX);
  let fault: SendFault | undefined;

  // By name alone: a URL from before a restart has another port.
  const queueByUrl = (url: string) => {
    const queue = store.findQueue(url.slice(url.lastIndexOf('/') + 1));
    if (queue === undefined) throw queueDoesNotExist();
    return queue;
  };
  const queueOf = (request: Fields) => queueByUrl(requiredText(request, 'QueueUrl'));
  const arnOf = (name: string): string => `arn:aws:sqs:${REGION}:${ACCOUNT_ID}:${name}`;
  const sending =
    (operation: typeof sendMessage): Operation =>
    (request) => {
      const queue = queueOf(request);
      const answer = operation({ store, queue, fault }, request);
      arrivals.emit(queue.name);
      return answer;
    };

  const operations: Readonly<Record<string, Operation>> = {
    GetQueueUrl: (request) => {
      const queue = store.findQueue(requiredText(request, 'QueueName'));
      if (queue === undefined) throw queueDoesNotExist();
      return { QueueUrl: urlOf(queue.name) };
    },
    GetQueueAttributes: (request) => {
      const queue = queueOf(request);
      return getQueueAttributes({ store, queue, arn: arnOf(queue.name) }, request);
    },
    SendMessage: sending(sendMessage),
    SendMessageBatch: sending(sendMessageBatch),
    ReceiveMessage: (request, signal) =>
      receiveMessage({ store, queue: queueOf(request), arrivals, signal }, request),
    DeleteMessage: (request) => deleteMessage(store, queueOf(request), request),
    DeleteMessageBatch: (request) => deleteMessageBatch(store, queueOf(request), request),
    ChangeMessageVisibility: (request) =>
      changeMessageVisibility({ store, queue: queueOf(request), arrivals }, request),
    PurgeQueue: (request) => {
      store.purge(queueOf(request).name);
      return {};
    },
  };
  const server = await serveAwsJson({ service: 'AmazonSQS', operations });
  const urlOf = (name: string): string => `${server.endpoint}/${ACCOUNT_ID}/${name}`;
  let stopping: Promise<void> | undefined;

  return {
    endpoint: server.endpoint,
    createQueue(queue) {
      store.createQueue(queue);
      return { url: urlOf(queue.name), arn: arnOf(queue.name) };
    },
    peek: (queueUrl) => store.peek(queueByUrl(queueUrl).name),
    failSends: (next) => {
      fault = next;
    },
    stop: () => (stopping ??= server.stop().then(() => store.close())),
  };
}
