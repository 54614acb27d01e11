/**
 * A loopback server that stands in for DynamoDB and SQS. Both use JSON over POST, and a header names the
 * service and the operation.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';

export interface AwsRequest {
  /** The name of the operation, such as TransactWriteItems or SendMessageBatch. */
  readonly operation: string;
  readonly input: {
    readonly TransactItems?: readonly TransactWriteItem[];
    readonly ClientRequestToken?: string;
    readonly QueueUrl?: string;
    readonly Entries?: readonly { readonly Id: string; readonly MessageBody: string }[];
  };
}

/** A 200 with a body, an error, no response at all, or a cut connection. */
export type AwsAnswer =
  | { readonly body: unknown }
  | { readonly error: string; readonly message?: string; readonly status?: number; readonly details?: object }
  | 'never'
  | 'cut';

export interface AwsStub {
  readonly endpoint: string;
  /** All requests since the last {@link AwsStub.reset}, in order. */
  readonly requests: readonly AwsRequest[];
  /** Sets the response to later requests. The default is {@link ok}. */
  answer(answerTo: (request: AwsRequest) => AwsAnswer): void;
  reset(): void;
  stop(): Promise<void>;
}

export async function startAwsStub(): Promise<AwsStub> {
  const requests: AwsRequest[] = [];
  let answerTo: (request: AwsRequest) => AwsAnswer = ok;
  const server = createServer((message, response) => {
    void readRequest(message).then((request) => {
      requests.push(request);
      const answer = answerTo(request);
      if (answer === 'never') return;
      if (answer === 'cut') {
        message.socket.destroy();
        return;
      }
      response.setHeader('content-type', 'application/x-amz-json-1.0');
      if ('body' in answer) {
        response.end(JSON.stringify(answer.body));
        return;
      }
      response.statusCode = answer.status ?? 400;
      const { error, message: text = 'as the test asked', details = {} } = answer;
      response.end(JSON.stringify({ __type: `com.amazonaws#${error}`, message: text, ...details }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    answer: (next) => {
      answerTo = next;
    },
    reset: () => {
      requests.length = 0;
      answerTo = ok;
    },
    stop: () => stop(server),
  };
}

/** Commits every transaction at one write unit per action, and accepts every message. */
export function ok({ operation, input }: AwsRequest): AwsAnswer {
  if (operation === 'TransactWriteItems') {
    const CapacityUnits = input.TransactItems?.length ?? 0;
    return { body: { ConsumedCapacity: [{ TableName: 'both', CapacityUnits }] } };
  }
  if (operation === 'SendMessageBatch') {
    return { body: { Successful: (input.Entries ?? []).map(confirmationOf), Failed: [] } };
  }
  return { error: 'UnknownOperationException', message: `the stub does not implement ${operation}` };
}

/** The success entry for one message, with the MD5 that the SDK checks. */
export function confirmationOf({ Id, MessageBody }: { readonly Id: string; readonly MessageBody: string }) {
  const MD5OfMessageBody = createHash('md5').update(MessageBody).digest('hex');
  return { Id, MessageId: `message-${Id}`, MD5OfMessageBody };
}

/** A cancelled transaction, with one reason per action. */
export function cancelled(
  reasons: readonly { readonly Code: string; readonly [member: string]: unknown }[],
): AwsAnswer {
  return { error: 'TransactionCanceledException', details: { CancellationReasons: reasons } };
}

async function readRequest(message: IncomingMessage): Promise<AwsRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  const target = String(message.headers['x-amz-target']);
  return {
    operation: target.slice(target.indexOf('.') + 1),
    input: JSON.parse(Buffer.concat(chunks).toString('utf8')) as AwsRequest['input'],
  };
}

function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve, reject) => {
    server.close((error) => (error === undefined ? resolve() : reject(error)));
  });
}
