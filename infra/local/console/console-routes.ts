/**
 * The routes of the console: the page and its assets, the live feed, the dead letters, and the page's orders:
 * commands such as a fault or a reconcile.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ALL_TIME, type TimeWindow } from '../../../src/counting/time-window.ts';
import { readBody } from '../emulator/http-server.ts';
import type { Hearts } from './favourites/hearts.ts';
import type { LiveFeed, LiveSource } from './live-feed.ts';
import { type Order, type OrderName, orderNames, parseOrder } from './orders.ts';
import { loadPageFiles } from '#page-files';
import { type PageFile, securityHeaders } from './page-file-names.ts';
import { ProblemError } from './problem.ts';
import type { ConsoleCounts, DeadLetterList, MarkedRestaurants } from './protocol.ts';
import { onlyOne, someOf, windowOf } from './query-ids.ts';
import { COUNTS_MAX } from './read-counts.ts';

export interface ConsoleSource extends LiveSource {
  deadLetters(): DeadLetterList;
  readonly hearts: Hearts;
  /** @param windows at most {@link COUNTS_MAX} */
  counts(restaurant: string, windows: readonly TimeWindow[]): Promise<ConsoleCounts>;
  /** @throws {ProblemError} when the order cannot be carried out now. */
  order(order: Order): void;
}

/** Far more than any order needs. */
const ORDER_BYTES_MAX = 10_000;
/** Far more than the page shows at once. */
const RESTAURANTS_MAX = 100;

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
    ['/console/counts', { methods: ['GET', 'HEAD'], serve: (exchange) => serveCounts(exchange, source) }],
    [
      '/console/favourites',
      { methods: ['GET', 'PUT', 'DELETE'], serve: (exchange) => serveHearts(exchange, source) },
    ],
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
  return { methods: ['GET', 'HEAD'], serve: (exchange) => send(exchange, read()) };
}

function send({ request, response }: Exchange, { contentType, body }: PageFile): void {
  response.writeHead(200, { ...securityHeaders, 'content-type': contentType });
  response.end(request.method === 'HEAD' ? undefined : body);
}

async function serveCounts(exchange: Exchange, source: ConsoleSource): Promise<void> {
  const restaurant = onlyOne(exchange.query, 'restaurant');
  const windows = someOf(exchange.query, 'window', COUNTS_MAX).map(windowOf);
  send(exchange, json(await source.counts(restaurant, windows)));
}

/** PUT marks and DELETE un-marks. Both answer 204, also if there was nothing to do. */
async function serveHearts(exchange: Exchange, { hearts }: ConsoleSource): Promise<void> {
  const { request, response, query } = exchange;
  const userId = onlyOne(query, 'user');
  if (request.method === 'GET') {
    const marked = await hearts.marked(userId, someOf(query, 'restaurant', RESTAURANTS_MAX));
    return send(exchange, json({ marked } satisfies MarkedRestaurants));
  }
  await hearts.set({ userId, restaurantId: onlyOne(query, 'restaurant') }, request.method === 'PUT');
  response.writeHead(204, securityHeaders);
  response.end();
}

function json(value: unknown): PageFile {
  return { contentType: 'application/json', body: Buffer.from(JSON.stringify(value)) };
}

function serveFeed({ request, response, query }: Exchange, feed: LiveFeed): void {
  const window = windowOf(query.get('window') ?? ALL_TIME);
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
