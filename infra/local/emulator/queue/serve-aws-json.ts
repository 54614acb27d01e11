// The AWS JSON 1.0 protocol on 127.0.0.1: the operation in `X-Amz-Target`, its input and output as JSON, errors by `__type`.

import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { isFields, type Fields } from './request-fields.ts';
import { SqsError } from './sqs-error.ts';

const CONTENT_TYPE = 'application/x-amz-json-1.0';

/** A batch of 1 MiB, every byte of it escaped in JSON as six characters, and some room. */
const REQUEST_BYTES_MAX = 8 * 1_048_576;

export type Operation = (request: Fields, signal: AbortSignal) => Fields | Promise<Fields>;

export async function serveAwsJson(o: {
  readonly service: string;
  readonly operations: Readonly<Record<string, Operation>>;
}): Promise<{ readonly endpoint: string; stop(): Promise<void> }> {
  const stopped = new AbortController();
  const server = createServer((request, response) => {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    void handle(request, response, AbortSignal.any([gone.signal, stopped.signal]));
  });

  const handle = async (
    request: IncomingMessage,
    response: ServerResponse,
    signal: AbortSignal,
  ): Promise<void> => {
    try {
      const operation = findOperation(o, request);
      answer(response, 200, await operation(await readBody(request), signal));
    } catch (error) {
      answerError(response, error);
    }
  };

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string')
    throw new Error(`No port on 127.0.0.1, got ${address}`);
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    stop: async () => {
      stopped.abort();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function findOperation(
  o: { readonly service: string; readonly operations: Readonly<Record<string, Operation>> },
  request: IncomingMessage,
): Operation {
  // A web page cannot send this type to us without asking first, and nobody answers that it may.
  if (request.headers['content-type'] !== CONTENT_TYPE) {
    throw new SqsError({
      code: 'UnknownOperationException',
      message: `Expected a POST with the content type ${CONTENT_TYPE}`,
    });
  }
  const target = String(request.headers['x-amz-target']);
  const name = target.startsWith(`${o.service}.`) ? target.slice(o.service.length + 1) : '';
  const operation = Object.hasOwn(o.operations, name) ? o.operations[name] : undefined;
  if (operation !== undefined) return operation;
  const known = Object.keys(o.operations).join(', ');
  throw new SqsError({
    code: 'UnknownOperationException',
    message: `The local queue has no ${target}; it has ${known}`,
  });
}

async function readBody(request: IncomingMessage): Promise<Fields> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue;
    sizeBytes += chunk.length;
    if (sizeBytes > REQUEST_BYTES_MAX) {
      throw new SqsError({
        code: 'RequestEntityTooLarge',
        message: `The request is longer than ${REQUEST_BYTES_MAX} bytes`,
      });
    }
    chunks.push(chunk);
  }
  try {
    const body: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    if (isFields(body)) return body;
  } catch {
    // falls through to the error that SQS gives for it
  }
  throw new SqsError({ code: 'SerializationException', message: 'The request body is not a JSON object' });
}

function answer(response: ServerResponse, status: number, body: Fields): void {
  if (response.destroyed) return;
  response.writeHead(status, { 'content-type': CONTENT_TYPE, 'x-amzn-requestid': randomUUID() });
  response.end(JSON.stringify(body));
}

function answerError(response: ServerResponse, error: unknown): void {
  const known =
    error instanceof SqsError
      ? error
      : new SqsError({
          code: 'InternalError',
          message: `The local queue failed: ${String(error)}`,
          senderFault: false,
        });
  if (!response.headersSent) {
    response.setHeader(
      'x-amzn-query-error',
      `${known.queryCode};${known.senderFault ? 'Sender' : 'Receiver'}`,
    );
  }
  answer(response, known.senderFault ? 400 : 500, {
    __type: `com.amazonaws.sqs#${known.code}`,
    message: known.message,
  });
}
