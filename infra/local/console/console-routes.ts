/** The console's own paths: its page and assets, the live feed, the dead letters, and the page's orders. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ALL_TIME, parseTimeWindow, windowExamples } from '../../../src/counting/time-window.ts';
import type { LiveFeed, LiveSource } from './live-feed.ts';
import { type Order, orderNames, parseOrder } from './orders.ts';
import { type PageFile, securityHeaders } from './page-files.ts';
import { answerProblem, ProblemError } from './problem.ts';
import type { DeadLetterList } from './protocol.ts';

export interface ConsoleSource extends LiveSource {
  deadLetters(): DeadLetterList;
  /** @throws {ProblemError} when it cannot be carried out now. */
  order(order: Order): void;
}

/** The orders of the page have some dozen bytes. */
const ORDER_BYTES_MAX = 10_000;

export async function serveConsole(o: {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly source: ConsoleSource;
  readonly feed: LiveFeed;
  readonly pages: ReadonlyMap<string, PageFile>;
}): Promise<void> {
  const { request, response, path, source } = o;
  const { method = '' } = request;
  const orderName = orderNames.find((name) => path === `/console/${name}`);
  const page = o.pages.get(path);
  const isFeed = path === '/console/events';
  if (orderName === undefined && !page && !isFeed && path !== '/console/dead-letters') {
    return answerProblem(response, { status: 404, message: 'The console has no such path' });
  }
  const allowed = orderName === undefined ? ['GET', 'HEAD'] : ['POST'];
  if (!allowed.includes(method)) {
    const allow = allowed.join(', ');
    return answerProblem(response, { status: 405, message: `Expected ${allow}`, headers: { allow } });
  }

  if (orderName !== undefined) {
    source.order(parseOrder(orderName, await readBody(request)));
    response.writeHead(202, securityHeaders);
    return void response.end();
  }
  const isHead = method === 'HEAD';
  if (isFeed) {
    const window = parseTimeWindow(o.query.get('window') ?? ALL_TIME);
    if (window === undefined) {
      const message = `There is no such window; expected one of ${windowExamples}`;
      return answerProblem(response, { status: 400, message });
    }
    response.writeHead(200, { ...securityHeaders, 'content-type': 'text/event-stream' });
    return void (isHead ? response.end() : o.feed.subscribe(response, window));
  }
  const { contentType, body } = page ?? {
    contentType: 'application/json',
    body: JSON.stringify(source.deadLetters()),
  };
  response.writeHead(200, { ...securityHeaders, 'content-type': contentType });
  response.end(isHead ? undefined : body);
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // To its end, or its sender would not read the answer.
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= ORDER_BYTES_MAX) chunks.push(chunk);
  }
  if (bytes <= ORDER_BYTES_MAX) return Buffer.concat(chunks).toString('utf8');
  throw new ProblemError({ status: 413, message: `Expected a body of at most ${ORDER_BYTES_MAX} bytes` });
}
