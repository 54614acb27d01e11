/**
 * The routes of the console: the page and its assets, the live feed, the dead letters, and the page's orders:
 * commands such as a fault or a reconcile.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ALL_TIME, parseTimeWindow, windowExamples } from '../../../src/counting/time-window.ts';
import { readBody } from '../emulator/http-server.ts';
import type { LiveFeed, LiveSource } from './live-feed.ts';
import { type Order, type OrderName, orderNames, parseOrder } from './orders.ts';
import { loadPageFiles, type PageFile, securityHeaders } from './page-files.ts';
import { ProblemError } from './problem.ts';
import type { DeadLetterList } from './protocol.ts';

export interface ConsoleSource extends LiveSource {
  deadLetters(): DeadLetterList;
  /** @throws {ProblemError} when the order cannot be carried out now. */
  order(order: Order): void;
}

/** Far more than any order needs. */
const ORDER_BYTES_MAX = 10_000;

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
}

interface Route {
  readonly methods: readonly string[];
  readonly serve: (exchange: Exchange) => void | Promise<void>;
}

/** @returns a function that serves a path, or throws a {@link ProblemError} */
export function consoleRoutes(
  source: ConsoleSource,
  feed: LiveFeed,
): (path: string, exchange: Exchange) => Promise<void> {
  const routes = new Map<string, Route>([
    ...[...loadPageFiles()].map(([path, file]) => [path, content(() => file)] as const),
    ['/console/dead-letters', content(() => json(source.deadLetters()))],
    ['/console/events', { methods: ['GET', 'HEAD'], serve: (exchange) => serveFeed(exchange, feed) }],
    ...orderNames.map((name) => [`/console/${name}`, orderRoute(name, source)] as const),
  ]);
  return async (path, exchange) => {
    const route = routes.get(path);
    if (!route) throw new ProblemError(404, 'The console has no such path');
    const allow = route.methods.join(', ');
    if (!route.methods.includes(exchange.request.method ?? '')) {
      throw new ProblemError(405, `Expected ${allow}`, { allow });
    }
    await route.serve(exchange);
  };
}

function content(read: () => PageFile): Route {
  return {
    methods: ['GET', 'HEAD'],
    serve({ request, response }) {
      const { contentType, body } = read();
      response.writeHead(200, { ...securityHeaders, 'content-type': contentType });
      response.end(request.method === 'HEAD' ? undefined : body);
    },
  };
}

function json(value: unknown): PageFile {
  return { contentType: 'application/json', body: Buffer.from(JSON.stringify(value)) };
}

function serveFeed({ request, response, query }: Exchange, feed: LiveFeed): void {
  const window = parseTimeWindow(query.get('window') ?? ALL_TIME);
  if (window === undefined) {
    throw new ProblemError(400, `There is no such window; expected one of ${windowExamples}`);
  }
  response.writeHead(200, { ...securityHeaders, 'content-type': 'text/event-stream' });
  if (request.method === 'HEAD') response.end();
  else feed.subscribe(response, window);
}

function orderRoute(name: OrderName, source: ConsoleSource): Route {
  return {
    methods: ['POST'],
    async serve({ request, response }) {
      const body = await readBody(request, ORDER_BYTES_MAX);
      if (body === undefined) {
        throw new ProblemError(413, `Expected a body of at most ${ORDER_BYTES_MAX} bytes`);
      }
      source.order(parseOrder(name, body.toString('utf8')));
      response.writeHead(202, securityHeaders);
      response.end();
    },
  };
}
