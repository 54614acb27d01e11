/**
 * Loopback HTTP proxy between one execution environment and the engine: counts requests, and injects `throttle`, `conflict` and
 * `lost-answer`, so that product code needs no hook for faults. A fault is counted when the client has been given it.
 */
import {
  Agent,
  createServer,
  type IncomingMessage,
  request as httpRequest,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FaultPlan } from './fault-plan.ts';
import { createLostAnswers } from './lost-answers.ts';
import { conflicted, type ErrorAnswer, internalError, throttled } from './transaction-faults.ts';

/** Sees every request of one execution environment. `'abandon'`: the client gets no answer, its connection ends. */
export interface RequestObserver {
  /** Called before a request is forwarded. */
  before?(operation: string): 'abandon' | undefined;
  /** Called when the engine has answered, before the client knows. */
  after?(operation: string): 'abandon' | undefined;
}

export interface DynamoDbProxy {
  readonly endpoint: string;
  /** Requests received, by operation (`TransactWriteItems`, …), retries of the SDK included. */
  readonly requests: Readonly<Record<string, number>>;
  /** One at a time; undefined takes it away. Used by the crash fault. */
  observe(observer: RequestObserver | undefined): void;
  stop(): Promise<void>;
}

export interface DynamoDbProxyOptions {
  /** Of the engine, http://host:port. */
  readonly endpoint: string;
  readonly faults: FaultPlan;
  /** Hand the same object to several proxies to have their requests summed, also after they stopped. */
  readonly requests?: Record<string, number>;
}

/** Above the SDK's own connection pool (50), so that the proxy never queues what the client has let through. */
const ENGINE_SOCKETS_MAX = 64;
/** Throttling comes in spells: this share of the throttled requests begins one, which outlasts the SDK's own three attempts. */
const SPELL_SHARE = 0.3;
const SPELL_REQUESTS_MIN = 3;
const SPELL_REQUESTS_MAX = 6;

export async function startDynamoDbProxy(options: DynamoDbProxyOptions): Promise<DynamoDbProxy> {
  const { faults, requests = {} } = options;
  const engine = new URL(options.endpoint);
  const agent = new Agent({ keepAlive: true, maxSockets: ENGINE_SOCKETS_MAX });
  const lostAnswers = createLostAnswers(faults);
  let observer: RequestObserver | undefined;
  let spellRequests = 0;

  /** An answer that the engine never hears of. */
  function injectedAnswer(operation: string, body: Buffer): ErrorAnswer | undefined {
    const isSpell = spellRequests > 0;
    if (isSpell || faults.roll('throttle')) {
      if (isSpell) spellRequests -= 1;
      else if (faults.random('throttle') < SPELL_SHARE) {
        const span = SPELL_REQUESTS_MAX - SPELL_REQUESTS_MIN + 1;
        spellRequests = SPELL_REQUESTS_MIN + Math.floor(faults.random('throttle') * span);
      }
      faults.happened('throttle');
      return throttled({
        faults,
        actions: operation === 'TransactWriteItems' ? countActions(body) : undefined,
      });
    }
    if (operation !== 'TransactWriteItems' || !faults.roll('conflict')) return undefined;
    faults.happened('conflict');
    return conflicted({ faults, actions: countActions(body) });
  }

  function forward(operation: string, body: Buffer, from: IncomingMessage, to: ServerResponse): void {
    const loss = operation === 'TransactWriteItems' ? lostAnswers.next(body) : undefined;
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
        else respond(to, internalError());
      },
    );
    /** To the client it looks as an engine that broke off: whether it committed is unknown, as it is to the proxy. */
    upstream.on('error', () => from.socket.destroy());
    upstream.end(body);
  }

  const server = createServer((from, to) => {
    const chunks: Buffer[] = [];
    from.on('data', (chunk: Buffer) => chunks.push(chunk));
    from.on('error', () => from.socket.destroy());
    from.on('end', () => {
      const operation = operationOf(from);
      requests[operation] = (requests[operation] ?? 0) + 1;
      if (observer?.before?.(operation) === 'abandon') {
        from.socket.destroy();
        return;
      }
      const body = Buffer.concat(chunks);
      const injected = injectedAnswer(operation, body);
      if (injected === undefined) forward(operation, body, from, to);
      else respond(to, injected);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    observe: (next) => {
      observer = next;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        agent.destroy();
      }),
  };
}

/** `DynamoDB_20120810.TransactWriteItems` → `TransactWriteItems`. */
function operationOf(from: IncomingMessage): string {
  const target = from.headers['x-amz-target'];
  return (typeof target === 'string' ? target.split('.')[1] : undefined) ?? 'unknown';
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
