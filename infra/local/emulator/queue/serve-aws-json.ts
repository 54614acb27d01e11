/**
 * The AWS JSON 1.0 protocol on 127.0.0.1: the operation is in `X-Amz-Target`, bodies are JSON, and errors
 * have a `__type`.
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { isObject, type JsonObject } from '../json.ts';
import { listenOnLoopback, readBody, type Listening } from '../http-server.ts';
import { SqsError } from './sqs-error.ts';

const CONTENT_TYPE = 'application/x-amz-json-1.0';

/** Enough for a batch of 1 MiB, even if JSON escapes every byte as six characters. */
const REQUEST_BYTES_MAX = 8 * 1_048_576;

/** `signal` aborts when the client disconnects or the server stops. */
export type Operation = (request: unknown, signal: AbortSignal) => JsonObject | Promise<JsonObject>;
type Operations = Readonly<Record<string, Operation>>;

export async function serveAwsJson(
  service: string,
  operations: Operations,
): Promise<Pick<Listening, 'endpoint' | 'stop'>> {
  const stopped = new AbortController();
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    try {
      const operation = findOperation(service, operations, request);
      const body = await readRequest(request);
      answer(response, 200, await operation(body, AbortSignal.any([gone.signal, stopped.signal])));
    } catch (error) {
      answerError(response, error);
    }
  };
  const { endpoint, stop } = await listenOnLoopback(createServer((...exchange) => void handle(...exchange)));
  return {
    endpoint,
    stop: () => {
      stopped.abort();
      return stop();
    },
  };
}

function findOperation(service: string, operations: Operations, { headers }: IncomingMessage): Operation {
  // A web page cannot send this content type without a preflight, and preflights fail here.
  if (headers['content-type'] !== CONTENT_TYPE) {
    throw unknownOperation(`Expected a POST with the content type ${CONTENT_TYPE}`);
  }
  const target = String(headers['x-amz-target']);
  const name = target.startsWith(`${service}.`) ? target.slice(service.length + 1) : '';
  const operation = Object.hasOwn(operations, name) ? operations[name] : undefined;
  if (operation !== undefined) return operation;
  const known = Object.keys(operations).join(', ');
  throw unknownOperation(`The local queue does not support ${target}: expected one of ${known}`);
}

function unknownOperation(message: string): SqsError {
  return new SqsError({ code: 'UnknownOperationException', message });
}

async function readRequest(request: IncomingMessage): Promise<JsonObject> {
  const bytes = await readBody(request, REQUEST_BYTES_MAX);
  if (bytes === undefined) {
    throw new SqsError({
      code: 'RequestEntityTooLarge',
      message: `The request is longer than ${REQUEST_BYTES_MAX} bytes`,
    });
  }
  try {
    const body: unknown = JSON.parse(bytes.toString('utf8'));
    if (isObject(body)) return body;
  } catch {
    // Not JSON: throw the same error as for JSON that is not an object.
  }
  throw new SqsError({ code: 'SerializationException', message: 'The request body is not a JSON object' });
}

function answer(response: ServerResponse, status: number, body: JsonObject): void {
  if (response.destroyed) return;
  response.writeHead(status, { 'content-type': CONTENT_TYPE, 'x-amzn-requestid': randomUUID() });
  response.end(JSON.stringify(body));
}

function answerError(response: ServerResponse, error: unknown): void {
  const { code, queryCode, message, senderFault } =
    error instanceof SqsError
      ? error
      : new SqsError({
          code: 'InternalError',
          message: `The local queue failed: ${String(error)}`,
          senderFault: false,
        });
  if (!response.headersSent) {
    response.setHeader('x-amzn-query-error', `${queryCode};${senderFault ? 'Sender' : 'Receiver'}`);
  }
  answer(response, senderFault ? 400 : 500, { __type: `com.amazonaws.sqs#${code}`, message });
}
