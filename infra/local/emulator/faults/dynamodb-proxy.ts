/**
 * Loopback HTTP proxy between one execution environment and the engine. It counts requests and injects
 * `throttle`, `conflict` and `lost-answer`, so that the product code needs no hooks for faults. It counts a
 * fault when the client is affected.
 */
import {
  Agent,
  createServer,
  type IncomingMessage,
  request as httpRequest,
  type ServerResponse,
} from 'node:http';
import { buffer } from 'node:stream/consumers';
import { listenOnLoopback } from '../http-server.ts';
import type { FaultPlan } from './fault-plan.ts';
import { createLostAnswers } from './lost-answers.ts';
import { createErrorInjector, type ErrorAnswer, internalError } from './transaction-faults.ts';

/**
 * Sees every request of one execution environment. If it returns `'abandon'`, the proxy closes the connection
 * without a response.
 */
export interface RequestObserver {
  /** Called before a request is forwarded. */
  before?(operation: string): 'abandon' | undefined;
  /** Called when the engine has responded, before the client gets the response. */
  after?(operation: string): 'abandon' | undefined;
}

export interface DynamoDbProxy {
  readonly endpoint: string;
  /** Number of requests by operation (`TransactWriteItems`, …), including the SDK's retries. */
  readonly requests: Readonly<Record<string, number>>;
  /** Replaces the observer; undefined removes it. For the fault `crash`. */
  observe(observer: RequestObserver | undefined): void;
  stop(): Promise<void>;
}

interface DynamoDbProxyOptions {
  /** Endpoint of the engine: http://host:port. */
  readonly endpoint: string;
  readonly faults: FaultPlan;
  /** Pass the same object to several proxies to count their requests together. */
  readonly requests?: Record<string, number>;
}

/** More than the SDK's connection pool (50), so that no request waits in the proxy. */
const ENGINE_SOCKETS_MAX = 64;

export async function startDynamoDbProxy(options: DynamoDbProxyOptions): Promise<DynamoDbProxy> {
  const { faults, requests = {} } = options;
  const engine = new URL(options.endpoint);
  const agent = new Agent({ keepAlive: true, maxSockets: ENGINE_SOCKETS_MAX });
  const injectError = createErrorInjector(faults);
  const lostAnswers = createLostAnswers(faults);
  let observer: RequestObserver | undefined;

  const serve = async (from: IncomingMessage, to: ServerResponse): Promise<void> => {
    const body = await buffer(from);
    const operation = operationOf(from);
    requests[operation] = (requests[operation] ?? 0) + 1;
    if (observer?.before?.(operation) === 'abandon') return void from.socket.destroy();
    const isTransaction = operation === 'TransactWriteItems';
    const injected = injectError(isTransaction ? () => countActions(body) : undefined);
    if (injected !== undefined) return respond(to, injected);
    const loss = isTransaction ? lostAnswers.next(body) : undefined;
    const answer = await forward(engine, agent, from, body);
    const isAbandoned = observer?.after?.(operation) === 'abandon';
    const isLost = answer.statusCode === 200 && loss !== undefined;
    if (!isAbandoned && !isLost) {
      to.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(to);
      return;
    }
    answer.resume();
    if (isLost) loss.happened();
    if (isAbandoned || loss?.how !== 'internal-error') from.socket.destroy();
    else respond(to, internalError);
  };

  const server = createServer((from, to) => {
    // The client sees a broken connection, and cannot know whether the request committed.
    serve(from, to).catch(() => from.socket.destroy());
  });
  const { endpoint, stop } = await listenOnLoopback(server);
  return {
    endpoint,
    requests,
    observe: (next) => {
      observer = next;
    },
    stop: () => stop().finally(() => agent.destroy()),
  };
}

/** Forwards the request, and returns the engine's response with its body unread. */
function forward(engine: URL, agent: Agent, from: IncomingMessage, body: Buffer): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const upstream = httpRequest(
      {
        agent,
        hostname: engine.hostname,
        port: engine.port,
        path: from.url,
        method: from.method,
        headers: { ...from.headers, host: engine.host, connection: 'keep-alive' },
      },
      (answer) => {
        answer.on('error', () => from.socket.destroy());
        resolve(answer);
      },
    );
    upstream.on('error', reject);
    upstream.end(body);
  });
}

/** `DynamoDB_20120810.TransactWriteItems` → `TransactWriteItems`. */
function operationOf({ headers }: IncomingMessage): string {
  return String(headers['x-amz-target']).split('.')[1] ?? 'unknown';
}

function countActions(body: Buffer): number {
  const transaction = JSON.parse(body.toString()) as { readonly TransactItems?: readonly unknown[] };
  return transaction.TransactItems?.length ?? 0;
}

function respond(to: ServerResponse, { status, body }: ErrorAnswer): void {
  to.writeHead(status, {
    'content-type': 'application/x-amz-json-1.0',
    'content-length': Buffer.byteLength(body),
  });
  to.end(body);
}
